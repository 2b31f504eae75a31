import {
  charSet,
  complement,
  ESCAPED_CHARACTERS,
  ESCAPED_SETS,
  WORD_CHARACTERS,
  union,
  type CharSet,
} from './char-set.ts';
import type { PatternCursor } from './pattern-cursor.ts';

/** The bracket names of POSIX, as in `[[:alpha:]]`. */
const POSIX: Readonly<Record<string, CharSet>> = {
  alpha: charSet([
    [65, 90],
    [97, 122],
  ]),
  digit: [[48, 57]],
  alnum: charSet([
    [48, 57],
    [65, 90],
    [97, 122],
  ]),
  upper: [[65, 90]],
  lower: [[97, 122]],
  space: charSet([
    [9, 13],
    [32, 32],
  ]),
  blank: charSet([
    [9, 9],
    [32, 32],
  ]),
  punct: charSet([
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ]),
  xdigit: charSet([
    [48, 57],
    [65, 70],
    [97, 102],
  ]),
  word: WORD_CHARACTERS,
};

/** Reads a class whose `[` is behind the cursor, up to and with its `]`. */
export function readClass(at: PatternCursor): CharSet {
  const isNegated = at.take('^');
  let set: CharSet = [];
  let isFirst = true;
  while (isFirst || at.peek() !== ']') {
    if (at.isDone()) throw at.error('A class is not closed.');
    isFirst = false;
    const low = readMember(at);
    const code = low.length === 1 && low[0]?.[0] === low[0]?.[1] ? low[0]?.[0] : undefined;
    const isRange = code !== undefined && at.match(/-(?!\])/y) !== undefined;
    set = union(set, isRange ? rangeFrom(code, at) : low);
  }
  at.skip(1);
  return isNegated ? complement(set) : set;
}

function rangeFrom(low: number, at: PatternCursor): CharSet {
  const end = readMember(at);
  const [range] = end;
  if (end.length !== 1 || range === undefined || range[0] !== range[1] || range[0] < low) {
    throw at.error('The range of a class ends below its beginning.');
  }
  return [[low, range[0]]];
}

function readMember(at: PatternCursor): CharSet {
  const name = at.match(/\[:(\w{1,10}):\]/y)?.[1];
  if (name !== undefined) {
    const set = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
    if (set === undefined) throw at.error(`There is no class "${name}".`);
    return set;
  }
  if (at.take('\\')) return at.take('b') ? [[8, 8]] : readEscape(at);
  const code = at.peek().charCodeAt(0);
  at.skip(1);
  return [[code, code]];
}

/** Reads what follows a backslash and stands for characters. */
export function readEscape(at: PatternCursor): CharSet {
  const letter = at.peek();
  if (letter === '') throw at.error('A backslash stands at the end.');
  const hex = at.match(/(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))/y);
  if (hex !== undefined) {
    const code = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    return [[code, code]];
  }
  at.skip(1);
  if (Object.hasOwn(ESCAPED_SETS, letter)) return ESCAPED_SETS[letter] ?? [];
  const special = Object.hasOwn(ESCAPED_CHARACTERS, letter)
    ? ESCAPED_CHARACTERS[letter]
    : undefined;
  if (special !== undefined) return [[special, special]];
  if (/[1-9]|k/.test(letter)) throw at.error('Back-references are not supported.');
  if (/[a-zA-Z0]/.test(letter)) throw at.error(`There is no escape "\\${letter}".`);
  const code = letter.charCodeAt(0);
  return [[code, code]];
}
