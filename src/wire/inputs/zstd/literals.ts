import { BackwardBits } from './bits.ts';
import { decodeHuffman, readHuffmanTable, type HuffmanTable } from './huffman.ts';
import { malformedZstd } from './malformed.ts';

/** Literals of a block, and the byte behind them. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly next: number;
  /** The table that a later block may use again. */
  readonly table: HuffmanTable | undefined;
}

/** Most bytes of a block (RFC 8878, 3.1.1.2.4). */
export const MAX_BLOCK = 131_072;
const STORED = 0;
const REPEATED = 1;
const PACKED = 2;

/** Reads the literals of a block that ends at `end` (RFC 8878, 3.1.1.3.1). */
export function readLiterals(
  block: Uint8Array,
  end: number,
  table: HuffmanTable | undefined,
): Literals {
  const first = block[0] as number;
  const type = first & 3;
  if (type >= PACKED) return packedLiterals(block, end, table);
  const format = (first >> 2) & 3;
  const header = format === 1 ? 2 : format === 3 ? 3 : 1;
  const value = little(block, header);
  const size = header === 1 ? value >> 3 : value >> 4;
  const next = header + (type === STORED ? size : 1);
  if (size > MAX_BLOCK || next > end) throw malformedZstd();
  const bytes =
    type === REPEATED
      ? new Uint8Array(size).fill(block[header] as number)
      : block.subarray(header, next);
  return { bytes, next, table };
}

function packedLiterals(
  block: Uint8Array,
  end: number,
  earlier: HuffmanTable | undefined,
): Literals {
  const first = block[0] as number;
  const format = (first >> 2) & 3;
  const header = format < 2 ? 3 : format + 2;
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  const value = Math.floor(little(block, header) / 16);
  const size = value % 2 ** width;
  const next = header + Math.floor(value / 2 ** width);
  if (size > MAX_BLOCK || next > end) throw malformedZstd();
  let table = earlier;
  let at = header;
  if ((first & 3) === PACKED) ({ table, next: at } = readHuffmanTable(block, header, next));
  if (table === undefined) throw malformedZstd();
  const bytes = new Uint8Array(size);
  if (format === 0) decodeHuffman(table, new BackwardBits(block, at, next), bytes);
  else fourStreams(table, block, { at, next, bytes });
  return { bytes, next, table };
}

interface Streams {
  readonly at: number;
  readonly next: number;
  readonly bytes: Uint8Array;
}

/** Four streams of a quarter each, with the lengths of three in front. */
function fourStreams(table: HuffmanTable, block: Uint8Array, { at, next, bytes }: Streams): void {
  const quarter = (bytes.length + 3) >> 2;
  if (at + 6 > next || quarter * 3 > bytes.length) throw malformedZstd();
  let from = at + 6;
  for (let index = 0; index < 4; index += 1) {
    const place = at + index * 2;
    const length = (block[place] as number) | ((block[place + 1] as number) << 8);
    const end = index === 3 ? next : from + length;
    if (end > next) throw malformedZstd();
    const part = bytes.subarray(
      index * quarter,
      index === 3 ? bytes.length : (index + 1) * quarter,
    );
    decodeHuffman(table, new BackwardBits(block, from, end), part);
    from = end;
  }
}

function little(block: Uint8Array, count: number): number {
  let value = 0;
  for (let index = count - 1; index >= 0; index -= 1)
    value = value * 256 + (block[index] as number);
  return value;
}
