import { characterClass, DIGIT, HEX, MARK, SPACE } from './characters.ts';
import { ELEMENT, VARIABLE } from './element.ts';
import { foldCounted, foldIntoPrevious } from './fold.ts';
import {
  ADDRESS,
  addressAt,
  attachedEnd,
  closingQuote,
  isBound,
  isEmptyValue,
  isQuotedText,
  rangeEnd,
  restatedEnd,
} from './lookahead.ts';
import { createScannedLine, computeKeys, type ScannedLine } from './scanned-line.ts';
import { isAbsent, isSizeUnit, isUnit, spelling, SPELLING } from './vocabulary.ts';
import { NO_VALUE, variableKind, wordTraits } from './word-kind.ts';
import { WordReader } from './word-reader.ts';

// Written by hand, one pass over the characters of a line: a chain of regular
// expressions that masks the same things costs many times as much.

export interface ScanLimits {
  readonly maxTokens: number;
  readonly maxLineLength: number;
}

const BANG = 33;
const QUOTE = 34;
const APOSTROPHE = 39;
const OPEN_ROUND = 40;
const CLOSE_ROUND = 41;
const STAR = 42;
const SLASH = 47;
const COLON = 58;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;

/** Elements that one step may add, and the rest. */
const STEP = 4;
/** Longest word that is looked up. */
const MAX_SPELLED = 9;
/** Most stars in the place of a number. */
const MAX_BLANKED = 6;

/**
 * Splits lines into elements and masks values; one scanner serves one caller at a time.
 *
 * Longer than the house's measure: the hot path of every message, in which the
 * steps share one position and one set of buffers.
 */
export class LineScanner {
  readonly #out: ScannedLine;
  readonly #words = new WordReader();
  readonly #limits: ScanLimits;
  readonly #window = { line: '', end: 0 };
  readonly #ends = { at: 0 };
  #gap = 0;
  /** Where the sign of the next number stands, or −1. */
  #sign = -1;
  /** Up to here no quote closes. */
  #unquoted = 0;

  constructor(limits: ScanLimits) {
    this.#limits = limits;
    this.#out = createScannedLine(limits.maxTokens + STEP);
  }

  /** The elements of a line, valid until the next call. Work is linear in the limits, whatever the line holds. */
  scan(line: string): ScannedLine {
    const out = this.#out;
    const length = trimmedLength(line);
    const end = Math.min(length, this.#limits.maxLineLength);
    this.#window.line = out.line = line;
    this.#window.end = end;
    out.count = this.#gap = this.#unquoted = 0;
    this.#sign = -1;
    let at = 0;
    while (at < end && out.count < this.#limits.maxTokens) {
      const kind = characterClass(line.charCodeAt(at));
      if ((kind & SPACE) !== 0) {
        this.#gap = 1;
        at += 1;
      } else at = (kind & MARK) === 0 ? this.#word(line, at) : this.#mark(line, at);
    }
    out.isCut = at < length;
    for (; at < length && (characterClass(line.charCodeAt(at)) & SPACE) !== 0; at += 1)
      this.#gap = 1;
    if (out.isCut) this.#push(ELEMENT.variable, at, length);
    computeKeys(out);
    return out;
  }

  #push(kind: number, start: number, end: number): number {
    const out = this.#out;
    const at = out.count;
    out.kinds[at] = kind;
    out.details[at] = 0;
    out.gaps[at] = this.#gap;
    out.starts[at] = start;
    out.ends[at] = end;
    out.units[at] = end;
    out.hashes[at] = 0;
    out.count = at + 1;
    this.#gap = 0;
    return at;
  }

