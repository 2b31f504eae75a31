import type { Steps } from '../../core/steps.ts';
import { isModestJson } from './json-scan.ts';
import { JsonScan, BAD, CLOSED, REACHED } from './json-stepping.ts';
import { setOwn } from './set-own.ts';
import { utf8Steps } from './utf8-steps.ts';

/** Stands for bytes that are not JSON, nest too deeply, or have too many keys in one map. */
export const NOT_JSON = Symbol('not JSON');

/** Bytes that are parsed at once; smaller JSON is parsed whole. */
const PIECE_BYTES = 65_536;
/** Pieces of one step. */
const STEP_PIECES = 2;

/** Parses JSON bytes at once; the parser's own message quotes them, so it goes no further. */
export function parseJson(bytes: Uint8Array, depth: number): unknown {
  if (!isModestJson(bytes, depth)) return NOT_JSON;
  return parsed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}

/**
 * As {@link parseJson}, in steps of about a millisecond however large it is: a
 * list or map that is large is taken apart at its commas, and its parts are
 * parsed one after the other.
 */
export function* parseJsonSteps(
  bytes: Uint8Array,
  depth: number,
  pieceBytes = PIECE_BYTES,
): Steps<unknown> {
  if (bytes.length <= pieceBytes) return parseJson(bytes, depth);
  const start = endOfBlank(bytes, 0, bytes.length);
  const first = bytes[start];
  if (first === 0x5b || first === 0x7b) {
    return yield* new Parse(bytes, start, { depth, pieceBytes }).steps();
  }
  return mayBeginValue(first) ? parsed(yield* utf8Steps(bytes)) : NOT_JSON;
}

/** Whether a text, a number or a word can begin so. */
function mayBeginValue(byte: number | undefined): boolean {
  return byte !== undefined && '"-0123456789tfn'.includes(String.fromCharCode(byte));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

/** A list or map that is too large to be parsed at once, as far as it is built. */
type Built = unknown[] | Record<string, unknown>;

class Parse {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #pieceBytes: number;
  readonly #scan: JsonScan;
  /** Those at the first levels of what is open. */
  readonly #built: Built[] = [];
  #root: unknown;

  constructor(
    bytes: Uint8Array,
    start: number,
    { depth, pieceBytes }: { readonly depth: number; readonly pieceBytes: number },
  ) {
    this.#bytes = bytes;
    this.#start = start;
    this.#pieceBytes = pieceBytes;
    this.#scan = new JsonScan(bytes, { start, depth, pieceBytes });
  }

  *steps(): Steps<unknown> {
    const scan = this.#scan;
    const { length } = this.#bytes;
    for (;;) {
      const until = Math.min(length, scan.at + this.#pieceBytes * STEP_PIECES);
      for (;;) {
        const found = scan.next(until);
        if (found === REACHED) break;
        if (found === BAD) return NOT_JSON;
        if (!(yield* found === CLOSED ? this.#close() : this.#cut())) return NOT_JSON;
        if (scan.level === 0) return this.#isBlank(scan.at, length) ? this.#root : NOT_JSON;
      }
      if (until === length) return NOT_JSON;
      yield;
    }
  }

  /** At a comma: parses what stands before it. */
  *#cut(): Steps<boolean> {
    const scan = this.#scan;
    const { at, level } = scan;
    if (scan.isBehindBuilt) {
      if (level > this.#built.length || !this.#isBlank(scan.from, at)) return false;
    } else {
      while (this.#built.length < level) if (!(yield* this.#build())) return false;
      if (!(yield* this.#add(at))) return false;
    }
    scan.pass();
    return true;
  }

  /** At the bracket that closes the innermost of what is built, or all. */
  *#close(): Steps<boolean> {
    const scan = this.#scan;
    const { at } = scan;
    if (this.#built.length === 0) {
      this.#root = parsed(yield* utf8Steps(this.#bytes.subarray(this.#start, at + 1)));
      if (this.#root === NOT_JSON) return false;
    } else {
      const isFine = scan.isBehindBuilt ? this.#isBlank(scan.from, at) : yield* this.#add(at);
      if (!isFine) return false;
      this.#built.pop();
    }
    scan.leave();
    return true;
  }

  /** Begins to build the outermost of what is open and not built yet. */
  *#build(): Steps<boolean> {
    const scan = this.#scan;
    const value: Built = scan.isMap(this.#built.length + 1) ? {} : [];
    const parent = this.#built.at(-1);
    if (parent === undefined) this.#root = value;
    else {
      const comma = scan.commaOf(this.#built.length);
      if (comma >= scan.from) {
        if (!(yield* this.#add(comma))) return false;
        scan.from = comma + 1;
      }
      const bracket = scan.startOf(this.#built.length + 1);
      if (Array.isArray(parent)) {
        if (!this.#isBlank(scan.from, bracket)) return false;
        parent.push(value);
      } else {
        const key = this.#keyIn(yield* this.#text(bracket));
        if (key === undefined) return false;
        setOwn(parent, key, value);
      }
    }
    this.#built.push(value);
    scan.enter(this.#built.length);
    return true;
  }

  /** Adds the items or keys up to `to` to the innermost of what is built. */
  *#add(to: number): Steps<boolean> {
    const text = yield* this.#text(to);
    const into = this.#built.at(-1);
    if (Array.isArray(into)) {
      const items = parsed(`[${text}]`);
      // Nothing at all would be a comma too many.
      if (!Array.isArray(items) || items.length === 0) return false;
      for (const item of items) into.push(item);
      return true;
    }
    const map = parsed(`{${text}}`);
    if (into === undefined || typeof map !== 'object' || map === null) return false;
    const keys = Object.keys(map);
    for (const key of keys) setOwn(into, key, (map as Record<string, unknown>)[key]);
    return keys.length > 0;
  }

  /** The key that stands before a value, with its colon; `undefined` when there is no such thing. */
  #keyIn(text: string): string | undefined {
    const map = parsed(`{${text}null}`);
    return typeof map === 'object' && map !== null ? Object.keys(map)[0] : undefined;
  }

  #text(to: number): Steps<string> {
    return utf8Steps(this.#bytes.subarray(this.#scan.from, to));
  }

  #isBlank(from: number, to: number): boolean {
    return endOfBlank(this.#bytes, from, to) === to;
  }
}

function endOfBlank(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(bytes[at])) at += 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
