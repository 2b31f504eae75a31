import { createHmac, hkdfSync } from 'node:crypto';

import { isAlnum, isDigit } from './characters.ts';
import type { RedactionKind } from './finding.ts';

/** Hex digits of a pseudonym: 64 bits, so that a site's values do not meet by chance. */
const DIGITS = 16;
const INFO = 'watchkeeper.redaction.v1';
/** Values of records come back; this many pseudonyms are kept at hand. */
const CACHE_SIZE = 4096;

/** Gives the same value the same name, which says nothing of the value to those without the key. */
export type Pseudonyms = (kind: RedactionKind | 'user', value: string) => string;

/**
 * Keyed pseudonyms `<kind>:<16 hex digits>`: HMAC-SHA-256 (RFC 2104) over
 * kind and value, cut to 64 bits. Ways of writing one value (case of an
 * e-mail address, separators of numbers) give one pseudonym. The key is
 * derived from `secret` (at least 16 bytes) by HKDF (RFC 5869).
 */
export function createPseudonyms(secret: Uint8Array): Pseudonyms {
  if (secret.length < 16) {
    throw new RangeError(`Expected a secret of at least 16 bytes, got ${secret.length}.`);
  }
  const key = Buffer.from(hkdfSync('sha256', secret, '', INFO, 32));
  const known = new Map<string, string>();
  return (kind, value) => {
    const input = `${kind}\0${canonical(kind, value)}`;
    const before = known.get(input);
    if (before !== undefined) return before;
    const digest = createHmac('sha256', key).update(input).digest();
    const hex = digest.toString('hex', 0, DIGITS / 2);
    // A letter in front keeps it from being taken for a number when it is read again.
    const lead = 'abcdef'[(digest[DIGITS / 2] ?? 0) % 6] ?? 'a';
    const name = `${kind}:${lead}${hex.slice(1)}`;
    if (known.size >= CACHE_SIZE) known.delete(known.keys().next().value ?? '');
    known.set(input, name);
    return name;
  };
}

const NAMES = ['card', 'email', 'phone', 'national_id', 'ip', 'user'];

/** Where the pseudonym ends whose colon is at `at`; 0 when it is none. */
export function pseudonymEnd(text: string, at: number): number {
  // Its first digit is a letter; most colons are told by what follows.
  if (!isHexLetter(text.charCodeAt(at + 1))) return 0;
  const end = at + 1 + DIGITS;
  if (end > text.length || isAlnum(text.charCodeAt(end))) return 0;
  if (!NAMES.some((name) => text.startsWith(name, at - name.length) && at >= name.length)) return 0;
  for (let next = at + 1; next < end; next += 1) {
    const code = text.charCodeAt(next);
    if (!isDigit(code) && !isHexLetter(code)) return 0;
  }
  return end;
}

function isHexLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x66;
}

function canonical(kind: RedactionKind | 'user', value: string): string {
  switch (kind) {
    case 'email':
      return value.replace('%40', '@').toLowerCase();
    case 'card':
      return value.replace(/[^0-9]/g, '');
    case 'phone':
      return value.replace(/\(0\)/, '').replace(/[^0-9+]/g, '');
    case 'national_id':
      return value.replace(/[^0-9A-Za-z]/g, '').toUpperCase();
    case 'ip':
      return value.toLowerCase();
    case 'secret':
    case 'user':
      return value;
  }
}
