import { endsNumber, SEPARATOR, type DigitRuns } from './digit-runs.ts';
import type { Hit } from './finding.ts';

const SHORTEST = 13;
const LONGEST = 19;

/** Reads the digits of runs into here. */
const digits = new Uint8Array(LONGEST);

/**
 * A payment card number from the first run on: 13 to 19 digits of a known
 * issuer with a right check digit (Luhn, ISO/IEC 7812-1), together or in the
 * groups that are printed on cards, parted by spaces or hyphens.
 */
export function matchCard(text: string, runs: DigitRuns, hit: Hit): boolean {
  let length = 0;
  let last = -1;
  for (let run = 0; run < runs.count; run += 1) {
    if (length + runs.length(run) > LONGEST || (run > 0 && !isGrouped(runs, run))) break;
    for (let at = runs.start(run); at < runs.end(run); at += 1) {
      digits[length] = text.charCodeAt(at) - 0x30;
      length += 1;
    }
    if (length < SHORTEST || !isIssued(length) || !isLuhn(length)) continue;
    if (endsCard(text, runs.end(run))) last = run;
  }
  return last >= 0 && hit.set('card', runs.start(0), runs.end(last));
}

/** The date of expiry may follow after a slash. */
function endsCard(text: string, end: number): boolean {
  return text.charCodeAt(end) === 0x2f || endsNumber(text, end);
}

/** Groups of 4-4-4-n(-n), 4-6-4 or 4-6-5. */
function isGrouped(runs: DigitRuns, run: number): boolean {
  const separator = runs.separator(run);
  if (separator !== SEPARATOR.space && separator !== SEPARATOR.hyphen) return false;
  if (run > 1 && separator !== runs.separator(1)) return false;
  if (runs.length(0) !== 4 || run > 4) return false;
  if (run === 1 || runs.length(run - 1) === 4) return true;
  return run === 2 && runs.length(1) === 6 && (runs.length(2) === 4 || runs.length(2) === 5);
}

/** Issuer prefixes and lengths in use. */
function isIssued(length: number): boolean {
  const four = head(4);
  const two = Math.floor(four / 100);
  const three = Math.floor(four / 10);
  if (two >= 40 && two <= 49) return length === 13 || length === 16 || length === 19;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (two === 34 || two === 37) return length === 15;
  if (two === 36 || two === 38 || two === 39 || (three >= 300 && three <= 305)) {
    return length === 14;
  }
  if ((four >= 2200 && four <= 2204) || four === 9792) return length === 16;
  const isDiscover = four === 6011 || two === 65 || (three >= 644 && three <= 649);
  if (isDiscover || two === 62 || (four >= 3528 && four <= 3589)) return length >= 16;
  return MAESTRO.has(four);
}

const MAESTRO = new Set([5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763]);

function head(count: number): number {
  let value = 0;
  for (let index = 0; index < count; index += 1) value = value * 10 + (digits[index] ?? 0);
  return value;
}

function isLuhn(length: number): boolean {
  let sum = 0;
  for (let index = 0; index < length; index += 1) {
    const digit = digits[length - 1 - index] ?? 0;
    const doubled = index % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
