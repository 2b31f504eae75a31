/** Characters (UTF-16 code units) as ranges that ascend and do not touch. */
export type CharSet = readonly (readonly [low: number, high: number])[];

const LAST = 0xffff;

/** A set of any ranges. */
export function charSet(ranges: readonly (readonly [number, number])[]): CharSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

/** Everything that the set does not hold. */
export function complement(set: CharSet): CharSet {
  const rest: [number, number][] = [];
  let from = 0;
  for (const [low, high] of set) {
    if (low > from) rest.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= LAST) rest.push([from, LAST]);
  return rest;
}

export function union(a: CharSet, b: CharSet): CharSet {
  if (a.length === 0) return b;
  return b.length === 0 ? a : charSet([...a, ...b]);
}

/** Whether a character is in both. */
export function overlaps(a: CharSet, b: CharSet): boolean {
  let left = 0;
  let right = 0;
  while (left < a.length && right < b.length) {
    const [lowA = 0, highA = 0] = a[left] ?? [];
    const [lowB = 0, highB = 0] = b[right] ?? [];
    if (lowA <= highB && lowB <= highA) return true;
    if (highA < lowB) left += 1;
    else right += 1;
  }
  return false;
}

export function contains(set: CharSet, code: number): boolean {
  for (const [low, high] of set) {
    if (code < low) return false;
    if (code <= high) return true;
  }
  return false;
}

const DIGITS: CharSet = [[48, 57]];
const WORDS: CharSet = charSet([
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]);
/** As JavaScript's `\s`. */
const SPACES: CharSet = charSet([
  ...([
    [9, 13],
    [32, 32],
    [160, 160],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
  ] as const),
  ...([
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
  ] as const),
  [0xfeff, 0xfeff],
]);
const LINE_ENDS: CharSet = charSet([
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
]);

/** What the dot matches. */
export const ANY_CHARACTER = complement(LINE_ENDS);
export const WORD_CHARACTERS = WORDS;

/** The sets that a letter behind a backslash stands for. */
export const ESCAPED_SETS: Readonly<Record<string, CharSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORDS,
  W: complement(WORDS),
  s: SPACES,
  S: complement(SPACES),
  h: charSet([
    [48, 57],
    [65, 70],
    [97, 102],
  ]),
};

/** Characters that a letter behind a backslash stands for. */
export const ESCAPED_CHARACTERS: Readonly<Record<string, number>> = {
  n: 10,
  r: 13,
  t: 9,
  f: 12,
  v: 11,
  e: 27,
};
