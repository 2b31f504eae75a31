/** How a stream of syslog messages is cut (RFC 6587, section 3.4). */
export type SyslogFraming = 'auto' | 'octet-counting' | 'lines';

export interface FrameReaderOptions {
  /** `auto` takes `<length> <` as octet counting and all else as a line, message by message. @default 'auto' */
  readonly framing?: SyslogFraming;
  /** Bytes of one message that are kept; the rest of a longer one is passed over and counted. @default 65536 */
  readonly maxBytes?: number;
}

/** Cuts bytes as they come into messages; holds one message of `maxBytes` at most. */
export interface FrameReader {
  /** Messages that end in these bytes, decoded as UTF-8 without their line ends; empty ones are left out. */
  push(bytes: Uint8Array): readonly string[];
  /** The message that lacks its end, when the stream is over. */
  end(): readonly string[];
  /** Whether a message has begun that lacks its end. */
  readonly isPartial: boolean;
  /** Messages of which the end was cut off, and octet counts that cannot be. */
  readonly counters: { readonly cut: number; readonly badCounts: number };
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const LESS = 0x3c;
const ZERO = 0x30;
const NINE = 0x39;
/** Digits of a count: 9,999,999 bytes, far above every limit. */
const COUNT_DIGITS = 7;
const DEFAULT_MAX_BYTES = 65_536;
const FIRST_CAPACITY = 2_048;
/** A count must fit. */
const LEAST_MAX_BYTES = 16;

/** Creates a reader for one connection. */
export function createFrameReader(options: FrameReaderOptions = {}): FrameReader {
  return new Reader(options);
}

class Reader implements FrameReader {
  readonly counters = { cut: 0, badCounts: 0 };
  readonly #framing: SyslogFraming;
  readonly #max: number;
  #held: Buffer;
  #length = 0;
  /** Bytes of a counted message that are still to come; -1 while reading its count or a line. */
  #left = -1;
  #isLine = false;
  #isCut = false;
  /** Whether this sender ends messages by NUL. */
  #isNulDivided = false;
  /** The next NUL of these bytes that ends a message; -1 when there is none. */
  #nul = -1;

  constructor({ framing = 'auto', maxBytes = DEFAULT_MAX_BYTES }: FrameReaderOptions) {
    this.#framing = framing;
    this.#max = Math.max(LEAST_MAX_BYTES, maxBytes);
    this.#isLine = framing === 'lines';
    this.#held = Buffer.alloc(Math.min(FIRST_CAPACITY, this.#max));
  }

  get isPartial(): boolean {
    return this.#length > 0 || this.#left > 0;
  }

