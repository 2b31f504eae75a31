import { isAlnum } from './characters.ts';
import type { Hit } from './finding.ts';

/**
 * Keys that their issuers made recognisable, by first character. Each pattern
 * is one fixed beginning and runs of one class, so none can backtrack.
 */
const SHAPES: readonly (readonly [first: string, pattern: RegExp])[] = [
  ['A', /(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}/y],
  ['A', /AIza[\w-]{35}/y],
  ['S', /SG\.[\w-]{16,64}\.[\w-]{16,64}/y],
  ['d', /do[opr]_v1_[a-f0-9]{64}/y],
  ['e', /eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/y],
  ['g', /gh[pousr]_[A-Za-z0-9]{36,}/y],
  ['g', /github_pat_\w{60,}/y],
  ['g', /glpat-[\w-]{20,}/y],
  ['h', /hf_[A-Za-z0-9]{30,}/y],
  ['k', /key-[a-f0-9]{32}/y],
  ['n', /npm_[A-Za-z0-9]{36}/y],
  ['p', /pypi-[\w-]{50,}/y],
  ['r', /rk_(?:live|test)_[A-Za-z0-9]{16,}/y],
  ['s', /sk_(?:live|test)_[A-Za-z0-9]{16,}/y],
  ['s', /sk-(?:[a-z0-9]{2,8}-){0,2}[A-Za-z0-9_]{32,}[\w-]*/y],
  ['s', /shp(?:at|ca|pa|ss)_[a-f0-9]{32}/y],
  ['w', /whsec_[A-Za-z0-9+/=]{24,}/y],
  ['x', /x(?:ox[abeoprs]|app)-[A-Za-z0-9-]{20,}/y],
  ['y', /ya29\.[\w-]{20,}/y],
];

const BY_FIRST: readonly (readonly RegExp[] | undefined)[] = Array.from(
  { length: 128 },
  (_, code) => {
    const patterns = SHAPES.filter(([first]) => first.charCodeAt(0) === code);
    return patterns.length === 0 ? undefined : patterns.map(([, pattern]) => pattern);
  },
);

/** A key of a known issuer, a JSON Web Token (RFC 7519) or a private key block (RFC 7468) that begins at `start`. */
export function matchShape(text: string, start: number, hit: Hit): boolean {
  const first = text.charCodeAt(start);
  if (first === 0x2d) return matchPrivateKey(text, start, hit);
  const patterns = first < 128 ? BY_FIRST[first] : undefined;
  if (patterns === undefined) return false;
  for (const pattern of patterns) {
    pattern.lastIndex = start;
    if (!pattern.test(text)) continue;
    const end = pattern.lastIndex;
    if (!isAlnum(text.charCodeAt(end))) return hit.set('secret', start, end);
  }
  return false;
}

const PEM_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const PEM_END = 'PRIVATE KEY';

/** A block whose end is missing was cut off, and is taken to the end of the text. */
function matchPrivateKey(text: string, start: number, hit: Hit): boolean {
  PEM_BEGIN.lastIndex = start;
  if (!PEM_BEGIN.test(text)) return false;
  const from = PEM_BEGIN.lastIndex;
  const name = text.indexOf(PEM_END, from);
  const close = name < 0 ? -1 : text.indexOf('-----', name);
  return hit.set('secret', start, close < 0 ? text.length : close + 5);
}
