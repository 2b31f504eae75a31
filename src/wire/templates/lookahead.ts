import { characterClass, DIGIT, HEX, MARK, SPACE, UPPER } from './characters.ts';

/** A line up to `end`. All functions here look ahead a bounded way. */
export interface Window {
  readonly line: string;
  readonly end: number;
}

/** How far a quoted value or one in brackets may reach. */
const MAX_VALUE = 256;
/** How far ahead `(1.13 KB)` is looked for behind a size. */
const MAX_RESTATED = 24;
/** Digits of one part of an address. */
const MAX_PART = 4;

const BLANK = 32;
const OPEN_ROUND = 40;
const COMMA = 44;
const DASH = 45;
const DOT = 46;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const GREATER = 62;
const CLOSE_SQUARE = 93;
const OPENING = '([{';
const CLOSING = ')]}';

function classAt(line: string, at: number): number {
  return characterClass(line.charCodeAt(at));
}

/** `<5` is a bound and no bracket, unless `>` follows. */
export function isBound({ line, end }: Window, at: number): boolean {
  let next = at + 1;
  if (next >= end || (classAt(line, next) & DIGIT) === 0) return false;
  while (next < end && (classAt(line, next) & (SPACE | MARK)) === 0) next += 1;
  return line.charCodeAt(next) !== GREATER;
}

/** Where the quote that opens at `at` closes, or 0. */
export function closingQuote({ line, end }: Window, at: number): number {
  const quote = line.charCodeAt(at);
  const limit = Math.min(end, at + MAX_VALUE);
  for (let close = at + 1; close < limit; close += 1)
    if (line.charCodeAt(close) === quote) return close;
  return 0;
}

/**
 * Whether the quotes at `open` and `close` hold a value: it touches both, no
 * word goes on behind it, and it is no command, which begins with a word in
 * capitals (`"GET /index"`) and is taken apart.
 */
export function isQuotedText({ line, end }: Window, open: number, close: number): boolean {
  const isTight = close > open + 1 && !isBlank(line, open + 1) && !isBlank(line, close - 1);
  const isEnded = close + 1 >= end || (classAt(line, close + 1) & (SPACE | MARK)) !== 0;
  if (!isTight || !isEnded) return false;
  let at = open + 1;
  while (at < close && (classAt(line, at) & UPPER) !== 0) at += 1;
  return at - open < 3 || !isBlank(line, at);
}

function isBlank(line: string, at: number): boolean {
  return (classAt(line, at) & SPACE) !== 0;
}

/** Whether nothing stands behind `key=`: a separator follows, or the next `key=`. */
export function isEmptyValue({ line, end }: Window, at: number): boolean {
  if (at >= end) return true;
  const next = line.charCodeAt(at);
  if (next === COMMA || next === SEMICOLON) return true;
  if ((characterClass(next) & SPACE) === 0) return false;
  let stop = at;
  while (stop < end && (classAt(line, stop) & SPACE) !== 0) stop += 1;
  while (stop < end && (classAt(line, stop) & (SPACE | MARK)) === 0) stop += 1;
  return stop < end && line.charCodeAt(stop) === EQUALS;
}

/** End of `(1.13 KB)` behind a size that it says again; else `at`. */
export function restatedEnd({ line, end }: Window, at: number): number {
  const bracket = line.charCodeAt(at) === BLANK ? at + 1 : at;
  if (line.charCodeAt(bracket) !== OPEN_ROUND) return at;
  const text = line.slice(bracket, Math.min(end, bracket + MAX_RESTATED));
  const match = /^\([\d.,]+ ?[A-Za-z]{1,5}\)/.exec(text);
  return match === null ? at : bracket + match[0].length;
}

/**
 * Where a value ends that something is attached to without a blank: brackets
 * (`WorkSource{7}`), or a part behind a colon (`Popup:12`), unless that is the
 * key of the next value. Else `at`.
 */
export function attachedEnd(window: Window, at: number): number {
  const next = at < window.end ? window.line.charAt(at) : '';
  if (OPENING.includes(next)) return next === '' ? at : listEnd(window, closingBracket(window, at));
  return next === ':' ? behindColon(window, at) : listEnd(window, at);
}