  push(piece: Uint8Array): readonly string[] {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const messages: string[] = [];
    let at = 0;
    this.#nul = this.#framing === 'auto' ? nextNul(bytes, 0) : -1;
    while (at < bytes.length) {
      if (this.#left >= 0) at = this.#takeCounted(bytes, at, messages);
      else if (this.#isLine) at = this.#takeLine(bytes, at, messages);
      else at = this.#takeCount(bytes, at, messages);
    }
    return messages;
  }

  end(): readonly string[] {
    const messages: string[] = [];
    if (this.#left > 0 && this.#length > 0) this.#isCut = true;
    this.#finish(messages);
    return messages;
  }

  #takeCounted(bytes: Buffer, from: number, messages: string[]): number {
    const end = Math.min(bytes.length, from + this.#left);
    if (this.#length === 0 && end - from === this.#left && this.#left <= this.#max) {
      // Most messages lie within one piece.
      emit(bytes, messages, { from, to: end });
      this.#begin();
      return end;
    }
    this.#keep(bytes.subarray(from, end));
    this.#left -= end - from;
    if (this.#left === 0) this.#finish(messages);
    return end;
  }

  #takeLine(bytes: Buffer, from: number, messages: string[]): number {
    const end = this.#framing === 'auto' ? this.#endOf(bytes, from) : bytes.indexOf(LF, from);
    if (end < 0) {
      this.#keep(bytes.subarray(from));
      return bytes.length;
    }
    if (this.#length === 0 && end - from <= this.#max && !this.#isCut) {
      // Most lines lie within one piece.
      emit(bytes, messages, { from, to: end });
      this.#begin();
    } else {
      this.#keep(bytes.subarray(from, end));
      this.#finish(messages);
    }
    return end + 1;
  }

  /**
   * Where a line ends: at LF, or at NUL when the sender divides messages so
   * (RFC 6587, section 3.4.2, leaves it open; Python's SysLogHandler does). A
   * LF within such a message is part of it, unless a new message may follow.
   * The end of what has come counts as such, for nobody says when more comes:
   * a NUL within a line ends it where the network cut the line just there.
   */
  #endOf(bytes: Buffer, from: number): number {
    if (this.#nul < from && this.#nul >= 0) this.#nul = nextNul(bytes, from);
    const nul = this.#nul;
    if (nul >= 0) this.#isNulDivided = true;
    let end = bytes.indexOf(LF, from);
    if (!this.#isNulDivided) return end;
    while (end >= 0 && (nul < 0 || end < nul)) {
      if (mayBegin(bytes, end + 1)) {
        this.#isNulDivided = nul >= 0;
        return end;
      }
      end = bytes.indexOf(LF, end + 1);
    }
    return nul;
  }

  /** Reads one byte of `<digits> SP <`, until it is clear whether it is a count. */
  #takeCount(bytes: Buffer, at: number, messages: string[]): number {
    const byte = bytes[at] ?? 0;
    if (this.#length === 0 && (byte === LF || byte === CR || byte === 0)) return at + 1;
    const last = this.#held[this.#length - 1];
    const isDigit = byte >= ZERO && byte <= NINE && this.#length < COUNT_DIGITS && last !== SPACE;
    const isFirst = this.#length === 0;
    if (
      (isDigit && !(isFirst && byte === ZERO)) ||
      (byte === SPACE && !isFirst && last !== SPACE)
    ) {
      this.#held[this.#length] = byte;
      this.#length += 1;
      return this.#framing === 'octet-counting' && byte === SPACE ? this.#start(at + 1) : at + 1;
    }
    if (byte === LESS && last === SPACE) return this.#start(at);
    if (this.#framing === 'octet-counting') this.counters.badCounts += 1;
    this.#isLine = true;
    return this.#takeLine(bytes, at, messages);
  }

  /** Begins a counted message whose count is held. */
  #start(at: number): number {
    let count = 0;
    for (let index = 0; index < this.#length - 1; index += 1) {
      count = count * 10 + ((this.#held[index] ?? ZERO) - ZERO);
    }
    this.#length = 0;
    this.#left = count;
    return at;
  }

  #keep(bytes: Uint8Array): void {
    const room = this.#max - this.#length;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (kept.length < bytes.length) this.#isCut = true;
    const needed = this.#length + kept.length;
    if (needed > this.#held.length) {
      const larger = Buffer.alloc(Math.min(this.#max, Math.max(needed, this.#held.length * 2)));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(kept, this.#length);
    this.#length = needed;
  }

  #finish(messages: string[]): void {
    if (this.#isCut) this.counters.cut += 1;
    emit(this.#held, messages, { from: 0, to: this.#length });
    this.#begin();
  }

  #begin(): void {
    this.#length = 0;
    this.#left = -1;
    this.#isCut = false;
    this.#isLine = this.#framing === 'lines';
  }
}

function nextNul(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(0, from);
  while (at >= 0 && !mayBegin(bytes, at + 1)) at = bytes.indexOf(0, at + 1);
  return at;
}

/** Whether a message may begin here: it has a priority, or has not come yet. */
function mayBegin(bytes: Buffer, at: number): boolean {
  return at === bytes.length || bytes[at] === LESS;
}

/** Decodes a message, without its line end; an empty one is none. */
function emit(
  bytes: Buffer,
  messages: string[],
  { from, to }: { readonly from: number; readonly to: number },
): void {
  let end = to;
  while (end > from && isLineEnd(bytes[end - 1])) end -= 1;
  if (end > from) messages.push(bytes.toString('utf8', from, end));
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LF || byte === CR || byte === 0;
}
