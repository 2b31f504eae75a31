import { WatchkeeperError } from '../../core/errors.ts';

const FIRST_BYTES = 4_096;

/** Bytes that came and were not used yet, in one piece; bounded. */
export class ByteQueue {
  readonly #maxBytes: number;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Whether `#bytes` is the piece that came, and not a copy. */
  #isBorrowed = false;
  #start = 0;
  #end = 0;

  /** @param maxBytes that may wait, beside the piece that was pushed last */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** What waits, as a view that the next push may overwrite. */
  get view(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** @throws WatchkeeperError FRAME_TOO_LARGE when what waited already was over the limit. */
  push(piece: Uint8Array): void {
    if (this.length > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (this.length === 0) {
      this.#bytes = piece;
      this.#isBorrowed = true;
      this.#start = 0;
      this.#end = piece.length;
      return;
    }
    this.#makeRoom(this.length + piece.length);
    this.#bytes.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** Removes bytes from the front. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start < this.#end) return;
    this.#bytes = new Uint8Array(0);
    this.#start = 0;
    this.#end = 0;
  }

  /** Copies what waits, so that it outlives the piece it came in. */
  keep(): void {
    if (this.#isBorrowed && this.length > 0) this.#move(this.length);
  }

  #makeRoom(needed: number): void {
    if (!this.#isBorrowed && this.#bytes.length - this.#start >= needed) return;
    this.#move(Math.max(needed, this.length * 2));
  }

  #move(capacity: number): void {
    const length = this.length;
    const larger = new Uint8Array(Math.max(capacity, FIRST_BYTES));
    larger.set(this.view);
    this.#bytes = larger;
    this.#isBorrowed = false;
    this.#start = 0;
    this.#end = length;
  }
}

/** The error of a frame over its limit. */
export function tooLarge(maxBytes: number): WatchkeeperError {
  return new WatchkeeperError('FRAME_TOO_LARGE', `A message is larger than ${maxBytes} bytes.`, {
    fix: 'Let the sender write smaller batches, or raise the limit of the input.',
  });
}
