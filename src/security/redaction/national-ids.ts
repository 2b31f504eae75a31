import { hasWord, isAlnum, isLetter } from './characters.ts';
import { endsNumber, SEPARATOR, type DigitRuns } from './digit-runs.ts';
import type { Hit } from './finding.ts';

/** Ids that consist of digits: US social security number, Brazilian CPF, French NIR, Spanish DNI. */
export function matchDigitId(text: string, runs: DigitRuns, hit: Hit): boolean {
  return (
    matchSsn(text, runs, hit) ||
    matchCpf(text, runs, hit) ||
    matchNir(text, runs, hit) ||
    matchDni(text, runs, hit)
  );
}

/** ddd-dd-dddd, but for the numbers that are never issued (SSA, 2011 randomization). */
function matchSsn(text: string, runs: DigitRuns, hit: Hit): boolean {
  if (!isShaped(runs, SSN_GROUPS)) {
    return runs.length(0) === 9 && followsSsn(text, runs.start(0)) && matchWhole(text, runs, hit);
  }
  const isPrinted = isJoined(runs, SSN_HYPHENS);
  if (!isPrinted && !followsSsn(text, runs.start(0))) return false;
  const area = numberAt(text, runs.start(0), runs.end(0));
  const isIssued = area > 0 && area !== 666 && area < 900;
  if (!isIssued || numberAt(text, runs.start(1), runs.end(1)) === 0) return false;
  if (numberAt(text, runs.start(2), runs.end(2)) === 0 || !endsNumber(text, runs.end(2))) {
    return false;
  }
  return hit.set('national_id', runs.start(0), runs.end(2));
}

const SSN_GROUPS = [3, 2, 4];
const SSN_HYPHENS = [SEPARATOR.hyphen, SEPARATOR.hyphen];
const SSN_NAMES = ['ssn', 'social security', 'social security number'];

/** Whether the name of the number stands before it, with up to three other characters between. */
function followsSsn(text: string, start: number): boolean {
  let end = start;
  while (end > 0 && start - end < 4 && !isAlnum(text.charCodeAt(end - 1))) end -= 1;
  return SSN_NAMES.some((name) => hasWord(text, end - name.length, name));
}

function matchWhole(text: string, runs: DigitRuns, hit: Hit): boolean {
  return endsNumber(text, runs.end(0)) && hit.set('national_id', runs.start(0), runs.end(0));
}

/** ddd.ddd.ddd-dd with two check digits modulo 11. */
function matchCpf(text: string, runs: DigitRuns, hit: Hit): boolean {
  const { dot, hyphen } = SEPARATOR;
  if (!isShaped(runs, [3, 3, 3, 2]) || !isJoined(runs, [dot, dot, hyphen])) return false;
  if (!endsNumber(text, runs.end(3))) return false;
  let one = 0;
  let two = 0;
  let place = 0;
  for (let run = 0; run < 3; run += 1) {
    for (let at = runs.start(run); at < runs.end(run); at += 1) {
      const digit = text.charCodeAt(at) - 0x30;
      one += digit * (10 - place);
      two += digit * (11 - place);
      place += 1;
    }
  }
  const first = ((one * 10) % 11) % 10;
  const second = (((two + first * 2) * 10) % 11) % 10;
  const isRight = numberAt(text, runs.start(3), runs.end(3)) === first * 10 + second;
  return isRight && hit.set('national_id', runs.start(0), runs.end(3));
}

const NIR_GROUPS = [1, 2, 2, 2, 3, 3, 2];

/** 15 digits, the last two 97 − the rest modulo 97 (INSEE); together or as printed. */
function matchNir(text: string, runs: DigitRuns, hit: Hit): boolean {
  const first = text.charCodeAt(runs.start(0));
  if (first !== 0x31 && first !== 0x32) return false;
  const isWhole = runs.length(0) === 15;
  if (!isWhole && !isShaped(runs, NIR_GROUPS)) return false;
  const end = isWhole ? runs.end(0) : runs.end(6);
  if (!endsNumber(text, end)) return false;
  let body = 0;
  let key = 0;
  let place = 0;
  for (let at = runs.start(0); at < end; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) continue;
    if (place < 13) body = body * 10 + digit;
    else key = key * 10 + digit;
    place += 1;
  }
  const month = Math.floor(body / 1e8) % 100;
  const isMonth = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
  return isMonth && 97 - (body % 97) === key && hit.set('national_id', runs.start(0), end);
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Eight digits and their check letter. */
function matchDni(text: string, runs: DigitRuns, hit: Hit): boolean {
  if (runs.length(0) !== 8) return false;
  const end = runs.end(0);
  const at = text.charCodeAt(end) === 0x2d ? end + 1 : end;
  if (!isCheckLetter(text, at, numberAt(text, runs.start(0), end))) return false;
  return hit.set('national_id', runs.start(0), at + 1);
}

