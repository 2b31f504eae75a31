import { addAttribute } from '../fields/attributes.ts';
import type { Severity } from '../fields/severity.ts';

const EQUALS = '=';
const BACKSLASH = '\\';

/**
 * Reads `key=value key=value`, where values hold blanks and end where the next
 * key begins; `\=`, `\\`, `\n` and `\r` are escapes (CEF, "Extension field").
 */
export function readExtension(text: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  let key: string | undefined;
  let start = 0;
  for (let at = text.indexOf(EQUALS); at >= 0; at = text.indexOf(EQUALS, at + 1)) {
    const from = keyStart(text, at, start);
    if (from < 0) continue;
    if (key !== undefined) put(fields, key, text.slice(start, from));
    key = text.slice(from, at);
    start = at + 1;
  }
  if (key !== undefined) put(fields, key, text.slice(start));
  return fields;
}

const KEY = /^[\w.\-[\]]+$/;
const MAX_KEY = 128;

/** Where the key that ends before `at` begins; -1 when there is none. An escaped sign has a backslash there. */
function keyStart(text: string, at: number, least: number): number {
  const lowest = Math.max(least, at - MAX_KEY);
  const near = text.slice(lowest, at);
  const blank = near.lastIndexOf(' ');
  if (blank < 0 && lowest > least) return -1;
  return KEY.test(blank < 0 ? near : near.slice(blank + 1)) ? lowest + blank + 1 : -1;
}

function put(fields: Record<string, unknown>, key: string, value: string): void {
  addAttribute(fields, key, unescapeValue(value.trimEnd()));
}

export function unescapeValue(value: string): string {
  if (!value.includes(BACKSLASH)) return value;
  return value.replace(/\\([\\=|nrt])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Splits at bars that no backslash escapes, into `count` parts at most; the rest is the last one. */
export function splitHeader(text: string, count: number): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length && parts.length < count - 1; at += 1) {
    if (text[at] === BACKSLASH) at += 1;
    else if (text[at] === '|') {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Severities of security events: 0 to 10, or a word (CEF: Low to 3, Medium to 6, High to 8, then Very-High). */
export function eventSeverity(text: string): Severity {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : EVENT_WORDS[text.toLowerCase()];
  if (number === undefined || number > 10) return { level: 'INFO', text };
  if (number <= 3) return { level: 'INFO', text };
  if (number <= 6) return { level: 'WARNING', text };
  return { level: number <= 8 ? 'ERROR' : 'CRITICAL', text };
}

const EVENT_WORDS: Readonly<Record<string, number>> = {
  unknown: 0,
  low: 1,
  medium: 5,
  high: 8,
  'very-high': 10,
};

/** The first of these fields that is text and not empty. */
export function firstText(
  fields: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): string | undefined {
  for (const key of keys) {
    const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
