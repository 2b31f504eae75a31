import { WatchkeeperError } from '../../../core/errors.ts';
import { ByteQueue, tooLarge } from '../byte-queue.ts';
import { inflateBody } from '../inflate.ts';

export interface LumberjackLimits {
  /** Bytes of one frame, and of a compressed one after decompression. */
  readonly maxMessageBytes: number;
  /** Events of one window. */
  readonly maxEvents: number;
}

/** A frame of Lumberjack version 1 or 2. */
export type LumberjackFrame =
  | { readonly type: 'window'; readonly version: Version; readonly size: number }
  /** `body` is JSON in a `J` frame, pairs of key and value in a `D` frame. */
  | {
      readonly type: 'json' | 'pairs';
      readonly version: Version;
      readonly sequence: number;
      readonly body: Uint8Array;
    };

/** The byte that begins each frame: `1` or `2`. */
export type Version = 0x31 | 0x32;

const WINDOW = 0x57;
const JSON_DATA = 0x4a;
const PAIRS = 0x44;
const COMPRESSED = 0x43;
const MAX_PAIRS = 4_096;

/**
 * Cuts a stream into frames and unpacks the compressed ones. Bodies are views
 * that are good until the next frame is asked for.
 */
export class FrameSplitter {
  readonly #limits: LumberjackLimits;
  readonly #queue: ByteQueue;

  constructor(limits: LumberjackLimits) {
    this.#limits = limits;
    this.#queue = new ByteQueue(limits.maxMessageBytes + 10);
  }

  get held(): number {
    return this.#queue.length;
  }

  /** @throws WatchkeeperError FRAME_MALFORMED | FRAME_TOO_LARGE */
  *push(bytes: Uint8Array): Iterable<LumberjackFrame> {
    this.#queue.push(bytes);
    for (;;) {
      const { view } = this.#queue;
      const length = frameLength(view, this.#limits.maxMessageBytes);
      if (length === undefined || length > view.length) break;
      yield* this.#frame(view.subarray(0, length));
      this.#queue.drop(length);
    }
    this.#queue.keep();
  }

  *#frame(frame: Uint8Array): Iterable<LumberjackFrame> {
    if (frame[1] !== COMPRESSED) {
      yield readFrame(frame);
      return;
    }
    const { maxMessageBytes: maxBytes } = this.#limits;
    const inner = inflateBody(frame.subarray(6), 'zlib', { maxBytes });
    for (let at = 0; at < inner.length;) {
      const rest = inner.subarray(at);
      const length = frameLength(rest, maxBytes);
      if (length === undefined || length > rest.length || rest[1] === COMPRESSED) {
        throw malformed('A compressed frame holds what is no whole frame.');
      }
      yield readFrame(rest.subarray(0, length));
      at += length;
    }
  }
}

/** Length of the frame that begins here; `undefined` while that is open. @throws FRAME_MALFORMED | FRAME_TOO_LARGE */
function frameLength(bytes: Uint8Array, maxBytes: number): number | undefined {
  const [version, type] = bytes;
  if (version === undefined) return undefined;
  if (version !== 0x31 && version !== 0x32) throw malformed('Expected a frame of version 1 or 2.');
  if (type === undefined) return undefined;
  const view = viewOf(bytes);
  if (type === WINDOW) return 6;
  if (type === COMPRESSED) return bytes.length < 6 ? undefined : limited(6, view.getUint32(2));
  if (type === JSON_DATA && version === 0x32) {
    return bytes.length < 10 ? undefined : limited(10, view.getUint32(6));
  }
  if (type === PAIRS) return pairsLength(view);
  throw malformed('Expected a frame of type W, J, D or C.');

  function limited(header: number, length: number): number {
    if (length > maxBytes) throw tooLarge(maxBytes);
    return header + length;
  }

  function pairsLength(pairs: DataView): number | undefined {
    if (bytes.length < 10) return undefined;
    const count = pairs.getUint32(6);
    if (count > MAX_PAIRS) throw malformed('A frame holds too many fields.');
    let at = 10;
    for (let index = 0; index < 2 * count; index += 1) {
      if (at + 4 > bytes.length) return undefined;
      at = limited(at + 4, pairs.getUint32(at));
      if (at > maxBytes) throw tooLarge(maxBytes);
    }
    return at;
  }
}

function readFrame(frame: Uint8Array): LumberjackFrame {
  const version = frame[0] === 0x31 ? 0x31 : 0x32;
  const view = viewOf(frame);
  const number = view.getUint32(2);
  if (frame[1] === WINDOW) return { type: 'window', version, size: number };
  const isJson = frame[1] === JSON_DATA;
  const body = frame.subarray(isJson ? 10 : 6);
  return { type: isJson ? 'json' : 'pairs', version, sequence: number, body };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(message: string): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', message);
}
