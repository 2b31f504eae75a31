import { KIND, KINDS, MAX_JSON_KEYS, endOfString } from './json-scan.ts';

/** What {@link JsonScan.next} found: nothing up to the limit, … */
export const REACHED = 0;
/** … what cannot be JSON, nests too deeply or has too many keys, … */
export const BAD = 1;
/** … a comma, and much before it that was not parsed yet, … */
export const COMMA = 2;
/** … or the bracket that closes the innermost of what is built, or all. */
export const CLOSED = 3;

/** Looks through large JSON for the places where it can be taken apart. */
export class JsonScan {
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  readonly #pieceBytes: number;
  /** By level, the outermost 1: where the bracket stands, where the last comma (before the first, the bracket), … */
  readonly #starts: Uint32Array;
  readonly #commas: Uint32Array;
  /** … how many keys, and whether it is a map. */
  readonly #keys: Uint32Array;
  readonly #maps: Uint8Array;
  /** Levels that are built. */
  #built = 0;
  /** Lists and maps that are open. */
  level = 0;
  at: number;
  /** Where that begins which was not parsed yet, in the innermost of what is built. */
  from = 0;
  /** Whether that is just behind a list or map that was built. */
  isBehindBuilt = false;

  constructor(
    bytes: Uint8Array,
    options: { readonly start: number; readonly depth: number; readonly pieceBytes: number },
  ) {
    const { start, depth, pieceBytes } = options;
    this.#bytes = bytes;
    this.#depth = depth;
    this.#pieceBytes = pieceBytes;
    this.at = start;
    this.from = start;
    this.#starts = new Uint32Array(depth + 2);
    this.#commas = new Uint32Array(depth + 2);
    this.#keys = new Uint32Array(depth + 2);
    this.#maps = new Uint8Array(depth + 2);
  }

  startOf(level: number): number {
    return this.#starts[level] ?? 0;
  }

  commaOf(level: number): number {
    return this.#commas[level] ?? 0;
  }

  isMap(level: number): boolean {
    return this.#maps[level] === 1;
  }

  /** Goes on until the next place of interest, or `until`, or a little beyond inside a text. */
  next(until: number): number {
    const bytes = this.#bytes;
    for (; this.at < until; this.at += 1) {
      const kind = KIND[bytes[this.at] ?? 0];
      if (kind === KINDS.plain) continue;
      if (kind === KINDS.quote) this.at = endOfString(bytes, this.at + 1);
      else if (kind === KINDS.comma) {
        if (this.#isPiece()) return COMMA;
        this.#commas[this.level] = this.at;
      } else if (kind === KINDS.close) {
        if (this.#maps[this.level] !== (bytes[this.at] === 0x7d ? 1 : 0)) return BAD;
        if (this.level === this.#built || this.level === 1) return CLOSED;
        this.level -= 1;
      } else if (!this.#count(kind)) return BAD;
    }
    return REACHED;
  }

  /** Goes past a comma before which all is parsed. */
  pass(): void {
    this.#commas[this.level] = this.at;
    this.isBehindBuilt = false;
    this.#skip();
  }

  /** Goes past the bracket that closes what was built. */
  leave(): void {
    this.level -= 1;
    this.#built = Math.min(this.#built, this.level);
    this.isBehindBuilt = true;
    this.#skip();
  }

  /** What is open at this level is built from now on. */
  enter(level: number): void {
    this.#built = level;
    this.from = this.startOf(level) + 1;
  }

  #skip(): void {
    this.at += 1;
    this.from = this.at;
  }

  #isPiece(): boolean {
    if (this.at - this.from >= this.#pieceBytes) return true;
    return this.isBehindBuilt && this.level === this.#built;
  }

  /** Counts a bracket that opens, or a colon; `false` when it is one too many, or the byte may not stand here. */
  #count(kind: number | undefined): boolean {
    if (kind === KINDS.colon) {
      const count = (this.#keys[this.level] ?? 0) + 1;
      this.#keys[this.level] = count;
      return count <= MAX_JSON_KEYS;
    }
    if (kind !== KINDS.open || this.level === this.#depth) return false;
    this.level += 1;
    this.#starts[this.level] = this.at;
    this.#commas[this.level] = this.at;
    this.#keys[this.level] = 0;
    this.#maps[this.level] = this.#bytes[this.at] === 0x7b ? 1 : 0;
    return true;
  }
}
