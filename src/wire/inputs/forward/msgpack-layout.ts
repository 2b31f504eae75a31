/**
 * What follows a msgpack token: how many bytes its header has, how many bytes
 * of its own data follow, and how many values stand inside it.
 * See https://github.com/msgpack/msgpack/blob/master/spec.md.
 */
export interface Layout {
  header: number;
  data: number;
  values: number;
}

/** Bytes of the header that a token begins, the token included; 0 for the one that is never used. */
export function headerBytes(token: number): number {
  if (token < 0xc0 || token >= 0xe0) return 1;
  return HEADERS[token - 0xc0] ?? 0;
}

/** Tokens 0xc0 to 0xdf; of scalars only the token counts as header. */
const HEADERS = [
  ...[1, 0, 1, 1, 2, 3, 5, 3, 4, 6, 1, 1, 1, 1, 1, 1],
  ...[1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 5, 3, 5, 3, 5],
].map((bytes, index) => (index === 0x19 ? 2 : index === 0x1a ? 3 : index === 0x1b ? 5 : bytes));

/** Data bytes of the scalars 0xca to 0xd3. */
const SCALARS = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];

/** Fills in the layout of the value whose whole header stands at `at`. */
export function readLayout(view: DataView, at: number, layout: Layout): void {
  const token = view.getUint8(at);
  layout.header = headerBytes(token);
  layout.data = 0;
  layout.values = 0;
  if (token < 0x80 || token >= 0xe0) return;
  if (token < 0x90) layout.values = (token & 0x0f) * 2;
  else if (token < 0xa0) layout.values = token & 0x0f;
  else if (token < 0xc0) layout.data = token & 0x1f;
  else readLongLayout(view, at, layout);
}

function readLongLayout(view: DataView, at: number, layout: Layout): void {
  const token = view.getUint8(at);
  if (token >= 0xc4 && token <= 0xc6) layout.data = size(view, at, token - 0xc4);
  else if (token >= 0xc7 && token <= 0xc9) layout.data = size(view, at, token - 0xc7);
  else if (token >= 0xca && token <= 0xd3) layout.data = SCALARS[token - 0xca] ?? 0;
  else if (token >= 0xd4 && token <= 0xd8) layout.data = 1 << (token - 0xd4);
  else if (token >= 0xd9 && token <= 0xdb) layout.data = size(view, at, token - 0xd9);
  else if (token === 0xdc || token === 0xdd) layout.values = size(view, at, token - 0xdb);
  else if (token === 0xde || token === 0xdf) layout.values = 2 * size(view, at, token - 0xdd);
}

/** The length behind a token: of 1, 2 or 4 bytes. */
function size(view: DataView, at: number, power: number): number {
  if (power === 0) return view.getUint8(at + 1);
  return power === 1 ? view.getUint16(at + 1) : view.getUint32(at + 1);
}
