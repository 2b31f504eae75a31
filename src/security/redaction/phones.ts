import { hasWord, isAlnum } from './characters.ts';
import { endsNumber, SEPARATOR, type DigitRuns } from './digit-runs.ts';
import type { Hit } from './finding.ts';

/**
 * A telephone number from the first run on: international with `+` (ITU-T
 * E.164), North American (ddd-ddd-dddd and its kin), national with a leading
 * zero, or any 7 to 15 digits after a word such as `phone`.
 */
export function matchPhone(text: string, runs: DigitRuns, hit: Hit): boolean {
  const start = runs.start(0);
  const before = start === 0 ? 0 : text.charCodeAt(start - 1);
  if (before === 0x2b) return matchInternational(text, runs, hit);
  return (
    matchNorthAmerican(text, runs, hit) ||
    matchNational(text, runs, hit) ||
    matchDialled(text, runs, hit) ||
    (followsPhoneWord(text, start) && matchAny(text, runs, hit))
  );
}

/** Digits with the country code, where a plan fixes them; the rest of the world has 9 to 15. */
const LENGTHS = new Map<number, readonly [least: number, most: number]>([
  [1, [11, 11]],
  [7, [11, 11]],
  [33, [11, 11]],
  [34, [11, 11]],
  [41, [11, 11]],
  [44, [11, 12]],
  [45, [10, 10]],
  [48, [11, 11]],
  [61, [11, 11]],
  [86, [12, 13]],
  [90, [12, 12]],
  [91, [12, 12]],
]);
const ANY_LENGTH: readonly [number, number] = [9, 15];

function matchInternational(text: string, runs: DigitRuns, hit: Hit): boolean {
  const start = runs.start(0);
  // Something like `a+4930…` or `1+4930…` is a sum.
  if (start >= 2 && isAlnum(text.charCodeAt(start - 2))) return false;
  const first = text.charCodeAt(start) - 0x30;
  if (first === 0) return false;
  const two = first * 10 + text.charCodeAt(start + 1) - 0x30;
  const [least, most] = LENGTHS.get(first) ?? LENGTHS.get(two) ?? ANY_LENGTH;
  let total = 0;
  let last = -1;
  for (let run = 0; run < runs.count; run += 1) {
    // A trunk zero in brackets is not dialled.
    const isTrunk = runs.separator(run) === SEPARATOR.opening && runs.length(run) === 1;
    if (!isTrunk) total += runs.length(run);
    if (total > most) break;
    if (total >= least && endsNumber(text, runs.end(run))) last = run;
  }
  return last >= 0 && hit.set('phone', start - 1, runs.end(last));
}

function matchNorthAmerican(text: string, runs: DigitRuns, hit: Hit): boolean {
  const start = runs.start(0);
  const isPrefixed =
    runs.length(0) === 1 && text.charCodeAt(start) === 0x31 && runs.length(1) === 3;
  const area = isPrefixed ? 1 : 0;
  if (runs.count < area + 3) return false;
  if (runs.length(area) !== 3 || runs.length(area + 1) !== 3 || runs.length(area + 2) !== 4) {
    return false;
  }
  if (!isTwoToNine(text, runs.start(area)) || !isTwoToNine(text, runs.start(area + 1))) {
    return false;
  }
  const first = runs.separator(area + 1);
  const second = runs.separator(area + 2);
  const isBracketed = first === SEPARATOR.closing && runs.start(area) > 0;
  const isJoined = first === second && (first === SEPARATOR.hyphen || first === SEPARATOR.dot);
  if (!isBracketed && !isJoined) return false;
  if (!endsNumber(text, runs.end(area + 2))) return false;
  const opens = !isPrefixed && isBracketed && text.charCodeAt(start - 1) === 0x28 ? 1 : 0;
  return hit.set('phone', start - opens, runs.end(area + 2));
}

/** `030 12345678`, `0171/1234567`, `06 12 34 56 78`: 10 or 11 digits in groups. */
function matchNational(text: string, runs: DigitRuns, hit: Hit): boolean {
  const start = runs.start(0);
  if (text.charCodeAt(start) !== 0x30 || !isOneToNine(text, start + 1)) return false;
  if (runs.length(0) < 2 || runs.length(0) > 5 || runs.count < 2) return false;
  // Two and two digits with a hyphen, slash or dot are a date.
  const isDate = runs.separator(1) !== SEPARATOR.space && runs.length(0) === 2;
  if (isDate && runs.length(1) === 2) return false;
  let total = runs.length(0);
  let last = -1;
  for (let run = 1; run < runs.count; run += 1) {
    if (runs.length(run) < 2 || runs.separator(run) === SEPARATOR.dot) break;
    total += runs.length(run);
    if (total > 11) break;
    if (total >= 10 && endsNumber(text, runs.end(run))) last = run;
  }
  const isOpened = runs.separator(1) === SEPARATOR.closing && text.charCodeAt(start - 1) === 0x28;
  return last > 0 && hit.set('phone', isOpened ? start - 1 : start, runs.end(last));
}

/** `0049 171 1234567`: international with the prefix that is dialled. */
function matchDialled(text: string, runs: DigitRuns, hit: Hit): boolean {
  const start = runs.start(0);
  const isPrefixed = text.startsWith('00', start) && isOneToNine(text, start + 2);
  if (!isPrefixed || runs.length(0) < 3 || runs.length(0) > 5 || runs.count < 2) return false;
  let total = runs.length(0) - 2;
  let last = -1;
  for (let run = 1; run < runs.count; run += 1) {
    if (runs.length(run) < 2 || runs.separator(run) === SEPARATOR.dot) break;
    total += runs.length(run);
    if (total > 13) break;
    if (total >= 10 && endsNumber(text, runs.end(run))) last = run;
  }
  return last > 0 && hit.set('phone', start, runs.end(last));
}

function matchAny(text: string, runs: DigitRuns, hit: Hit): boolean {
  let total = 0;
  let last = -1;
  for (let run = 0; run < runs.count; run += 1) {
    total += runs.length(run);
    if (total > 15) break;
    if (total >= 7 && endsNumber(text, runs.end(run))) last = run;
  }
  return last >= 0 && hit.set('phone', runs.start(0), runs.end(last));
}

const PHONE_WORDS = ['phone', 'tel', 'telephone', 'mobile', 'fax', 'msisdn', 'whatsapp'];
const PHONE_NAMES = ['phone_number', 'phonenumber', 'phone number', 'phone no'];
const FARTHEST_WORD = 6;

/** Whether a name of a telephone number stands before `start`, with no more than punctuation between. */
function followsPhoneWord(text: string, start: number): boolean {
  let end = start;
  const least = Math.max(0, start - FARTHEST_WORD);
  while (end > least && !isAlnum(text.charCodeAt(end - 1))) end -= 1;
  if (end === 0) return false;
  return (
    PHONE_WORDS.some((word) => hasWord(text, end - word.length, word)) ||
    PHONE_NAMES.some((word) => hasWord(text, end - word.length, word))
  );
}

function isTwoToNine(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x32 && code <= 0x39;
}

function isOneToNine(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x31 && code <= 0x39;
}
