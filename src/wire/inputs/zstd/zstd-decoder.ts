import { PADDING } from './bits.ts';
import { History } from './history.ts';
import type { HuffmanTable } from './huffman.ts';
import { MAX_BLOCK, readLiterals } from './literals.ts';
import { malformedZstd } from './malformed.ts';
import { runSequences, type SequenceState } from './sequences.ts';

const MAGIC = 0xfd2fb528;
const SKIPPED = 0x184d2a50;
const LONGEST_HEADER = 18;
/** As large as the zstd program unpacks without being asked for more. */
const MAX_WINDOW = 134_217_728;
const IS_STORED = 0;
const IS_REPEATED = 1;
const IS_PACKED = 2;

interface Frame {
  readonly maxBlock: number;
  readonly hasChecksum: boolean;
  /** Bytes still to come, where the frame says so. */
  left: number | undefined;
  table: HuffmanTable | undefined;
  readonly state: SequenceState;
}

/**
 * Unpacks zstd (RFC 8878), frame after frame, for versions of Node without it.
 * Every block is checked against its limits before it costs anything;
 * checksums of the content are not looked at. Dictionaries are refused.
 */
export class ZstdDecoder {
  #held = Buffer.alloc(0);
  #frame: Frame | undefined;
  #skip = 0;
  readonly #history = new History();
  readonly #scratch = new Uint8Array(MAX_BLOCK + PADDING);

  /**
   * What these bytes complete, block by block; must be read to the end before the next call.
   * @throws WatchkeeperError PAYLOAD_INVALID
   */
  *push(bytes: Uint8Array): Iterable<Buffer> {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
    for (;;) {
      const skipped = Math.min(this.#skip, this.#held.length);
      this.#held = this.#held.subarray(skipped);
      this.#skip -= skipped;
      if (this.#frame === undefined) {
        if (!this.#header()) return;
        continue;
      }
      const block = this.#block(this.#frame);
      if (block === undefined) return;
      // Also for what gives nothing: who reads may let others have their turn.
      yield block;
    }
  }

  /** @throws WatchkeeperError PAYLOAD_INVALID when something is missing */
  end(): void {
    if (this.#frame !== undefined || this.#held.length > 0 || this.#skip > 0) throw malformedZstd();
  }

  /** Reads the header of a frame, or passes over one that is to be skipped; false when more bytes are needed. */
  #header(): boolean {
    const held = this.#held;
    if (held.length < 5) return false;
    const magic = held.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPED) {
      if (held.length < 8) return false;
      this.#skip = 8 + held.readUInt32LE(4);
      return true;
    }
    const flags = held.readUInt8(4);
    if (magic !== MAGIC || (flags & 0x0b) !== 0) throw malformedZstd();
    const isSingle = (flags & 0x20) !== 0;
    const sizeBytes = flags >> 6 === 0 ? Number(isSingle) : 1 << (flags >> 6);
    const length = 5 + Number(!isSingle) + sizeBytes;
    if (held.length < length || length > LONGEST_HEADER) return false;
    const size = contentSize(held, length - sizeBytes, sizeBytes);
    const window = isSingle ? (size ?? 0) : windowOf(held.readUInt8(5));
    if (window > MAX_WINDOW) throw malformedZstd();
    this.#history.begin(window);
    this.#frame = {
      maxBlock: Math.min(MAX_BLOCK, window),
      hasChecksum: (flags & 4) !== 0,
      left: size,
      table: undefined,
      state: { tables: undefined, offsets: [1, 4, 8] },
    };
    this.#held = held.subarray(length);
    return true;
  }

  #block(frame: Frame): Buffer | undefined {
    const held = this.#held;
    if (held.length < 3) return undefined;
    const header = held.readUIntLE(0, 3);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type > IS_PACKED || size > frame.maxBlock) throw malformedZstd();
    const end = 3 + (type === IS_REPEATED ? 1 : size);
    if (held.length < end) return undefined;
    const history = this.#history;
    history.reserve(MAX_BLOCK);
    const start = history.end;
    if (type === IS_STORED) history.append(held, 3, size);
    else if (type === IS_REPEATED) history.fill(held.readUInt8(3), size);
    else this.#unpack(held.subarray(3, end), frame);
    this.#held = held.subarray(end);
    const written = history.since(start);
    if (frame.left !== undefined) frame.left -= written.length;
    if ((frame.left ?? 0) < 0) throw malformedZstd();
    if ((header & 1) === 1) this.#finish(frame);
    return written;
  }

  #unpack(packed: Uint8Array, frame: Frame): void {
    if (packed.length === 0) throw malformedZstd();
    const block = this.#scratch;
    block.set(packed);
    block.fill(0, packed.length, packed.length + PADDING);
    const end = packed.length;
    const { bytes: literals, next, table } = readLiterals(block, end, frame.table);
    frame.table = table;
    const { state } = frame;
    runSequences(block, { from: next, end }, { literals, state, out: this.#history });
  }

  #finish(frame: Frame): void {
    if ((frame.left ?? 0) !== 0) throw malformedZstd();
    this.#frame = undefined;
    if (frame.hasChecksum) this.#skip = 4;
  }
}

function contentSize(held: Buffer, at: number, bytes: number): number | undefined {
  if (bytes === 0) return undefined;
  if (bytes === 8) return Number(held.readBigUInt64LE(at));
  return held.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}
