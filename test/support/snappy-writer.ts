import { varint } from './protobuf-writer.ts';

/** Compresses to a snappy block: literals, and copies of both short and long offsets where four bytes repeat. */
export function snappy(bytes: Uint8Array): Buffer {
  const parts: Buffer[] = [varint(bytes.length)];
  const seen = new Map<string, number>();
  let literalFrom = 0;
  let at = 0;
  while (at + 4 <= bytes.length) {
    const key = Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
    const before = seen.get(key);
    seen.set(key, at);
    if (before === undefined || at - before > 65_535) {
      at += 1;
      continue;
    }
    let length = 4;
    while (
      length < 64 &&
      at + length < bytes.length &&
      bytes[before + length] === bytes[at + length]
    )
      length += 1;
    parts.push(literal(bytes.subarray(literalFrom, at)), copy(at - before, length));
    at += length;
    literalFrom = at;
  }
  parts.push(literal(bytes.subarray(literalFrom)));
  return Buffer.concat(parts);
}

function literal(bytes: Uint8Array): Buffer {
  const parts: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += 65_536) {
    const piece = bytes.subarray(from, from + 65_536);
    const length = piece.length - 1;
    if (length < 60) parts.push(Buffer.from([length << 2]));
    else if (length < 256) parts.push(Buffer.from([60 << 2, length]));
    else parts.push(Buffer.from([61 << 2, length & 0xff, length >> 8]));
    parts.push(Buffer.from(piece));
  }
  return Buffer.concat(parts);
}

function copy(offset: number, length: number): Buffer {
  if (length <= 11 && offset < 2048) {
    return Buffer.from([1 | ((length - 4) << 2) | ((offset >> 8) << 5), offset & 0xff]);
  }
  return Buffer.from([2 | ((length - 1) << 2), offset & 0xff, offset >> 8]);
}
