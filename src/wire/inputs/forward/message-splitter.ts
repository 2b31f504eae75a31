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
    for (;;) {
      const view = this.#queue.view;
      if (!this.#isWhole(view)) break;
      yield view.subarray(0, this.#at);
      this.#queue.drop(this.#at);
      this.#at = 0;
      this.#left = 1;
    }
    this.#queue.keep();
  }

  #isWhole(bytes: Uint8Array): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const layout = this.#layout;
    while (this.#left > 0) {
      if (this.#at >= bytes.length) return false;
      const header = headerBytes(view.getUint8(this.#at));
      if (header === 0) throw malformedMessage();
      if (this.#at + header > bytes.length) return false;
      readLayout(view, this.#at, layout);
      this.#at += layout.header + layout.data;
      this.#left += layout.values - 1;
      // Each value that is still to come takes a byte at least.
      if (this.#at + this.#left > this.#maxBytes) throw tooLarge(this.#maxBytes);
    }
    return this.#at <= bytes.length;
  }
}

function malformedMessage(): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', 'A message is not valid msgpack.');
}
