import type { Random } from '../../../src/core/random.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const HEX = '0123456789abcdef';
const ALNUM = LOWER + UPPER + DIGITS;

export const letters = (random: Random, count: number, alphabet = ALNUM): string =>
  Array.from({ length: count }, () => alphabet[random.integer(0, alphabet.length - 1)]).join('');
export const digits = (random: Random, count: number): string => letters(random, count, DIGITS);
export const hex = (random: Random, count: number): string => letters(random, count, HEX);

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

/** Keys that can be told by their shape alone. */
export const SHAPED_SECRETS: readonly ((random: Random) => string)[] = [
  (r) => `${r.pick(['AKIA', 'ASIA'])}${letters(r, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  (r) => `${r.pick(['ghp', 'gho', 'ghs', 'ghu', 'ghr'])}_${letters(r, 36)}`,
  (r) => `github_pat_${letters(r, 22)}_${letters(r, 59)}`,
  (r) => `${r.pick(['xoxb', 'xoxp', 'xoxa'])}-${digits(r, 12)}-${digits(r, 12)}-${letters(r, 24)}`,
  (r) => `${r.pick(['sk', 'rk'])}_${r.pick(['live', 'test'])}_${letters(r, r.pick([24, 32, 99]))}`,
  (r) => `whsec_${letters(r, 32)}`,
  (r) => `AIza${letters(r, 35, `${ALNUM}_-`)}`,
  (r) => `ya29.${letters(r, 60, `${ALNUM}_-`)}`,
  (r) => `glpat-${letters(r, 20, `${ALNUM}_-`)}`,
  (r) => `npm_${letters(r, 36)}`,
  (r) => `SG.${letters(r, 22)}.${letters(r, 43)}`,
  (r) => `sk-${r.pick(['', 'proj-', 'ant-api03-'])}${letters(r, 48)}`,
  (r) => `dop_v1_${hex(r, 64)}`,
  (r) => `hf_${letters(r, 34)}`,
  (r) => `pypi-AgEIcHlwaS5vcmc${letters(r, 70)}`,
  (r) => `shpat_${hex(r, 32)}`,
  (r) => `key-${hex(r, 32)}`,
  jwt,
];

export function jwt(random: Random): string {
  const head = { alg: random.pick(['HS256', 'RS256', 'ES256']), typ: 'JWT' };
  const body = { sub: digits(random, 10), iat: 1_763_000_000 + random.integer(0, 9e6) };
  return `${base64url(head)}.${base64url(body)}.${letters(random, 43, `${ALNUM}_-`)}`;
}

export function pem(random: Random): string {
  const type = random.pick(['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ']);
  const newline = random.pick(['\n', '\\n']);
  const lines = Array.from({ length: random.integer(2, 6) }, () =>
    letters(random, 64, `${ALNUM}+/`),
  );
  return [`-----BEGIN ${type}PRIVATE KEY-----`, ...lines, `-----END ${type}PRIVATE KEY-----`].join(
    newline,
  );
}

const WORDS = ['winter', 'dragon', 'monkey', 'letmein', 'swordfish', 'sunshine', 'Tr0ub4dor'];

export function password(random: Random): string {
  return random.pick([
    () => `${random.pick(WORDS)}${digits(random, random.integer(1, 4))}`,
    () => `${random.pick(WORDS)}${random.pick(['!', '#', '$', '%', '*'])}${digits(random, 2)}`,
    () => letters(random, random.integer(8, 24)),
    () =>
      `${letters(random, 5)}${random.pick(['!', '$', '%', '^', '*', '+'])}${letters(random, 5)}`,
    () => random.pick(WORDS),
    () => `P@ss${digits(random, 4)}`,
  ])();
}

/** A token that nothing but its name gives away. */
export function opaque(random: Random): string {
  return random.pick([
    () => hex(random, random.pick([32, 40, 64])),
    () => letters(random, random.integer(20, 48)),
    () => letters(random, random.integer(24, 40), `${ALNUM}_-`),
    () => `${letters(random, 38, `${ALNUM}+/`)}==`,
  ])();
}

function luhnDigit(body: string): string {
  let sum = 0;
  for (let index = 0; index < body.length; index += 1) {
    const digit = Number(body[body.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}

const CARDS: readonly (readonly [prefix: string, length: number])[] = [
  ['4', 16],
  ['4', 16],
  ['4', 13],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['65', 16],
  ['36', 14],
  ['305', 14],
  ['3528', 16],
  ['3589', 16],
  ['6759', 16],
  ['6304', 18],
  ['62', 16],
  ['62', 19],
];

export function card(random: Random): string {
  const [prefix, length] = random.pick(CARDS);
  const body = prefix + digits(random, length - 1 - prefix.length);
  const whole = body + luhnDigit(body);
  const separator = random.pick(['', '', ' ', '-']);
  const groups =
    length === 15
      ? /^(.{4})(.{6})(.{5})$/
      : length === 14
        ? /^(.{4})(.{6})(.{4})$/
        : /^(.{4})(.{4})(.{4})(.{1,4})(.*)$/;
  return whole.replace(groups, (_, ...parts: unknown[]) =>
    parts
      .slice(0, -2)
      .filter((part) => part !== '')
      .join(separator),
  );
}

/** A number of a card's form whose check digit is wrong. */
export function notCard(random: Random): string {
  const [prefix, length] = random.pick(CARDS);
  const body = prefix + digits(random, length - 1 - prefix.length);
  return body + String((Number(luhnDigit(body)) + random.integer(1, 9)) % 10);
}

const FIRST = ['anna', 'bob', 'chen', 'dilara', 'elif', 'jörg', 'maria', 'o.brien', 'r2d2', 'info'];
const LAST = ['smith', 'lee', 'garcia', 'meyer', 'kaya', 'nowak', 'rossi', 'dubois'];
const DOMAINS = [
  'example.com',
  'example.co.uk',
  'mail.example.org',
  'company.io',
  'uni-köln.example.de',
  'corp.example.museum',
  'gmail.com',
];

export function email(random: Random): string {
  const first = random.pick(FIRST);
  const last = random.pick(LAST);
  const local = random.pick([
    first,
    `${first}.${last}`,
    `${first}_${last}${digits(random, 2)}`,
    `${first}+${last}`,
    `${first[0] ?? ''}${last}`,
    `${first}.${last}`.toUpperCase(),
  ]);
  return `${local}@${random.pick(DOMAINS)}`;
}

const area = (r: Random): string => `${r.integer(2, 9)}${r.integer(0, 8)}${r.integer(2, 9)}`;
const exchange = (r: Random): string => `${r.integer(2, 9)}${digits(r, 2)}`;

/** Numbers written so that a reader knows them for phone numbers. */
export function phone(r: Random): string {
  return r.pick([
    () => `+1${area(r)}${exchange(r)}${digits(r, 4)}`,
    () => `+1 ${area(r)} ${exchange(r)} ${digits(r, 4)}`,
    () => `+1-${area(r)}-${exchange(r)}-${digits(r, 4)}`,
    () => `+1 (${area(r)}) ${exchange(r)}-${digits(r, 4)}`,
    () => `(${area(r)}) ${exchange(r)}-${digits(r, 4)}`,
    () => `${area(r)}-${exchange(r)}-${digits(r, 4)}`,
    () => `${area(r)}.${exchange(r)}.${digits(r, 4)}`,
    () => `1-${area(r)}-${exchange(r)}-${digits(r, 4)}`,
    () => `+44 20 7${digits(r, 3)} ${digits(r, 4)}`,
    () => `+447${digits(r, 9)}`,
    () => `+44 (0)7${digits(r, 3)} ${digits(r, 6)}`,
    () => `07${digits(r, 3)} ${digits(r, 6)}`,
    () => `020 7${digits(r, 3)} ${digits(r, 4)}`,
    () => `+49 30 ${digits(r, 8)}`,
    () => `+49 (0) 171 ${digits(r, 7)}`,
    () => `+49-89-${digits(r, 6)}`,
    () => `0171/${digits(r, 7)}`,
    () => `030 ${digits(r, 8)}`,
    () => `+33 6 ${[2, 2, 2, 2].map((n) => digits(r, n)).join(' ')}`,
    () => `06 ${[2, 2, 2, 2].map((n) => digits(r, n)).join(' ')}`,
    () => `+90 532 ${digits(r, 3)} ${digits(r, 2)} ${digits(r, 2)}`,
    () => `+86 138 ${digits(r, 4)} ${digits(r, 4)}`,
    () => `+91 98${digits(r, 3)} ${digits(r, 5)}`,
    () => `+4179${digits(r, 7)}`,
  ])();
}

function mod97(text: string): number {
  let rest = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

export function iban(random: Random): string {
  const [country, bban] = random.pick([
    () => ['DE', digits(random, 18)] as const,
    () => ['GB', `NWBK${digits(random, 14)}`] as const,
    () => ['FR', digits(random, 23)] as const,
    () => ['NL', `ABNA${digits(random, 10)}`] as const,
    () => ['CH', digits(random, 17)] as const,
    () => ['TR', `${digits(random, 5)}0${digits(random, 16)}`] as const,
  ])();
  const check = String(98 - mod97(`${bban}${country}00`)).padStart(2, '0');
  const whole = `${country}${check}${bban}`;
  return random.chance(0.5) ? whole : (whole.match(/.{1,4}/g) ?? []).join(' ');
}

function nino(random: Random): string {
  const two = random.pick(['AB', 'CE', 'HJ', 'JK', 'LM', 'PR', 'SX', 'WA', 'YZ']);
  const body = digits(random, 6);
  const last = random.pick(['A', 'B', 'C', 'D']);
  return random.chance(0.5)
    ? `${two}${body}${last}`
    : `${two} ${body.slice(0, 2)} ${body.slice(2, 4)} ${body.slice(4)} ${last}`;
}

function ssn(random: Random): string {
  const first = String(random.pick([random.integer(1, 665), random.integer(667, 899)]));
  const middle = String(random.integer(1, 99)).padStart(2, '0');
  return `${first.padStart(3, '0')}-${middle}-${String(random.integer(1, 9999)).padStart(4, '0')}`;
}

function dni(random: Random): string {
  const number = random.integer(10_000_000, 99_999_999);
  return `${number}${'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] ?? ''}`;
}

function cpf(random: Random): string {
  const body = digits(random, 9);
  const digit = (text: string): string => {
    let sum = 0;
    for (let index = 0; index < text.length; index += 1) {
      sum += Number(text[index]) * (text.length + 1 - index);
    }
    return String(((sum * 10) % 11) % 10);
  };
  const nine = body;
  const ten = nine + digit(nine);
  const whole = ten + digit(ten);
  return `${whole.slice(0, 3)}.${whole.slice(3, 6)}.${whole.slice(6, 9)}-${whole.slice(9)}`;
}

function nir(random: Random): string {
  const month = String(random.integer(1, 12)).padStart(2, '0');
  const parts = [
    String(random.integer(1, 2)),
    digits(random, 2),
    month,
    String(random.integer(10, 95)),
    digits(random, 3),
    digits(random, 3),
  ];
  const key = String(97 - (Number(parts.join('')) % 97)).padStart(2, '0');
  return [...parts, key].join(random.chance(0.5) ? ' ' : '');
}

export function nationalId(random: Random): string {
  return random.pick([ssn, ssn, nino, iban, iban, dni, cpf, nir])(random);
}

export function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((count) => hex(random, count)).join('-');
}
