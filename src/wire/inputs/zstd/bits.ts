import { malformedZstd } from './malformed.ts';

/** Bytes behind the last one that {@link bitsAt} may look at; they must be there. */
export const PADDING = 8;

/** Position of the highest bit that is set; -1 for 0. */
export function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}

/** Bits `from` to `from + count`, the lowest first; 25 at most. */
export function bitsAt(bytes: Uint8Array, from: number, count: number): number {
  const at = from >> 3;
  const four =
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24);
  return (four >>> (from & 7)) & ((1 << count) - 1);
}

/** Reads a stretch of bytes from its last bit, which marks the end, to its first (RFC 8878, 4.1). */
export class BackwardBits {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Where the bits end that were not read. */
  at: number;

  constructor(bytes: Uint8Array, from: number, end: number) {
    const last = end > from ? (bytes[end - 1] as number) : 0;
    if (last === 0) throw malformedZstd();
    this.bytes = bytes;
    this.start = from * 8;
    this.at = (end - 1) * 8 + highestBit(last);
  }

  has(count: number): boolean {
    return this.at - count >= this.start;
  }

  /** 31 bits at most. */
  read(count: number): number {
    this.at -= count;
    if (this.at < this.start) throw malformedZstd();
    if (count <= 16) return bitsAt(this.bytes, this.at, count);
    return bitsAt(this.bytes, this.at, 16) + bitsAt(this.bytes, this.at + 16, count - 16) * 65_536;
  }

  /** The next bits without reading them, with zeros where there are none; 16 at most. */
  peek(count: number): number {
    const from = this.at - count;
    if (from >= this.start) return bitsAt(this.bytes, from, count);
    return bitsAt(this.bytes, this.start, this.at - this.start) << (this.start - from);
  }
}
