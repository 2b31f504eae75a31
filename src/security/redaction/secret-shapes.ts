import { isAlnum } from './characters.ts';
import type { Hit } from './finding.ts';

/**
 * Keys that their issuers made recognisable, by first character. Each pattern
 * is one fixed beginning and runs of one class, so none can backtrack.
 */
const SHAPES: readonly (readonly [first: string, pattern: RegExp])[] = [
  ['A', /(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}/y],
  ['A', /AIza[\w-]{35}/y],
  ['A', /ATATT3[\w-]{60,}(?:=[A-F0-9]{8})?/y],
  ['A', /AGE-SECRET-KEY-1[A-Z0-9]{40,}/y],
  ['E', /EAA[A-Za-z0-9]{80,}/y],
  ['G', /GOCSPX-[\w-]{24,}/y],
  ['N', /NRAK-[A-Z0-9]{27}/y],
  ['P', /PMAK-[a-f0-9]{24}-[a-f0-9]{34}/y],
  ['S', /SK[a-f0-9]{32}/y],
  ['S', /SG\.[\w-]{16,64}\.[\w-]{16,64}/y],
  ['d', /dapi[a-f0-9]{32}/y],
  ['d', /dckr_(?:pat|oat)_[\w-]{20,}/y],
  ['d', /dp\.[a-z]{2,5}\.[A-Za-z0-9]{40,}/y],
  ['d', /do[opr]_v1_[a-f0-9]{64}/y],
  ['e', /eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/y],
  ['g', /gh[pousr]_[A-Za-z0-9]{36,}/y],
  ['g', /github_pat_\w{60,}/y],
  ['g', /gl(?:pat|ptt|soat|agent|[a-z]{1,2}t)-[\w-]{20,}/y],
  ['g', /glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}/y],
  ['h', /hf_[A-Za-z0-9]{30,}/y],
  ['h', /hv[bs]\.[\w-]{24,}/y],
  ['k', /key-[a-f0-9]{32}/y],
  ['l', /lin_api_[A-Za-z0-9]{40}/y],
  ['n', /npm_[A-Za-z0-9]{36}/y],
  ['n', /ntn_[A-Za-z0-9]{40,}/y],
  ['p', /pul-[a-f0-9]{40}/y],
  ['s', /sbp_[a-f0-9]{40}/y],
  ['s', /sq0(?:atp|csp)-[\w-]{22,}/y],
  ['t', /tskey-[a-z]{3,8}-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}/y],
  ['p', /pypi-[\w-]{50,}/y],
  ['r', /rk_(?:live|test)_[A-Za-z0-9]{16,}/y],
  ['s', /sk_(?:live|test)_[A-Za-z0-9]{16,}/y],
  ['s', /sk-(?:proj|svcacct|admin|ant)-[\w-]{40,}/y],
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

const BOT_TOKEN = /\d{8,10}:AA[\w-]{32,}/y;
const REFRESH_TOKEN = /1\/\/0[\w-]{40,}/y;
const CLIENT_SECRET = /[A-Za-z0-9]{3}\dQ~[\w~.-]{31,34}/y;

/** Whether what follows digits at `end` may belong to a key with them. */
export function isKeyJoint(text: string, end: number): boolean {
  const code = text.charCodeAt(end);
  if (code === 0x3a) return text.charCodeAt(end + 1) === 0x41;
  return code === 0x2f && text.charCodeAt(end + 1) === 0x2f;
}

/** A key that begins with the digits at `start`: a bot's token, a refresh token. */
export function matchDigitShape(text: string, start: number, hit: Hit): boolean {
  return matchAt(BOT_TOKEN, { text, start, hit }) || matchAt(REFRESH_TOKEN, { text, start, hit });
}

/** The secret of a client application whose `~` is at `at`. */
export function matchClientSecret(text: string, at: number, hit: Hit): boolean {
  return at >= 5 && matchAt(CLIENT_SECRET, { text, start: at - 5, hit });
}

function matchAt(
  pattern: RegExp,
  { text, start, hit }: { readonly text: string; readonly start: number; readonly hit: Hit },
): boolean {
  if (isAlnum(text.charCodeAt(start - 1))) return false;
  pattern.lastIndex = start;
  if (!pattern.test(text) || isAlnum(text.charCodeAt(pattern.lastIndex))) return false;
  return hit.set('secret', start, pattern.lastIndex);
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
