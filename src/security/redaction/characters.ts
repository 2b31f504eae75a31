/** Classes of ASCII characters for the one loop that every text goes through. */
export const CHARACTER = Object.freeze({
  /** Ends a word and means nothing more. */
  other: 0,
  /** A letter, `_` or `-`. */
  word: 1,
  digit: 2,
  at: 3,
  percent: 4,
  colon: 5,
  equals: 6,
  greater: 7,
  space: 8,
});

export const CLASSES = new Uint8Array(128);
for (let code = 0; code < 128; code += 1) {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_-]/.test(character)) CLASSES[code] = CHARACTER.word;
  else if (/\d/.test(character)) CLASSES[code] = CHARACTER.digit;
}
CLASSES[0x40] = CHARACTER.at;
CLASSES[0x25] = CHARACTER.percent;
CLASSES[0x3a] = CHARACTER.colon;
CLASSES[0x3d] = CHARACTER.equals;
CLASSES[0x3e] = CHARACTER.greater;
CLASSES[0x20] = CHARACTER.space;

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
export const isUpper = (code: number): boolean => code >= 0x41 && code <= 0x5a;
export const isLower = (code: number): boolean => code >= 0x61 && code <= 0x7a;
export const isLetter = (code: number): boolean => isUpper(code) || isLower(code);
export const isAlnum = (code: number): boolean => isDigit(code) || isLetter(code);
export const isBlank = (code: number): boolean =>
  code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
export const isQuote = (code: number): boolean => code === 0x22 || code === 0x27 || code === 0x60;

/** Whether `text` has `word` (in lower case) at `at`, in any case. */
export function hasWord(text: string, at: number, word: string): boolean {
  if (at < 0 || at + word.length > text.length) return false;
  for (let index = 0; index < word.length; index += 1) {
    const code = text.charCodeAt(at + index);
    if ((isUpper(code) ? code | 0x20 : code) !== word.charCodeAt(index)) return false;
  }
  return true;
}