function isCheckLetter(text: string, at: number, value: number): boolean {
  return text[at] === DNI_LETTERS[value % 23] && endsNumber(text, at + 1);
}

/** Ids that begin with letters, before the digits at `at`: IBAN, UK national insurance number, Spanish NIE. */
export function matchLetterId(text: string, at: number, hit: Hit): boolean {
  return matchIban(text, at, hit) || matchNino(text, at, hit) || matchNie(text, at, hit);
}

/** Lengths of the IBAN registry (ISO 13616) by country. */
const IBAN_LENGTHS = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 ' +
    'EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 ' +
    'IT27 JO30 KW30 KZ20 LB28 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MT31 MU30 NL18 NO15 PK24 ' +
    'PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

function matchIban(text: string, at: number, hit: Hit): boolean {
  const start = at - 2;
  if (start < 0 || !isLetter(text.charCodeAt(start)) || !isLetter(text.charCodeAt(start + 1))) {
    return false;
  }
  if (!beginsWord(text, start)) return false;
  const length = IBAN_LENGTHS.get(text.slice(start, at).toUpperCase());
  if (length === undefined) return false;
  let taken = 0;
  let rest = 0;
  let end = start;
  for (; taken < length; end += 1) {
    const code = text.charCodeAt(end);
    // Printed in groups of four.
    if (code === 0x20 && taken > 0 && taken % 4 === 0) continue;
    const value = valueOf(code);
    if (value < 0) return false;
    if (taken >= 4) rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
    taken += 1;
  }
  if (isAlnum(text.charCodeAt(end))) return false;
  for (let index = start; index < start + 4; index += 1) {
    const value = valueOf(text.charCodeAt(index));
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1 && hit.set('national_id', start, end);
}

/** Base 36, as ISO 7064 counts letters; −1 for anything but a digit or letter. */
function valueOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return isLetter(code) ? (code & 0x5f) - 0x37 : -1;
}

const NINO = /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]/y;
const NINO_UNUSED = /^(?:BG|GB|KN|NK|NT|TN|ZZ)/;

/** Two letters, six digits, A to D (HMRC, NIM39110). */
function matchNino(text: string, at: number, hit: Hit): boolean {
  const start = text.charCodeAt(at - 1) === 0x20 ? at - 3 : at - 2;
  if (start < 0 || !beginsWord(text, start)) return false;
  NINO.lastIndex = start;
  if (!NINO.test(text)) return false;
  const end = NINO.lastIndex;
  if (isAlnum(text.charCodeAt(end)) || NINO_UNUSED.test(text.slice(start, start + 2))) return false;
  return hit.set('national_id', start, end);
}

const NIE = /[XYZ]\d{7}-?[A-Z]/y;

/** X, Y or Z, seven digits and a check letter. */
function matchNie(text: string, at: number, hit: Hit): boolean {
  const start = at - 1;
  if (start < 0 || !beginsWord(text, start)) return false;
  NIE.lastIndex = start;
  if (!NIE.test(text)) return false;
  const end = NIE.lastIndex;
  const lead = 'XYZ'.indexOf(text[start] ?? '');
  const value = lead * 10_000_000 + numberAt(text, at, at + 7);
  return isCheckLetter(text, end - 1, value) && hit.set('national_id', start, end);
}

function beginsWord(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  return !isAlnum(before) && before !== 0x5f && before !== 0x2d;
}

function isShaped(runs: DigitRuns, lengths: readonly number[]): boolean {
  if (runs.count < lengths.length) return false;
  for (let run = 0; run < lengths.length; run += 1) {
    if (runs.length(run) !== lengths[run]) return false;
  }
  return true;
}

function isJoined(runs: DigitRuns, separators: readonly number[]): boolean {
  for (let run = 0; run < separators.length; run += 1) {
    if (runs.separator(run + 1) !== separators[run]) return false;
  }
  return true;
}

function numberAt(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + text.charCodeAt(at) - 0x30;
  return value;
}
