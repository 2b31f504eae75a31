/** What a character can be; a character has several of these. */
export const SPACE = 1;
/** Ends a word and is an element of its own. */
export const MARK = 2;
export const DIGIT = 4;
export const LETTER = 8;
export const UPPER = 16;
export const UPPER_BIT = 4;
/** A letter a to f. */
export const HEX = 32;
/** Symbols that belong to a word have none of the others. */
const SYMBOL = 0;

const MARKS = ',;()[]{}<>"|=:!?\'';
/** Of all UTF-16 units: a look-up without a branch is what the scanner does for each character. */
const TABLE = new Uint8Array(0x1_0000).fill(LETTER);
for (let code = 0; code < 128; code += 1) TABLE[code] = classOf(code);

/** Classes of one UTF-16 unit: control characters are blanks, everything beyond ASCII is a letter. */
export function characterClass(code: number): number {
  return TABLE[code] ?? SPACE;
}

function classOf(code: number): number {
  const text = String.fromCharCode(code);
  if (code <= 32 || code === 127) return SPACE;
  if (MARKS.includes(text)) return MARK;
  if (text >= '0' && text <= '9') return DIGIT;
  const lower = text.toLowerCase();
  if (lower < 'a' || lower > 'z') return SYMBOL;
  return LETTER | (text === lower ? 0 : UPPER) | (lower <= 'f' ? HEX : 0);
}