  #pushMark(start: number, end: number, hash: number): number {
    this.#out.hashes[this.#push(ELEMENT.mark, start, end)] = hash;
    return end;
  }

  #pushVariable(start: number, end: number, kind: number): number {
    this.#out.details[this.#push(ELEMENT.variable, start, end)] = kind;
    foldIntoPrevious(this.#out);
    return end;
  }

  /** Whether the last element is this mark. */
  #isBehind(mark: number): boolean {
    const { kinds, hashes, count } = this.#out;
    return count > 0 && kinds[count - 1] === ELEMENT.mark && hashes[count - 1] === mark;
  }

  /** Punctuation, and the values that only punctuation shows. */
  #mark(line: string, at: number): number {
    const mark = line.charCodeAt(at);
    const next = at + 1 < this.#window.end ? line.charCodeAt(at + 1) : 0;
    if (mark === QUOTE || mark === APOSTROPHE) return this.#quote(line, at, mark);
    if (mark === LESS && next === STAR && line.charCodeAt(at + 2) === GREATER)
      return this.#pushVariable(at, at + 3, VARIABLE.other);
    if ((mark === LESS || mark === GREATER) && this.#gap === 1 && isBound(this.#window, at)) {
      this.#sign = at;
      return at + 1;
    }
    if (mark === COLON && next === COLON) {
      const isAddress = addressAt(this.#window, at, this.#ends) !== ADDRESS.none;
      if (isAddress) return this.#pushVariable(at, this.#ends.at, VARIABLE.host);
    }
    if (mark === OPEN_SQUARE && this.#gap === 0) {
      const end = rangeEnd(this.#window, at);
      if (end > at && this.#ranged(end)) return end;
    }
    if (isOperator(mark, next)) return this.#pushMark(at, at + 2, mark * 31 + next);
    const hasGap = this.#gap === 1;
    this.#pushMark(at, at + 1, mark);
    if (mark === EQUALS) {
      if (!hasGap) this.#assignNothing(at + 1);
    } else if (hasGap && isEmptyPair(mark, next)) this.#push(ELEMENT.value, at + 1, at + 1);
    return at + 1;
  }

  /** Makes one variable of the last word and the range of numbers behind it (`node-[1-40]`). */
  #ranged(end: number): boolean {
    const out = this.#out;
    const at = out.count - 1;
    if (at < 0 || out.kinds[at] === ELEMENT.mark || out.kinds[at] === ELEMENT.value) return false;
    out.count = at;
    this.#gap = out.gaps[at] ?? 0;
    this.#pushVariable(out.starts[at] ?? 0, end, VARIABLE.identifier);
    foldCounted(out);
    return true;
  }

  /** A quoted value is one element, other quotes are marks. */
  #quote(line: string, at: number, mark: number): number {
    const isAssigned = this.#isBehind(EQUALS);
    const isValue = at >= this.#unquoted && (isAssigned || this.#gap === 1);
    let close = isValue ? closingQuote(this.#window, at) : 0;
    if (isValue && close === 0) this.#unquoted = at + 1;
    if (!isAssigned && close > 0 && !isQuotedText(this.#window, at, close)) close = 0;
    this.#pushMark(at, at + 1, mark);
    if (close === 0) return at + 1;
    this.#push(hasDigit(line, at, close) ? ELEMENT.variable : ELEMENT.value, at + 1, close);
    return this.#pushMark(close, close + 1, mark);
  }

  #assignNothing(at: number): void {
    const { kinds, count } = this.#out;
    const isKey = count >= 2 && kinds[count - 2] === ELEMENT.word;
    if (isKey && isEmptyValue(this.#window, at)) this.#push(ELEMENT.value, at, at);
  }

  #word(line: string, start: number): number {
    const isAssigned = this.#isBehind(EQUALS);
    if ((characterClass(line.charCodeAt(start)) & (DIGIT | HEX)) !== 0) {
      const address = addressAt(this.#window, start, this.#ends);
      const kind = address === ADDRESS.time ? VARIABLE.number : VARIABLE.host;
      if (address !== ADDRESS.none)
        return this.#pushVariable(this.#signed(start), this.#ends.at, kind);
    }
    const { facts } = this.#words;
    const end = this.#words.read(line, start, this.#window.end);
    if (facts.first === 0 && !facts.isLocator) return this.#symbols(line, start, end);
    let kind = variableKind(facts, line);
    let spelled: number = SPELLING.other;
    if (kind === NO_VALUE && facts.length <= MAX_SPELLED) {
      if (this.#isUnit(line, start, end)) return this.#unit(line, start, end);
      spelled = spelling(line, start, end);
      if (spelled !== SPELLING.other) kind = this.#spelledKind(spelled, line, end);
    }
    const from = this.#signed(start);
    if (isAssigned) return this.#assigned(line, { start: from, end, kind });
    if (kind !== NO_VALUE) return this.#pushVariable(from, end, kind);
    if (spelled === SPELLING.switched && this.#isSwitch(line)) {
      this.#push(ELEMENT.value, from, end);
      return end;
    }
    const at = this.#push(ELEMENT.word, from, end);
    const isProtocol = spelled === SPELLING.protocol;
    this.#out.hashes[at] = isProtocol ? facts.hash + line.charCodeAt(end - 1) : facts.hash;
    this.#out.details[at] = isProtocol ? 0 : wordTraits(facts, line);
    if (facts.digits > 0) foldCounted(this.#out);
    return end;
  }

  /** Where the value at `start` begins with its sign. */
  #signed(start: number): number {
    const from = this.#sign < 0 ? start : this.#sign;
    this.#sign = -1;
    return from;
  }

  /** A word of symbols only is a mark, but `/` alone is a path. */
  #symbols(line: string, start: number, end: number): number {
    const isRoot = end - start === 1 && line.charCodeAt(start) === SLASH;
    if (isRoot) return this.#pushVariable(start, end, VARIABLE.path);
    if (end - start > 1 && isBlanked(line, start, end) && this.#isAmongValues(line, end))
      return this.#pushVariable(start, end, VARIABLE.number);
    return this.#pushMark(start, end, this.#words.facts.hash);
  }

  /** Whether a value stands before or behind, with a blank between. */
  #isAmongValues(line: string, end: number): boolean {
    const { kinds, count } = this.#out;
    if (this.#gap === 1 && count > 0 && kinds[count - 1] === ELEMENT.variable) return true;
    if ((characterClass(line.charCodeAt(end)) & SPACE) === 0) return false;
    return line.charCodeAt(end + 1) === STAR || hasDigit(line, end + 1, end + 2);
  }

  #isUnit(line: string, start: number, end: number): boolean {
    const { kinds, details, ends, units, count } = this.#out;
    const at = count - 1;
    if (at < 0 || kinds[at] !== ELEMENT.variable || details[at] !== VARIABLE.number) return false;
    return units[at] === ends[at] && isUnit(line.slice(start, end));
  }

  /** The unit belongs to the number, and so does the same size said again (`1165 bytes (1.13 KB)`). */
  #unit(line: string, start: number, end: number): number {
    const last = isSizeUnit(line.slice(start, end)) ? restatedEnd(this.#window, end) : end;
    this.#out.ends[this.#out.count - 1] = last;
    this.#gap = 0;
    return last;
  }

  /** Values that are told by their spelling, perhaps with what stands beside them. */
  #spelledKind(spelled: number, line: string, end: number): number {
    switch (spelled) {
      case SPELLING.truth:
        return VARIABLE.other;
      case SPELLING.host:
        return VARIABLE.host;
      case SPELLING.absent:
        return this.#isBehind(COLON) ? VARIABLE.other : NO_VALUE;
      case SPELLING.date:
        return this.#isInDate(line, end) ? VARIABLE.date : NO_VALUE;
      default:
        return NO_VALUE;
    }
  }

  /** Whether a word for how something stands has before it what stands so (`charging: yes`, `[off]`, `( on off )`). */
  #isSwitch(line: string): boolean {
    const { kinds, starts, ends, count } = this.#out;
    if (count === 0) return false;
    if (this.#isBehind(COLON) || this.#isBehind(OPEN_SQUARE) || this.#isBehind(OPEN_ROUND))
      return true;
    const [from = 0, to = 0] = [starts[count - 1], ends[count - 1]];
    return kinds[count - 1] === ELEMENT.value && spelling(line, from, to) === SPELLING.switched;
  }

  /** Beside digits or another name of a date, and not in prose. */
  #isInDate(line: string, end: number): boolean {
    const { kinds, count } = this.#out;
    if (count > 0 && kinds[count - 1] === ELEMENT.variable) return true;
    let at = end;
    while (at < this.#window.end && (characterClass(line.charCodeAt(at)) & SPACE) !== 0) at += 1;
    if (at >= this.#window.end) return false;
    const isNumber = (characterClass(line.charCodeAt(at)) & DIGIT) !== 0;
    return isNumber || spelling(line, at, at + 3) === SPELLING.date;
  }

  /** What stands behind `=`: a value in any case, and a variable when it looks like one. */
  #assigned(
    line: string,
    { start, end, kind }: { readonly start: number; readonly end: number; readonly kind: number },
  ): number {
    const { facts } = this.#words;
    const isDottedName = facts.dots > 0 && facts.uppers < facts.letters;
    const last = attachedEnd(this.#window, end);
    const isVariable =
      kind !== NO_VALUE ||
      isDottedName ||
      isAbsent(line.slice(start, end)) ||
      hasDigit(line, end, last);
    const at = this.#push(isVariable ? ELEMENT.variable : ELEMENT.value, start, last);
    this.#out.details[at] = kind === NO_VALUE ? VARIABLE.other : kind;
    return last;
  }
}

function trimmedLength(line: string): number {
  let length = line.length;
  while (length > 0 && (characterClass(line.charCodeAt(length - 1)) & SPACE) !== 0) length -= 1;
  return length;
}

/** Stars only, and no more than a number has digits: what stands for one that is not shown. */
function isBlanked(line: string, start: number, end: number): boolean {
  if (end - start > MAX_BLANKED) return false;
  for (let at = start; at < end; at += 1) if (line.charCodeAt(at) !== STAR) return false;
  return true;
}

function isOperator(mark: number, next: number): boolean {
  if (next === EQUALS) return mark === EQUALS || mark === BANG || mark === LESS || mark === GREATER;
  return mark === EQUALS && next === GREATER;
}

/** Brackets with nothing inside, which stand alone: `()` and `[]`. */
function isEmptyPair(mark: number, next: number): boolean {
  return (
    (mark === OPEN_ROUND && next === CLOSE_ROUND) || (mark === OPEN_SQUARE && next === CLOSE_SQUARE)
  );
}

function hasDigit(line: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1)
    if ((characterClass(line.charCodeAt(at)) & DIGIT) !== 0) return true;
  return false;
}
