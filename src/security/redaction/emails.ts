import { hasWord, isAlnum, isDigit, isLetter } from './characters.ts';
import type { Hit } from './finding.ts';

const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 253;

/** Ends of names that are files, units and machines, never domains that take mail. */
const NOT_DOMAINS = new Set(
  (
    'local internal lan localdomain localhost svc cluster corp intranet ' +
    'service socket slice target timer mount device scope ' +
    'png jpg jpeg gif svg webp ico bmp css js mjs cjs ts tsx jsx json xml html htm log txt jar yaml yml'
  ).split(' '),
);

/** Letters before a quoted text in the code of programs. */
const PREFIXES = 'bfru';

/** Accounts that stand before the host of a repository. */
const REPOSITORY_USERS = ['git', 'hg', 'svn'];

/**
 * An e-mail address (RFC 5321 with dots, in practice) around the `@` at `at`,
 * or around the `%40` of an encoded one. Addresses on machine names do not count.
 */
export function matchEmail(text: string, at: number, hit: Hit): boolean {
  const isEncoded = text.charCodeAt(at) === 0x25;
  if (isEncoded && !(text.startsWith('40', at + 1) && isAlnum(text.charCodeAt(at + 3)))) {
    return false;
  }
  const start = localStart(text, at);
  if (start === at) return false;
  const from = at + (isEncoded ? 3 : 1);
  const end = domainEnd(text, from);
  if (end < 0) return false;
  if (text.charCodeAt(end) === 0x3a && isRepository(text, start, at)) return false;
  return hit.set('email', start, end);
}

function localStart(text: string, at: number): number {
  let start = at;
  const least = Math.max(0, at - LONGEST_LOCAL);
  if (text.charCodeAt(at - 1) === 0x22) return quotedStart(text, at, least);
  while (start > least && (isLocal(text.charCodeAt(start - 1)) || isElision(text, start - 1)))
    start -= 1;
  while (start < at && !isLocalEdge(text.charCodeAt(start))) start += 1;
  return isLocalEdge(text.charCodeAt(at - 1)) ? start : at;
}

/** Where a quoted local part (RFC 5321, 4.1.2) begins that ends before `at`; `at` when there is none. */
function quotedStart(text: string, at: number, least: number): number {
  let open = at - 2;
  while (open >= least && text.charCodeAt(open) !== 0x22 && text.charCodeAt(open) !== 0x0a)
    open -= 1;
  if (open < least || open === at - 2 || text.charCodeAt(open) !== 0x22) return at;
  const before = open === 0 ? 0x20 : text.charCodeAt(open - 1);
  return before === 0x20 || before === 0x3c || before === 0x3a ? open : at;
}

/** An apostrophe within a name (`o'neil`), and not one that opens a text (`b'bob`). */
function isElision(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== 0x27 || !isLetter(text.charCodeAt(at + 1))) return false;
  const before = text.charCodeAt(at - 1);
  if (!isLetter(before)) return false;
  const isLong = isLocalEdge(text.charCodeAt(at - 2));
  return isLong || !PREFIXES.includes(String.fromCharCode(before | 0x20));
}

function domainEnd(text: string, from: number): number {
  const most = Math.min(text.length, from + LONGEST_DOMAIN);
  let end = from;
  let dot = -1;
  for (; end < most; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 0x2e) {
      if (end === from || !isLocalEdge(text.charCodeAt(end + 1))) break;
      dot = end;
    } else if (!isDomain(code)) break;
  }
  while (end > from && text.charCodeAt(end - 1) === 0x2d) end -= 1;
  if (dot < 0 || end - dot < 3) return -1;
  for (let index = dot + 1; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if (isDigit(code) || code === 0x2d) {
      if (!hasWord(text, dot + 1, 'xn--')) return -1;
    }
  }
  return NOT_DOMAINS.has(text.slice(dot + 1, end).toLowerCase()) ? -1 : end;
}

function isRepository(text: string, start: number, at: number): boolean {
  return REPOSITORY_USERS.some((user) => at - start === user.length && hasWord(text, start, user));
}

const isLocalEdge = (code: number): boolean => isAlnum(code) || code >= 0x80;

function isLocal(code: number): boolean {
  return isLocalEdge(code) || code === 0x2e || code === 0x5f || code === 0x2b || code === 0x2d;
}

function isDomain(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 0x2d || code >= 0x80;
}
