import { ELEMENT } from './element.ts';

/** The elements of one line, in columns that are used again for the next line. */
export interface ScannedLine {
  line: string;
  count: number;
  /** `ELEMENT`. */
  readonly kinds: Uint8Array;
  /** `VARIABLE` of variables, `TRAIT` of words. */
  readonly details: Uint8Array;
  /** 1 where blanks stand before the element. */
  readonly gaps: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Where the unit of a variable begins (`4 |KB`), or its end when it has none. */
  readonly units: Int32Array;
  readonly hashes: Int32Array;
  /** The same for lines that differ in nothing but variables. */
  key: number;
  /** The same for lines that have marks and blanks in the same places. */
  shape: number;
  /** The line was longer than the limits: its last element is the rest. */
  isCut: boolean;
}

export function createScannedLine(maxElements: number): ScannedLine {
  return {
    line: '',
    count: 0,
    kinds: new Uint8Array(maxElements),
    details: new Uint8Array(maxElements),
    gaps: new Uint8Array(maxElements),
    starts: new Int32Array(maxElements),
    ends: new Int32Array(maxElements),
    units: new Int32Array(maxElements),
    hashes: new Int32Array(maxElements),
    key: 0,
    shape: 0,
    isCut: false,
  };
}

const OFFSET = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
const SECOND_PRIME = 0x85ebca6b | 0;
const ANY_WORD = 0x5bd1e995;
const ANY_VARIABLE = 0x1b873593;
const LOW_BITS = 0x1f_ffff;
const LOW_RANGE = LOW_BITS + 1;

/** Computes `key` and `shape` when all elements are in, as if those of `folded` were one variable. */
export function computeKeys(
  scanned: ScannedLine,
  folded?: { readonly start: number; readonly length: number },
): void {
  const { kinds, gaps, hashes, count } = scanned;
  const skipped = folded === undefined ? 0 : folded.length - 1;
  let shape = OFFSET;
  let first = OFFSET;
  let second = count - skipped;
  for (let at = 0; at < count; at += 1) {
    const isFolded = at === folded?.start;
    const kind = isFolded ? ELEMENT.variable : kinds[at];
    const hash = hashes[at] ?? 0;
    const gap = (gaps[at] ?? 0) + 1;
    shape = Math.imul(shape ^ (kind === ELEMENT.mark ? hash : ANY_WORD), PRIME) + gap;
    const part = kind === ELEMENT.mark || kind === ELEMENT.word ? hash : ANY_VARIABLE;
    first = Math.imul(first ^ part, PRIME) + gap;
    second = Math.imul(second + part + gap, SECOND_PRIME);
    second ^= second >>> 15;
    if (isFolded) at += skipped;
  }
  scanned.shape = shape | 0;
  scanned.key = (first >>> 0) * LOW_RANGE + (second & LOW_BITS);
}
