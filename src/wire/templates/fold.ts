import { characterClass, LETTER } from './characters.ts';
import { ELEMENT, TRAIT, VARIABLE } from './element.ts';
import type { ScannedLine } from './scanned-line.ts';

const COLON = 58;
const COMMA = 44;
const PIPE = 124;
const UNDERSCORE = 95;
/** Digits of a port or line number; `count:0` is no address. */
const SHORTEST_PORT = 2;

/**
 * Makes one variable of the last one and those that it belongs to: parts that
 * a mark joins (`10:20:30`, `1,234`, `host.example:80`), dates that are
 * written in words, and lists of identifiers, whose length says nothing about
 * the statement that wrote them.
 */
export function foldIntoPrevious(scanned: ScannedLine): void {
  while (foldOnce(scanned)) {
    // A fold can make the variable before it the next one to fold into.
  }
}

/**
 * Makes one variable of a word with digits that a comma joins to another or
 * to a value (`node-7,node-12`): a list of names that carry counters.
 */
export function foldCounted(scanned: ScannedLine): void {
  const { kinds, details, gaps, hashes, count } = scanned;
  const at = count - 3;
  if (at < 0 || hashes[at + 1] !== COMMA || kinds[at + 1] !== ELEMENT.mark) return;
  if (gaps[at + 1] === 1 || gaps[at + 2] === 1 || !isCounted(scanned, at)) return;
  if (!isCounted(scanned, at + 2)) return;
  kinds[at] = ELEMENT.variable;
  details[at] = VARIABLE.identifier;
  hashes[at] = 0;
  fold(scanned, 2);
  foldIntoPrevious(scanned);
}

function isCounted({ kinds, details }: ScannedLine, at: number): boolean {
  if (kinds[at] === ELEMENT.word) return ((details[at] ?? 0) & TRAIT.digits) !== 0;
  return kinds[at] === ELEMENT.variable && details[at] === VARIABLE.identifier;
}

function foldOnce(scanned: ScannedLine): boolean {
  const { kinds, gaps, count } = scanned;
  if (count < 2 || kinds[count - 1] !== ELEMENT.variable) return false;
  const hasGap = gaps[count - 1] === 1;
  if (kinds[count - 2] === ELEMENT.variable) return hasGap && foldNeighbour(scanned);
  if (count < 3 || kinds[count - 2] !== ELEMENT.mark || gaps[count - 2] === 1) return false;
  return hasGap ? foldListed(scanned) : foldJoined(scanned);
}

function foldNeighbour(scanned: ScannedLine): boolean {
  const { details, count } = scanned;
  const kind = details[count - 1];
  const before = details[count - 2];
  const isList = kind === before && isListed(kind) && haveOneLead(scanned, count - 2, count - 1);
  const isDate = before === VARIABLE.date && (kind === VARIABLE.number || kind === VARIABLE.date);
  return (isList || isDate) && fold(scanned, 1);
}

/**
 * Whether two values begin with the same letters, as `blk_1 blk_2` do.
 * Identifiers without letters in front (`00f1 0a2b`) are no list: which of
 * them are identifiers, and which numbers, is chance.
 */
function haveOneLead({ line, starts, details }: ScannedLine, one: number, other: number): boolean {
  const first = starts[one] ?? 0;
  const second = starts[other] ?? 0;
  for (let at = 0; ; at += 1) {
    const code = line.charCodeAt(first + at);
    if (!isLead(code)) {
      const isNamed = at > 0 || details[one] !== VARIABLE.identifier;
      return isNamed && !isLead(line.charCodeAt(second + at));
    }
    if (code !== line.charCodeAt(second + at)) return false;
  }
}

function isLead(code: number): boolean {
  return code === UNDERSCORE || (characterClass(code) & LETTER) !== 0;
}

function foldListed(scanned: ScannedLine): boolean {
  const { kinds, details, hashes, count } = scanned;
  const isList =
    hashes[count - 2] === COMMA &&
    kinds[count - 3] === ELEMENT.variable &&
    details[count - 1] === details[count - 3] &&
    isListed(details[count - 1]);
  return isList && fold(scanned, 2);
}

function isListed(kind: number | undefined): boolean {
  return kind === VARIABLE.identifier || kind === VARIABLE.path || kind === VARIABLE.host;
}

function foldJoined(scanned: ScannedLine): boolean {
  const { kinds, details, hashes, count } = scanned;
  const mark = hashes[count - 2];
  if (mark !== COLON && mark !== COMMA && mark !== PIPE) return false;
  if (kinds[count - 3] === ELEMENT.variable) {
    if (details[count - 3] === VARIABLE.other) details[count - 3] = details[count - 1] ?? 0;
    return fold(scanned, 2);
  }
  const isDotted = ((details[count - 3] ?? 0) & TRAIT.dotted) !== 0;
  const length = (scanned.ends[count - 1] ?? 0) - (scanned.starts[count - 1] ?? 0);
  const isAddress =
    mark === COLON &&
    (isDotted || length >= SHORTEST_PORT) &&
    (details[count - 1] === VARIABLE.number || details[count - 1] === VARIABLE.host) &&
    kinds[count - 3] === ELEMENT.word &&
    ((details[count - 3] ?? 0) & (TRAIT.dotted | TRAIT.digits)) !== 0;
  if (!isAddress) return false;
  kinds[count - 3] = ELEMENT.variable;
  details[count - 3] = VARIABLE.host;
  return fold(scanned, 2);
}

function fold(scanned: ScannedLine, elements: number): true {
  const { ends, units, count } = scanned;
  const into = count - 1 - elements;
  ends[into] = units[into] = ends[count - 1] ?? 0;
  scanned.count = count - elements;
  return true;
}
