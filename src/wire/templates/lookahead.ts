import { characterClass, DIGIT, HEX, MARK, SPACE } from './characters.ts';

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
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const GREATER = 62;
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
  if (OPENING.includes(next)) return next === '' ? at : closingBracket(window, at);
  return next === ':' ? behindColon(window, at) : at;
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

/** What `addressAt` found. */
export const ADDRESS = Object.freeze({ none: 0, time: 1, hexadecimal: 2 } as const);

/**
 * Parts of at most four hexadecimal digits between colons: a time or a
 * duration when all are decimal, else a MAC or IPv6 address. `ends` receives
 * where it ends.
 */
export function addressAt({ line, end }: Window, start: number, ends: { at: number }): number {
  let parts = 1;
  let length = 0;
  let hasDigit = false;
  let hasLetter = false;
  let at = start;
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
  const isWhole = at >= end || (classAt(line, at) & (SPACE | MARK)) !== 0;
  const isLong = parts >= 6 || (parts >= 3 && hasDigit);
  if (!isWhole || !isLong || length === 0) return ADDRESS.none;
  ends.at = at;
  return hasLetter ? ADDRESS.hexadecimal : ADDRESS.time;
}
