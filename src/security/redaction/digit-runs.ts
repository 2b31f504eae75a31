import { isDigit } from './characters.ts';

/** The most runs of digits that one number is written in. */
const MOST_RUNS = 8;
const LONGEST_RUN = 24;

/** How a run is parted from the one before. */
export const SEPARATOR = Object.freeze({
  none: 0,
  space: 0x20,
  hyphen: 0x2d,
  dot: 0x2e,
  slash: 0x2f,
  /** `)`, with a space or hyphen after it, or not. */
  closing: 0x29,
  /** `(`, with a space before it or not. */
  opening: 0x28,
});

/** Runs of digits that stand together with separators between them, from one place on. */
export class DigitRuns {
  count = 0;
  readonly starts = new Int32Array(MOST_RUNS);
  readonly ends = new Int32Array(MOST_RUNS);
  readonly separators = new Uint8Array(MOST_RUNS);

  /** Reads up to eight runs; the first begins at `at`. */
  read(text: string, at: number): void {
    this.count = 0;
    let next = at;
    let separator: number = SEPARATOR.none;
    while (this.count < MOST_RUNS) {
      let end = next;
      const most = next + LONGEST_RUN;
      while (end < most && isDigit(text.charCodeAt(end))) end += 1;
      if (end === next) return;
      this.starts[this.count] = next;
      this.ends[this.count] = end;
      this.separators[this.count] = separator;
      this.count += 1;
      const width = separatorWidth(text, end);
      if (width === 0) return;
      const code = text.charCodeAt(end);
      separator = code === 0x28 || (code === 0x20 && width === 2) ? SEPARATOR.opening : code;
      next = end + width;
    }
  }

  length(run: number): number {
    return (this.ends[run] ?? 0) - (this.starts[run] ?? 0);
  }

  start(run: number): number {
    return this.starts[run] ?? 0;
  }

  end(run: number): number {
    return this.ends[run] ?? 0;
  }

  separator(run: number): number {
    return this.separators[run] ?? 0;
  }
}

/** How many characters part two runs at `at`; 0 when no digit follows. */
function separatorWidth(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  if (code === 0x20 || code === 0x2d || code === 0x2e || code === 0x2f) {
    if (isDigit(second)) return 1;
    return code === 0x20 && second === 0x28 && isDigit(text.charCodeAt(at + 2)) ? 2 : 0;
  }
  if (code === 0x28) return isDigit(second) ? 1 : 0;
  if (code !== 0x29) return 0;
  if (isDigit(second)) return 1;
  return (second === 0x20 || second === 0x2d) && isDigit(text.charCodeAt(at + 2)) ? 2 : 0;
}

/** Whether a number may begin at `at`: it does not go on from a word, a decimal or a time before it. */
export function beginsNumber(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  const earlier = at < 2 ? 0x20 : text.charCodeAt(at - 2);
  if (isWordCode(before)) return false;
  if (before === 0x2d) return !isWordCode(earlier) || isPlainWord(text, at - 1);
  if (before === 0x2e || before === 0x3a || before === 0x2c || before === 0x2f) {
    return !isDigit(earlier);
  }
  return before !== 0x23;
}

/** Whether a number may end at `end`. */
export function endsNumber(text: string, end: number): boolean {
  if (end >= text.length) return true;
  const code = text.charCodeAt(end);
  if (isWordCode(code) || code === 0x40 || code === 0x25) return false;
  const isJoint = code === 0x2e || code === 0x2d || code === 0x3a || code === 0x2f;
  return !(isJoint && isAlnumCode(text.charCodeAt(end + 1)));
}

/** Whether three letters stand before the hyphen, as in `card-4111…`; parts of a UUID have digits. */
function isPlainWord(text: string, hyphen: number): boolean {
  if (hyphen < 3) return false;
  for (let index = hyphen - 3; index < hyphen; index += 1) {
    const code = text.charCodeAt(index) | 0x20;
    if (code < 0x61 || code > 0x7a) return false;
  }
  return true;
}

function isAlnumCode(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

function isWordCode(code: number): boolean {
  return isAlnumCode(code) || code === 0x5f;
}
