import { characterClass, DIGIT, HEX, LETTER, MARK, SPACE, UPPER, UPPER_BIT } from './characters.ts';
import { createWordFacts, type WordFacts } from './word-facts.ts';

const OFFSET = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
/** Stands for any run of digits in the hash. */
const ANY_DIGITS = 35;

const APOSTROPHE = 39;
const COMMA = 44;
const DASH = 45;
const DOT = 46;
const SLASH = 47;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const GREATER = 62;
const QUESTION = 63;
const PERCENT = 37;
const BACKSLASH = 92;

/** Reads words: everything up to a blank or a mark, but for the marks that stand inside words. */
export class WordReader {
  /** Facts of the word that was read last. */
  readonly facts: WordFacts = createWordFacts();
  #line = '';
  #start = 0;
  #limit = 0;
  #hasQuery = false;

  /** Where the word that starts at `start` ends, at the latest at `limit`. */
  // eslint-disable-next-line max-lines-per-function -- the hot loop of the miner: it counts in locals, in one place
  read(line: string, start: number, limit: number): number {
    const facts = this.facts;
    this.#begin(line, start, limit);
    let hash = OFFSET;
    let digits = 0;
    let runs = 0;
    let letters = 0;
    let uppers = 0;
    let beyondHex = 0;
    let turn = 0;
    let turns = 0;
    let previous = 0;
    let at = start;
    for (; at < limit; at += 1) {
      const code = line.charCodeAt(at);
      const kind = characterClass(code);
      if ((kind & LETTER) !== 0) {
        letters += 1;
        uppers += (kind & UPPER) >>> UPPER_BIT;
        beyondHex |= kind ^ HEX;
        if (previous === DIGIT) turn += 1;
        previous = LETTER;
      } else if (kind === DIGIT) {
        digits += 1;
        if (previous === DIGIT) continue;
        runs += 1;
        if (previous === LETTER) turn += 1;
        previous = DIGIT;
        hash = Math.imul(hash ^ ANY_DIGITS, PRIME);
        continue;
      } else {
        if (kind === 0 ? this.#isEnd(code, at) : !this.#isInside(code, at, kind)) break;
        if (turn > turns) turns = turn;
        turn = previous = 0;
        this.#countSymbol(code);
      }
      hash = Math.imul(hash ^ code, PRIME);
    }
    facts.hash = hash;
    facts.digits = digits;
    facts.digitRuns = runs;
    facts.letters = letters;
    facts.uppers = uppers;
    facts.isHex = (beyondHex & HEX) === 0;
    facts.turns = turn > turns ? turn : turns;
    return this.#finish(at);
  }

  #begin(line: string, start: number, limit: number): void {
    const { facts } = this;
    this.#line = line;
    this.#start = start;
    facts.start = start;
    this.#limit = limit;
    this.#hasQuery = facts.isLocator = false;
    facts.dots = facts.slashes = facts.dashes = facts.symbols = 0;
  }

  #finish(end: number): number {
    const { facts } = this;
    facts.length = end - this.#start;
    facts.first = 0;
    if (facts.letters + facts.digits === 0) return end;
    for (let at = this.#start; facts.first === 0; at += 1)
      facts.first = this.#class(at) & (LETTER | DIGIT);
    return end;
  }

  #class(at: number): number {
    return characterClass(this.#line.charCodeAt(at));
  }

  #countSymbol(code: number): void {
    const { facts } = this;
    if (code === DOT) facts.dots += 1;
    else if (code === SLASH || code === BACKSLASH) facts.slashes += 1;
    else if (code === DASH) facts.dashes += 1;
    else if (code !== PERCENT) facts.symbols += 1;
  }

  /** Dots that end a sentence are not of the word, nor is an arrow. */
  #isEnd(code: number, at: number): boolean {
    if (at === this.#start) return false;
    if (code === DASH) return this.#line.charCodeAt(at + 1) === GREATER;
    // Only the first of a run of dots looks ahead, or a line of dots would cost its square.
    if (code !== DOT || this.#line.charCodeAt(at - 1) === DOT) return false;
    let end = at + 1;
    while (end < this.#limit && this.#line.charCodeAt(end) === DOT) end += 1;
    return end >= this.#limit || (this.#class(end) & (SPACE | MARK)) !== 0;
  }

  /** A mark that belongs to the word: of `://`, `:\`, `::`, `can't`, or of the query of a path. */
  #isInside(code: number, at: number, kind: number): boolean {
    if ((kind & SPACE) !== 0 || at === this.#start || at + 1 >= this.#limit) return false;
    if (code === QUESTION) this.#hasQuery = true;
    if (this.#isPath(at)) return this.#isInPath(code, at);
    const next = this.#line.charCodeAt(at + 1);
    const isAfterLetter = (this.#class(at - 1) & LETTER) !== 0;
    if (code === APOSTROPHE) return isAfterLetter && (characterClass(next) & LETTER) !== 0;
    if (code !== COLON) return false;
    const isDoubled = this.#line.charCodeAt(at - 1) === COLON && at - 1 > this.#start;
    if (isDoubled) return (characterClass(next) & LETTER) !== 0;
    const isScheme = next === SLASH && this.#line.charCodeAt(at + 2) === SLASH;
    if (isScheme || next === BACKSLASH) this.facts.isLocator = true;
    const isScope = next === COLON && isAfterLetter && (this.#class(at + 2) & LETTER) !== 0;
    return this.facts.isLocator || isScope;
  }

  #isPath(at: number): boolean {
    if (this.facts.isLocator) return true;
    return this.#line.charCodeAt(this.#start) === SLASH && at > this.#start + 1;
  }

  #isInPath(code: number, at: number): boolean {
    const isPart =
      code === QUESTION ||
      code === EQUALS ||
      code === SEMICOLON ||
      (code === COLON && this.facts.isLocator) ||
      (code === COMMA && this.#hasQuery);
    return isPart && (this.#class(at + 1) & (SPACE | MARK)) === 0;
  }
}