/** Where the list ends that begins before `at` (`a1,b2[3-4],c5`): at a blank, or before the key of the next value. */
function listEnd(window: Window, at: number): number {
  const { line, end } = window;
  const limit = Math.min(end, at + MAX_VALUE);
  let last = at;
  while (last < limit && line.charCodeAt(last) === COMMA) {
    let next = last + 1;
    let hasDigit = false;
    for (; next < limit && (classAt(line, next) & (SPACE | MARK)) === 0; next += 1)
      if ((classAt(line, next) & DIGIT) !== 0) hasDigit = true;
    if (!hasDigit) return last;
    if (OPENING.includes(line.charAt(next)) && next < end) next = closingBracket(window, next);
    if (next < end && line.charCodeAt(next) !== COMMA && !isBlank(line, next)) return last;
    let behind = next;
    while (behind < limit && isBlank(line, behind)) behind += 1;
    if (line.charCodeAt(behind) === EQUALS) return last;
    last = next;
  }
  return last;
}

function closingBracket({ line, end }: Window, at: number): number {
  const limit = Math.min(end, at + MAX_VALUE);
  let depth = 0;
  for (let next = at; next < limit; next += 1) {
    const character = line.charAt(next);
    if ((classAt(line, next) & SPACE) !== 0) return at;
    if (OPENING.includes(character)) depth += 1;
    else if (CLOSING.includes(character)) depth -= 1;
    if (depth === 0) return next + 1;
  }
  return at;
}

function behindColon({ line, end }: Window, at: number): number {
  const limit = Math.min(end, at + MAX_VALUE);
  let next = at + 1;
  while (next < limit && (classAt(line, next) & (SPACE | MARK)) === 0) next += 1;
  return next === at + 1 || (next < end && line.charCodeAt(next) === EQUALS) ? at : next;
}

/**
 * Where the bracket that opens at `at` closes, if it holds numbers with at
 * least one range or list among them (`[1-40,81]`); else `at`.
 */
export function rangeEnd({ line, end }: Window, at: number): number {
  const limit = Math.min(end, at + MAX_VALUE);
  let joints = 0;
  let isJoint = true;
  for (let next = at + 1; next < limit; next += 1) {
    const code = line.charCodeAt(next);
    if ((characterClass(code) & DIGIT) !== 0) isJoint = false;
    else if (isJoint) return at;
    else if (code === CLOSE_SQUARE) return joints > 0 ? next + 1 : at;
    else if (code !== COMMA && code !== DASH) return at;
    else {
      joints += 1;
      isJoint = true;
    }
  }
  return at;
}

/** What `addressAt` found. */
export const ADDRESS = Object.freeze({ none: 0, time: 1, hexadecimal: 2 } as const);

/**
 * Parts of at most four hexadecimal digits between colons: a time or a
 * duration when all are decimal, else a MAC, IPv6 or PCI address. The last
 * part may go on behind a dot, with decimal digits (`::ffff:10.0.0.1`,
 * `0000:ae:00.1`). `ends` receives where it ends.
 */
export function addressAt({ line, end }: Window, start: number, ends: { at: number }): number {
  const isOpen = line.charCodeAt(start) === COLON;
  let parts = isOpen ? 3 : 1;
  let length = 0;
  let hasDigit = false;
  let hasLetter = isOpen;
  let at = isOpen ? start + 2 : start;
  for (; at < end; at += 1) {
    const kind = classAt(line, at);
    if ((kind & (DIGIT | HEX)) !== 0) {
      length += 1;
      if (length > MAX_PART) return ADDRESS.none;
      if ((kind & DIGIT) === 0) hasLetter = true;
      else hasDigit = true;
    } else if (line.charCodeAt(at) === COLON && at + 1 < end && length > 0) {
      parts += 1;
      length = 0;
      if (line.charCodeAt(at + 1) === COLON) at += 1;
    } else break;
  }
  if (length === 0 || !(parts >= 6 || (parts >= 3 && hasDigit))) return ADDRESS.none;
  at = decimalsEnd({ line, end }, at);
  if (at < end && (classAt(line, at) & (SPACE | MARK)) === 0) return ADDRESS.none;
  ends.at = at;
  return hasLetter ? ADDRESS.hexadecimal : ADDRESS.time;
}

/** End of up to three groups of decimal digits, each behind a dot, from `at` on. */
function decimalsEnd({ line, end }: Window, at: number): number {
  let next = at;
  for (let group = 0; group < 3; group += 1) {
    let digit = next + 1;
    if (line.charCodeAt(next) !== DOT) break;
    while (digit < end && (classAt(line, digit) & DIGIT) !== 0) digit += 1;
    if (digit === next + 1) break;
    next = digit;
  }
  return next;
}
