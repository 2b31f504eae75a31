/** A line without its end, and where the next one begins. */
export interface ByteLine {
  readonly text: string;
  readonly end: number;
}

/** Bytes before a position that tell a file again. */
export const TAIL_BYTES = 512;
/** Bytes of a line that are kept; the rest of a longer one is skipped. */
const MAX_LINE_BYTES = 256 * 1024;

/**
 * Cuts a stream of bytes into lines, with positions. It holds one line and
 * the {@link TAIL_BYTES} before it.
 */
export class ByteLines {
  #window: Buffer = Buffer.alloc(0);
  /** Position of the window's first byte. */
  #start: number;
  /** Where in the window the next line begins. */
  #at = 0;
  /** Bytes of the line under way that were skipped, in the middle of the window. */
  #skipped = 0;
  cut = 0;

  constructor(start = 0) {
    this.#start = start;
  }

  /** Lines that these bytes complete. */
  push(bytes: Buffer): ByteLine[] {
    const keepFrom = Math.max(0, this.#at - TAIL_BYTES);
    const kept = this.#window.subarray(keepFrom);
    this.#window = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
    this.#start += keepFrom;
    this.#at -= keepFrom;
    const lines: ByteLine[] = [];
    let from = this.#at;
    for (
      let newline = this.#window.indexOf(0x0a, Math.max(from, kept.length));
      newline >= 0;
      newline = this.#window.indexOf(0x0a, from)
    ) {
      lines.push(this.#line(from, newline, newline + 1));
      from = newline + 1;
    }
    this.#at = from;
    this.#bound();
    return lines;
  }

  /** The last line, when it has no end. */
  end(): ByteLine | undefined {
    if (this.#at === this.#window.length) return undefined;
    const line = this.#line(this.#at, this.#window.length, this.#window.length);
    this.#at = this.#window.length;
    return line;
  }

  /** The bytes before a position; `undefined` when they are gone, as they are some lines later. */
  tail(end: number): Buffer | undefined {
    const at = end - this.#start - this.#skipped;
    const from = at - TAIL_BYTES;
    if (at < 0 || at > this.#window.length || (from < 0 && this.#start > 0)) return undefined;
    return this.#window.subarray(Math.max(0, from), at);
  }

  #line(from: number, to: number, after: number): ByteLine {
    const end = this.#start + this.#skipped + after;
    if (this.#skipped > 0) {
      this.cut += 1;
      this.#start += this.#skipped;
      this.#skipped = 0;
    }
    return { text: this.#window.toString('utf8', from, to), end };
  }

  /** Leaves out what a line has beyond the limit. */
  #bound(): void {
    const most = this.#at + MAX_LINE_BYTES + TAIL_BYTES;
    if (this.#window.length <= most) return;
    this.#skipped += this.#window.length - most;
    const head = this.#window.subarray(0, most - TAIL_BYTES);
    this.#window = Buffer.concat([head, this.#window.subarray(-TAIL_BYTES)]);
  }
}
