import { hasWord, isAlnum, isBlank, isQuote } from './characters.ts';
import type { Hit } from './finding.ts';
import type { NameStrength } from './secret-names.ts';
import {
  KIND,
  endsPhrase,
  isCode,
  isMixed,
  isPlaceholder,
  isRandom,
  isSentenceWord,
  kindsOf,
} from './value-shape.ts';

/** Where a value stands; `isQuoted` when quotes say where it ends. */
interface Value {
  start: number;
  end: number;
  isQuoted: boolean;
}

/** Characters of a value without quotes that decide whether it is a secret; names may stand in it again and again. */
const MOST_JUDGED = 64;
/** Characters of a token that nothing names. */
const SHORTEST_TOKEN = 20;
/** Characters within which the first cookie or parameter has its `=`. */
const LONGEST_NAME = 64;

const value: Value = { start: 0, end: 0, isQuoted: false };

/** How a value is joined to its name. */
export type Joint = 'equals' | 'colon' | 'space';

/** The secret that follows a name at `at`, if what is there can be one. */
export function matchValue(
  text: string,
  at: number,
  {
    strength,
    joint,
    hit,
  }: { readonly strength: NameStrength; readonly joint: Joint; readonly hit: Hit },
): boolean {
  if (strength === 'none') return false;
  if (strength === 'cookie') return matchCookie(text, at, hit);
  readValue(text, at);
  if (strength === 'authorization') return matchAuthorization(text, hit);
  if (!isSecretValue(text, strength, joint)) return false;
  return hit.set('secret', value.start, wholeEnd(text));
}

/** Credentials after `Bearer ` or `Basic `. */
export function matchCredentials(text: string, at: number, hit: Hit): boolean {
  readValue(text, at);
  const { start, end } = value;
  const equals = start + text.slice(start, end).indexOf('=');
  // `bearer expires_in=300` is a pair; padding stands only at the end.
  if (equals > start && isAlnum(text.charCodeAt(equals + 1))) return false;
  return isRandom(text, start, end) && hit.set('secret', start, wholeEnd(text));
}

/** What quotes that open at `at` hold, but for placeholders. */
export function matchQuoted(text: string, at: number, hit: Hit): boolean {
  readValue(text, at);
  const { start, end, isQuoted } = value;
  if (!isQuoted || end === start || isPlaceholder(text, start, end)) return false;
  if (isSentenceWord(text, start, end)) return false;
  return hit.set('secret', start, end);
}

/** Whether [start, end) is written as tokens are: random letters and digits. */
export function isToken(text: string, start: number, end: number): boolean {
  return end - start >= SHORTEST_TOKEN && isRandom(text, start, end);
}

/** Whether all of `text` may be kept under a name of this strength. */
export function isSecretText(text: string, strength: NameStrength): boolean {
  if (strength === 'none' || text === '') return false;
  if (strength === 'weak') return isRandom(text, 0, text.length);
  if (strength === 'code') return isCode(text, 0, text.length);
  return true;
}

function isSecretValue(text: string, strength: NameStrength, joint: Joint): boolean {
  const { start, end, isQuoted } = value;
  if (end === start || isPlaceholder(text, start, end)) return false;
  if (strength === 'code') return isCode(text, start, end);
  if (strength === 'weak') return isRandom(text, start, fragmentAt(text, start, end));
  if (text.charCodeAt(start) === 0x2f && !isQuoted) return isRandom(text, start, end);
  const kinds = kindsOf(text, start, end);
  if (kinds === KIND.digit && end - start < 4) return false;
  if (isQuoted || joint === 'equals') return true;
  if (joint === 'space') return (kinds & (KIND.digit | KIND.symbol)) !== 0 || isMixed(kinds);
  // After a colon a small word may be prose: "password: must be changed".
  return kinds !== KIND.lower || (!isSentenceWord(text, start, end) && endsPhrase(text, end));
}

/** Where the fragment of a URL begins within [start, end), else `end`; no token holds a `#`. */
function fragmentAt(text: string, start: number, end: number): number {
  const at = text.slice(start, end).indexOf('#');
  if (at < 0 || value.isQuoted) return end;
  value.end = start + at;
  return value.end;
}

