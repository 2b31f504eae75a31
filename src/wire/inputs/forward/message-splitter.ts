import { WatchkeeperError } from '../../../core/errors.ts';
import { ByteQueue, tooLarge } from '../byte-queue.ts';
import { headerBytes, readLayout, type Layout } from './msgpack-layout.ts';

/**
 * Cuts a stream of msgpack values into whole ones. Each byte is looked at
 * once, however the stream comes; nothing is built from a length.
 */
export class MessageSplitter {
  readonly #maxBytes: number;
  readonly #queue: ByteQueue;
  readonly #layout: Layout = { header: 0, data: 0, values: 0 };
  /** Where the next header stands; may lie beyond what has come. */
  #at = 0;
  /** Values of the message that were not begun yet. */
  #left = 1;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#queue = new ByteQueue(maxBytes);
  }

  get held(): number {
    return this.#queue.length;
  }

  /**
   * Whole messages, as views that are good until the next one is asked for.
   * @throws WatchkeeperError FRAME_MALFORMED | FRAME_TOO_LARGE
   */
  *push(bytes: Uint8Array): Iterable<Uint8Array> {
    this.#queue.push(bytes);
    const waiting = this.#queue.view;
    const view = new DataView(waiting.buffer, waiting.byteOffset, waiting.byteLength);
    let from = 0;
    while (this.#isWhole(view, from)) {
      const end = from + this.#at;
      yield waiting.subarray(from, end);
      from = end;
      this.#at = 0;
      this.#left = 1;
    }
    this.#queue.drop(from);
    this.#queue.keep();
  }

  /** Whether the message that begins at `from` has come to its end. */
  #isWhole(view: DataView, from: number): boolean {
    const layout = this.#layout;
    const end = view.byteLength - from;
    while (this.#left > 0) {
      if (this.#at >= end) return false;
      const header = headerBytes(view.getUint8(from + this.#at));
      if (header === 0) throw malformedMessage();
      if (this.#at + header > end) return false;
      readLayout(view, from + this.#at, layout);
      this.#at += layout.header + layout.data;
      this.#left += layout.values - 1;
      // Each value that is still to come takes a byte at least.
      if (this.#at + this.#left > this.#maxBytes) throw tooLarge(this.#maxBytes);
    }
    return this.#at <= end;
  }
}

function malformedMessage(): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', 'A message is not valid msgpack.');
}
