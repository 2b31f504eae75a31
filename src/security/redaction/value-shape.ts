import { hasWord, isAlnum, isDigit, isLetter, isLower, isUpper } from './characters.ts';

/** Bits of the kinds of characters that a value holds. */
export const KIND = Object.freeze({ lower: 1, upper: 2, digit: 4, symbol: 8 });

/** The kinds of characters in a part of the text, as bits of {@link KIND}. */
export function kindsOf(text: string, start: number, end: number): number {
  let kinds = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (isLower(code)) kinds |= KIND.lower;
    else if (isUpper(code)) kinds |= KIND.upper;
    else if (isDigit(code)) kinds |= KIND.digit;
    else kinds |= KIND.symbol;
  }
  return kinds;
}

/** A capital within the word, not only in front. */
export function isMixed(kinds: number): boolean {
  return (kinds & KIND.lower) !== 0 && (kinds & KIND.upper) !== 0;
}

/** Letters and digits of at least 8, or 20 letters of both cases, in the alphabets that tokens are written in. */
export function isRandom(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length < 8) return false;
  const first = text.charCodeAt(start);
  if (first === 0x5b || first === 0x3c || isPseudonym(text, start, end)) return false;
  // Handles and addresses in memory are written like this.
  if (length <= 18 && hasWord(text, start, '0x')) return false;
  let capitals = 0;
  let kinds = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (isLower(code)) kinds |= KIND.lower;
    else if (isDigit(code)) kinds |= KIND.digit;
    else if (isUpper(code)) {
      kinds |= KIND.upper;
      if (at > start) capitals += 1;
    } else if (code >= 128 || TOKEN_SYMBOLS[code] !== 1) return false;
  }
  // Paths begin so too, but few of them have capitals.
  if (first === 0x2f && capitals < 3) return false;
  if ((kinds & KIND.digit) !== 0) return (kinds & (KIND.lower | KIND.upper)) !== 0;
  return length >= 16 && capitals >= 3 && isMixed(kinds);
}

const TOKEN_SYMBOLS = new Uint8Array(128);
for (const character of '-._~+/=%:!$*') TOKEN_SYMBOLS[character.charCodeAt(0)] = 1;

/** A short number, as one-time codes are. */
export function isCode(text: string, start: number, end: number): boolean {
  const length = end - start;
  return length >= 3 && length <= 8 && kindsOf(text, start, end) === KIND.digit;
}

const PLACEHOLDERS = new Set(
  'null true false none nil undefined empty unset redacted masked hidden filtered removed yes no ok'.split(
    ' ',
  ),
);
const LONGEST_PLACEHOLDER = 12;

/** Variables (`${X}`, `%s`, `<password>`), words for nothing, and what was made unreadable before. */
export function isPlaceholder(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  if (first === 0x5b || first === 0x3c || first === 0x7b) return true;
  const second = text.charCodeAt(start + 1);
  if (first === 0x24 && (second === 0x7b || second === 0x28)) return true;
  if (first === 0x25 && end - start <= 3) return true;
  if (!isLetter(first) || first === 0x78 || first === 0x58) {
    let at = start;
    while (at < end && text.charCodeAt(at) === first) at += 1;
    if (at === end) return !isAlnum(first) || first === 0x78 || first === 0x58;
  }
  if (isPseudonym(text, start, end)) return true;
  if (end - start > LONGEST_PLACEHOLDER) return false;
  return PLACEHOLDERS.has(text.slice(start, end).toLowerCase());
}

const PSEUDONYM = /^(?:card|email|phone|national_id|ip|user):[0-9a-f]{16}$/;
const SHORTEST_PSEUDONYM = 19;
const LONGEST_PSEUDONYM = 28;

/** What an earlier pass wrote. */
function isPseudonym(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length < SHORTEST_PSEUDONYM || length > LONGEST_PSEUDONYM) return false;
  return PSEUDONYM.test(text.slice(start, end));
}

const SENTENCE_WORDS = new Set(
  (
    'incorrect invalid wrong required missing expired must is was not too rejected accepted changed ' +
    'reset mismatch updated expires failed failure success correct valid error for the a an to of in ' +
    'unknown denied refused disabled enabled set weak strong needed optional'
  ).split(' '),
);

/** Whether the word goes on a sentence about a secret and is none: "password incorrect". */
export function isSentenceWord(text: string, start: number, end: number): boolean {
  return end - start <= 10 && SENTENCE_WORDS.has(text.slice(start, end));
}

/** Whether no further word follows. */
export function endsPhrase(text: string, end: number): boolean {
  return end >= text.length || text.charCodeAt(end) !== 0x20;
}
