import { malformedZstd } from './malformed.ts';

const FIRST_BYTES = 262_144;
/** Beyond this copying at once is faster than byte by byte. */
const LONG = 32;

/** What a frame has given so far, as far back as its window goes. Memory grows with what is written. */
export class History {
  #window = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;

  /** Forgets all, for a frame with this window; its room is used again. */
  begin(window: number): void {
    this.#window = window;
    this.#end = 0;
  }

  /** Where the next byte goes; good until the next {@link reserve}. */
  get end(): number {
    return this.#end;
  }

  /** Makes room for so many bytes. */
  reserve(count: number): void {
    const needed = this.#end + count;
    if (needed <= this.#bytes.length) return;
    const most = this.#window * 2 + count;
    if (needed > most) {
      const from = Math.max(0, this.#end - this.#window);
      this.#bytes.copyWithin(0, from, this.#end);
      this.#end -= from;
    }
    if (this.#end + count <= this.#bytes.length) return;
    const larger = Math.max(FIRST_BYTES, this.#bytes.length * 2, this.#end + count);
    const bytes = new Uint8Array(Math.max(this.#end + count, Math.min(larger, most)));
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = bytes;
  }

  append(bytes: Uint8Array, from: number, count: number): void {
    const out = this.#bytes;
    if (count > LONG) out.set(bytes.subarray(from, from + count), this.#end);
    else for (let n = 0; n < count; n += 1) out[this.#end + n] = bytes[from + n] as number;
    this.#end += count;
  }

  fill(byte: number, count: number): void {
    this.#bytes.fill(byte, this.#end, this.#end + count);
    this.#end += count;
  }

  /** Repeats what was written `distance` ago; what it writes counts as written. */
  repeat(distance: number, count: number): void {
    const from = this.#end - distance;
    if (from < 0 || distance <= 0) throw malformedZstd();
    const out = this.#bytes;
    if (count > LONG && distance >= count) out.copyWithin(this.#end, from, from + count);
    else for (let n = 0; n < count; n += 1) out[this.#end + n] = out[from + n] as number;
    this.#end += count;
  }

  /** A copy of what was written since. */
  since(start: number): Buffer {
    return Buffer.from(this.#bytes.subarray(start, this.#end));
  }
}
