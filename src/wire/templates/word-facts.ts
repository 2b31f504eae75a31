/** What the characters of one word are; filled while the word is read, so that nothing reads it twice. */
export interface WordFacts {
  /** Hash of the word with each run of digits as one. */
  hash: number;
  start: number;
  length: number;
  digits: number;
  digitRuns: number;
  letters: number;
  uppers: number;
  /** All letters are a to f. */
  isHex: boolean;
  /** Changes between letters and digits in a run of both, in the run with most. */
  turns: number;
  dots: number;
  slashes: number;
  dashes: number;
  /** Other symbols. */
  symbols: number;
  /** Class of the first letter or digit, 0 when there is none. */
  first: number;
  /** It is a URL or a path with a drive letter. */
  isLocator: boolean;
}

export function createWordFacts(): WordFacts {
  return {
    hash: 0,
    start: 0,
    length: 0,
    digits: 0,
    digitRuns: 0,
    letters: 0,
    uppers: 0,
    isHex: false,
    turns: 0,
    dots: 0,
    slashes: 0,
    dashes: 0,
    symbols: 0,
    first: 0,
    isLocator: false,
  };
}
