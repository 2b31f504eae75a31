import { hasWord, isAlnum, isDigit, isLower, isUpper } from './characters.ts';

/**
 * What a name says of its value. `strong`: it is a secret whatever it looks
 * like. `weak`: it is one when it looks random. `code`: a short number.
 */
export type NameStrength = 'none' | 'strong' | 'weak' | 'code' | 'authorization' | 'cookie';

interface SecretName {
  readonly word: string;
  readonly strength: NameStrength;
  /** Whether it counts within a longer word, as in `userpassword`. */
  readonly isAnywhere: boolean;
}

const names = (strength: NameStrength, words: string, isAnywhere = false): readonly SecretName[] =>
  words.split(' ').map((word) => ({ word, strength, isAnywhere }));

const NAMES: readonly SecretName[] = [
  ...names('strong', 'password passwd passphrase passcode', true),
  ...names('strong', 'pwd pass pw secret'),
  ...names('weak', 'token', true),
  ...names(
    'weak',
    'auth credential credentials jwt sessionid session_id sessid signature sig bearer',
  ),
  ...names('code', 'otp pin cvv cvc cvv2 cvc2'),
  ...names('authorization', 'authorization'),
  ...names('cookie', 'cookie'),
];

/** Words before `key` that make it a secret one. */
const KEY_WORDS = (
  'api access secret private account shared sharedaccess encryption signing auth master service ' +
  'storage subscription license app consumer client ssh'
).split(' ');

const LONGEST_NAME = 64;

/** Tells names of secrets; `extra` are names that the site adds, in lower case. */
export class SecretNames {
  readonly #byLast: (readonly SecretName[] | undefined)[] = Array.from({ length: 128 });

  constructor(extra: readonly string[] = []) {
    const all = [...names('strong', extra.join(' ')), ...NAMES].filter(({ word }) => word !== '');
    for (const each of all) {
      const last = each.word.charCodeAt(each.word.length - 1);
      this.#byLast[last] = [...(this.#byLast[last] ?? []), each];
    }
  }

  /** What the name that ends before `end` says; a number of up to two digits may follow it. */
  strengthOf(text: string, end: number): NameStrength {
    const last = text.charCodeAt(end - 1);
    const folded = isUpper(last) ? last | 0x20 : last;
    const candidates = folded < 128 ? this.#byLast[folded] : undefined;
    if (candidates !== undefined) {
      for (const { word, strength, isAnywhere } of candidates) {
        const start = end - word.length;
        if (hasWord(text, start, word) && (isAnywhere || beginsPart(text, start))) return strength;
      }
    }
    if (folded === 0x79) return isSecretKey(text, end) ? 'weak' : 'none';
    if (!isDigit(last)) return 'none';
    let letters = end - 1;
    if (isDigit(text.charCodeAt(letters - 1))) letters -= 1;
    return letters > 0 && !isDigit(text.charCodeAt(letters - 1))
      ? this.strengthOf(text, letters)
      : 'none';
  }
}

/** `…api_key`, `apiKey`, `access key`. */
function isSecretKey(text: string, end: number): boolean {
  if (!hasWord(text, end - 3, 'key')) return false;
  const before = end - 3;
  const code = text.charCodeAt(before - 1);
  const isParted = code === 0x5f || code === 0x2d || code === 0x20 || code === 0x2e;
  const stop = isParted ? before - 1 : before;
  for (const word of KEY_WORDS) {
    const start = stop - word.length;
    if (hasWord(text, start, word) && beginsPart(text, start)) return true;
  }
  return false;
}

/** Whether a part of a name begins: after `_`, `-`, `.` and the like, or by a capital after a small letter. */
function beginsPart(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  return !isAlnum(before) || (isUpper(text.charCodeAt(at)) && isLower(before));
}

/** Where the name that stands before the sign at `at` ends; 0 when there is none. */
export function nameEndBefore(text: string, at: number): number {
  let end = at;
  const least = Math.max(0, at - LONGEST_NAME);
  if (text.charCodeAt(end - 1) === 0x3a) end -= 1;
  for (let blanks = 0; blanks < 2 && text.charCodeAt(end - 1) === 0x20; blanks += 1) end -= 1;
  while (end > least && isQuoting(text.charCodeAt(end - 1))) end -= 1;
  return end > least ? end : 0;
}

function isQuoting(code: number): boolean {
  return code === 0x22 || code === 0x27 || code === 0x5c || code === 0x60 || code === 0x5d;
}
