import { WatchkeeperError } from '../../core/errors.ts';

const MAGIC = 0x184d2204;
const HAS_DICTIONARY = 0x01;
const HAS_CONTENT_SUM = 0x04;
const HAS_SIZE = 0x08;
const HAS_BLOCK_SUMS = 0x10;
const IS_STORED = 0x80000000;
const FIRST_BYTES = 65_536;

/**
 * Decodes LZ4 frames (github.com/lz4/lz4, doc/lz4_Frame_format.md). Checksums
 * are not looked at: the batch around them has its own.
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE
 */
export function decodeLz4(bytes: Buffer, maxBytes: number): Buffer {
  const out = new Growing(maxBytes);
  try {
    for (let at = 0; at < bytes.length;) at = decodeFrame(bytes, at, out);
  } catch (error) {
    throw error instanceof RangeError ? malformed() : error;
  }
  return out.taken();
}

function decodeFrame(bytes: Buffer, start: number, out: Growing): number {
  const flags = bytes.readUInt8(start + 4);
  if (bytes.readUInt32LE(start) !== MAGIC || flags >> 6 !== 1) throw malformed();
  if ((flags & HAS_DICTIONARY) !== 0) throw malformed();
  let at = start + 7 + ((flags & HAS_SIZE) === 0 ? 0 : 8);
  for (;;) {
    const size = bytes.readUInt32LE(at);
    at += 4;
    if (size === 0) return at + ((flags & HAS_CONTENT_SUM) === 0 ? 0 : 4);
    const length = size % IS_STORED;
    if (at + length > bytes.length) throw malformed();
    const block = bytes.subarray(at, at + length);
    if (size >= IS_STORED) out.append(block);
    else decodeBlock(block, out);
    at += length + ((flags & HAS_BLOCK_SUMS) === 0 ? 0 : 4);
  }
}

function decodeBlock(block: Buffer, out: Growing): void {
  let at = 0;
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15 ? 255 : 0; more === 255;) {
      more = block.readUInt8(at);
      at += 1;
      length += more;
    }
    return length;
  };
  while (at < block.length) {
    const token = block.readUInt8(at);
    at += 1;
    const literals = lengthOf(token >> 4);
    if (at + literals > block.length) throw malformed();
    out.append(block.subarray(at, at + literals));
    at += literals;
    // The last sequence has no match.
    if (at === block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    out.repeat(distance, lengthOf(token & 15) + 4);
  }
}

class Growing {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  append(bytes: Buffer): void {
    this.#room(bytes.length);
    bytes.copy(this.#buffer, this.#length);
    this.#length += bytes.length;
  }

  /** Copies what stands `distance` before the end; both may overlap. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw malformed();
    this.#room(count);
    const buffer = this.#buffer;
    for (let to = this.#length; to < this.#length + count; to += 1) {
      buffer[to] = buffer[to - distance] ?? 0;
    }
    this.#length += count;
  }

  taken(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #room(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#max) {
      throw new WatchkeeperError('TOO_LARGE', `Over ${this.#max} bytes when decompressed.`);
    }
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(
      Math.min(this.#max, Math.max(needed, this.#buffer.length * 2)),
    );
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

function malformed(): WatchkeeperError {
  return new WatchkeeperError('PAYLOAD_INVALID', 'The LZ4 data cannot be read.');
}
