import { DIGIT } from './characters.ts';
import { TRAIT, VARIABLE } from './element.ts';
import type { WordFacts } from './word-facts.ts';

/** The word is not a value as far as its characters tell. */
export const NO_VALUE = -1;

const SLASH = 47;
const BACKSLASH = 92;
const TILDE = 126;
const LOWER_X = 120;

/**
 * The masks: which kind of variable a word is by its characters alone, or
 * `NO_VALUE`. They name no program and no format: numbers with what hangs on
 * them, hexadecimal, addresses, paths, and identifiers that carry counters.
 */
export function variableKind(facts: WordFacts, line: string): number {
  const { start } = facts;
  const end = start + facts.length;
  if (facts.isLocator) return VARIABLE.path;
  if (facts.first === DIGIT) return numberKind(facts, line, start);
  const opening = line.charCodeAt(start);
  if (opening === SLASH || opening === BACKSLASH || opening === TILDE) return VARIABLE.path;
  if (facts.slashes >= 2 || (facts.slashes === 1 && facts.digits + facts.dots > 0))
    return VARIABLE.path;
  if (facts.dots >= 2 && isHostName(facts, line, end)) return VARIABLE.host;
  if (facts.digits > 0) return isScoped(facts, line) ? NO_VALUE : identifierKind(facts);
  const isHexWord = facts.isHex && facts.letters >= 8 && facts.letters === facts.length;
  if (isHexWord && (facts.uppers === 0 || facts.uppers === facts.letters)) return VARIABLE.number;
  return facts.symbols === 1 && facts.dots > 0 && isMailAddress(line, start, end)
    ? VARIABLE.host
    : NO_VALUE;
}

/** Traits of a word that is no variable. */
export function wordTraits(facts: WordFacts, line: string): number {
  const { dots, letters, uppers } = facts;
  const digits = isScoped(facts, line) ? 0 : facts.digits;
  const hasSymbols = facts.symbols + facts.dashes + facts.slashes + dots > 0;
  return (
    (digits > 0 ? TRAIT.digits : 0) |
    (dots > 0 ? TRAIT.dotted : 0) |
    (hasSymbols || facts.digits > 0 ? TRAIT.name : 0) |
    (uppers === letters && letters > 1 ? TRAIT.capitals : 0)
  );
}

/** `Class2::method`: a place in a program, whose digits are no counter. */
function isScoped({ symbols, start, length }: WordFacts, line: string): boolean {
  if (symbols < 2) return false;
  const at = line.indexOf('::', start);
  return at > start && at < start + length;
}

/** Starts with a digit, perhaps behind symbols: it is a value in any case. */
function numberKind(facts: WordFacts, line: string, start: number): number {
  const { letters, slashes, symbols, dots, digits } = facts;
  if (dots === 3 && letters === 0 && symbols === 0) return VARIABLE.host;
  if (slashes > 0) return VARIABLE.path;
  const isHex = line.charCodeAt(start + 1) === LOWER_X;
  const isPlain = letters <= 3 && symbols === 0 && !isHex && facts.dashes <= 1 && dots <= 1;
  return isPlain || (letters === 0 && digits < 8 && dots <= 1)
    ? VARIABLE.number
    : VARIABLE.identifier;
}

/** Letters come first and there are digits: a counter at the end of a name is no value yet. */
function identifierKind(facts: WordFacts): number {
  const { digits, isHex, letters, dashes, length } = facts;
  const isBare = letters + digits + dashes === length;
  if (isBare && isHex && (dashes === 0 ? length >= 4 : length >= 8)) return VARIABLE.identifier;
  return digits >= 4 || facts.digitRuns >= 3 || facts.turns >= 3 ? VARIABLE.identifier : NO_VALUE;
}

const LOWER_A = 97;
const LOWER_Z = 122;
const DOT = 46;

/** Lower case labels and dots only, with a last label of two to four letters (`node.example.org`). */
function isHostName(facts: WordFacts, line: string, end: number): boolean {
  if (facts.uppers > 0 || facts.symbols > 0 || facts.slashes > 0) return false;
  let label = 0;
  for (let at = end - 1; label <= 4; at -= 1, label += 1) {
    const code = line.charCodeAt(at);
    if (code === DOT) break;
    if (!(code >= LOWER_A && code <= LOWER_Z)) return false;
  }
  return label >= 2 && label <= 4;
}

function isMailAddress(line: string, start: number, end: number): boolean {
  const at = line.indexOf('@', start);
  const dot = line.lastIndexOf('.', end - 1);
  return at > start && dot > at + 1 && at < end && dot < end - 1;
}