function readValue(text: string, at: number): void {
  let start = at;
  if (text.charCodeAt(start) === 0x3e || text.charCodeAt(start) === 0x3d) start += 1;
  for (let blanks = 0; blanks < 2 && text.charCodeAt(start) === 0x20; blanks += 1) start += 1;
  const isEscaped = text.charCodeAt(start) === 0x5c && isQuote(text.charCodeAt(start + 1));
  if (isEscaped) start += 1;
  const quote = text.charCodeAt(start);
  value.isQuoted = isQuote(quote);
  if (value.isQuoted) {
    const close = closingQuote(text, start, isEscaped);
    if (close >= 0) {
      value.start = start + 1;
      value.end = close;
      return;
    }
    start += 1;
    value.isQuoted = false;
  }
  let end = start;
  const most = Math.min(text.length, start + MOST_JUDGED);
  while (end < most && !endsValue(text.charCodeAt(end))) end += 1;
  value.start = start;
  value.end = end;
}

/** Where a value that is a secret ends, however long it is. */
function wholeEnd(text: string): number {
  let { end } = value;
  if (value.isQuoted || end - value.start < MOST_JUDGED) return end;
  while (end < text.length && !endsValue(text.charCodeAt(end))) end += 1;
  return end;
}

/** Where the quoted text that `open` begins ends, before the quote or its backslash; −1 when it is not closed. */
function closingQuote(text: string, open: number, isEscaped: boolean): number {
  const quote = text.charCodeAt(open);
  for (let at = open + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) {
      if (isEscaped && text.charCodeAt(at + 1) === quote) return at;
      at += 1;
    } else if (code === quote) return at;
    else if (code === 0x0a) return -1;
  }
  return -1;
}

/** Blanks , ; & quotes < > ) ] } | and the backslash of an escape. */
function endsValue(code: number): boolean {
  return isBlank(code) || isQuote(code) || (code < 128 && VALUE_ENDS[code] === 1);
}

const VALUE_ENDS = new Uint8Array(128);
for (const character of ',;&<>)]}|\\') VALUE_ENDS[character.charCodeAt(0)] = 1;

const SCHEMES = ['bearer', 'basic', 'token', 'digest', 'apikey', 'negotiate', 'aws4-hmac-sha256'];

/** `Bearer …`, `Basic …` without its scheme; else a value that looks random. */
function matchAuthorization(text: string, hit: Hit): boolean {
  const { start, end, isQuoted } = value;
  for (const scheme of SCHEMES) {
    const from = start + scheme.length + 1;
    if (!hasWord(text, start, scheme) || text.charCodeAt(from - 1) !== 0x20) continue;
    if (isQuoted) return end > from && hit.set('secret', from, end);
    let stop = from;
    const isList = scheme === 'digest' || scheme.startsWith('aws4');
    if (isList && !hasEquals(text, from)) return false;
    while (stop < text.length && !isLineEnd(text.charCodeAt(stop), isList)) stop += 1;
    if (isList) return hit.set('secret', from, stop);
    return stop - from >= 4 && isSecretToken(text, from, stop) && hit.set('secret', from, stop);
  }
  return isSecretToken(text, start, end) && hit.set('secret', start, wholeEnd(text));
}

/** Whether parameters follow, and not prose. */
function hasEquals(text: string, from: number): boolean {
  const most = Math.min(text.length, from + LONGEST_NAME);
  for (let at = from; at < most; at += 1) if (text.charCodeAt(at) === 0x3d) return true;
  return false;
}

function isSecretToken(text: string, start: number, end: number): boolean {
  return isRandom(text, start, end) && !isPlaceholder(text, start, end);
}

function isLineEnd(code: number, isList: boolean): boolean {
  return isList ? code === 0x0a || code === 0x0d : isBlank(code) || isQuote(code) || code === 0x2c;
}

/** All cookies of a request; of an answer the value of the one that is set. */
function matchCookie(text: string, at: number, hit: Hit): boolean {
  let start = at;
  while (text.charCodeAt(start) === 0x20 || isQuote(text.charCodeAt(start))) start += 1;
  let end = start;
  let equals = -1;
  let isSet = false;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (isQuote(code) || code === 0x0a || code === 0x0d || code === 0x5c) break;
    if (code === 0x3d && equals < 0) equals = end;
    if (equals < 0 && end - start > LONGEST_NAME) return false;
    if (code === 0x3b && hasWord(text, end + 1, ' path=')) isSet = true;
    if (code === 0x3b && (isSet || isAttribute(text, end + 1))) break;
  }
  return equals >= 0 && end > equals + 1 && hit.set('secret', equals + 1, end);
}

/** Attributes of a cookie that is set (RFC 6265, 4.1). */
function isAttribute(text: string, at: number): boolean {
  return ATTRIBUTES.some((word) => hasWord(text, at, word));
}

const ATTRIBUTES = [
  ' path=',
  ' domain=',
  ' expires=',
  ' max-age=',
  ' secure',
  ' httponly',
  ' samesite',
];
