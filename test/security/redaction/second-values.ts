import type { Random } from '../../../src/core/random.ts';

/** Draws one value. */
export type Draw = (random: Random) => string;

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGIT = '0123456789';
const HEX = `${DIGIT}abcdef`;
const WORD = LOWER + UPPER + DIGIT;

const of = (alphabet: string, r: Random, count: number): string =>
  Array.from({ length: count }, () => alphabet[r.integer(0, alphabet.length - 1)]).join('');
const oneOf =
  (...words: readonly string[]): Draw =>
  (r) =>
    r.pick(words);
const chars =
  (alphabet: string, least: number, most = least): Draw =>
  (r) =>
    of(alphabet, r, r.integer(least, most));
const digits = (r: Random, count: number): string => of(DIGIT, r, count);
/** `#` is a digit, `N` one from 2 to 9; one of the ways that bars part. */
const dialled = (ways: string, r: Random): string =>
  r.pick(ways.split('|')).replace(/[#N]/g, (mark) => String(r.integer(mark === 'N' ? 2 : 0, 9)));

const jwt: Draw = (r) => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = {
    typ: 'JWT',
    alg: r.pick(['RS512', 'PS256', 'EdDSA', 'HS384']),
    kid: of(HEX, r, 8),
  };
  const claims = {
    iss: 'https://id.example.net',
    aud: 'api',
    exp: r.integer(1e9, 2e9),
    jti: of(HEX, r, 12),
  };
  return `${part(head)}.${part(claims)}.${of(`${WORD}-_`, r, r.integer(43, 120))}`;
};

const pem: Draw = (r) => {
  const label = r.pick([
    'PRIVATE KEY',
    'RSA PRIVATE KEY',
    'EC PRIVATE KEY',
    'DSA PRIVATE KEY',
    'OPENSSH PRIVATE KEY',
  ]);
  const joint = r.pick(['\n', '\\n', '\\\\n', '\r\n']);
  const body = Array.from({ length: r.integer(1, 8) }, () => of(`${WORD}+/`, r, 64));
  return [
    `-----BEGIN ${label}-----`,
    ...body,
    `${of(WORD, r, 20)}==`,
    `-----END ${label}-----`,
  ].join(joint);
};

/** Keys that say by their form what they are, of providers of all kinds. */
const KEYS: readonly Draw[] = [
  (r) => `${r.pick(['AKIA', 'ASIA'])}${of(`${UPPER}234567`, r, 16)}`,
  (r) => `${r.pick(['ghp', 'gho', 'ghu', 'ghs', 'ghr'])}_${of(WORD, r, 36)}`,
  (r) => `github_pat_11${of(UPPER + DIGIT, r, 20)}_${of(WORD, r, 59)}`,
  (r) => `${r.pick(['glpat', 'gldt', 'glrt', 'glft'])}-${of(`${WORD}_-`, r, 19)}x`,
  (r) => `glptt-${of(HEX, r, 40)}`,
  (r) => `xoxb-${digits(r, 11)}-${digits(r, 13)}-${of(WORD, r, 24)}`,
  (r) => `xapp-1-A${of(UPPER + DIGIT, r, 10)}-${digits(r, 13)}-${of(HEX, r, 64)}`,
  (r) => `${r.pick(['sk', 'rk'])}_live_51${of(WORD, r, 97)}`,
  (r) => `whsec_${of(WORD, r, 32)}`,
  (r) => `AIzaSy${of(`${WORD}_-`, r, 33)}`,
  (r) => `GOCSPX-${of(`${WORD}_-`, r, 27)}z`,
  (r) => `ya29.a0${of(`${WORD}_-`, r, 120)}q`,
  (r) => `1//0${of(`${WORD}_-`, r, 60)}k`,
  (r) => `${of(WORD, r, 3)}${digits(r, 1)}Q~${of(`${WORD}_~.-`, r, 33)}b`,
  (r) => `npm_${of(WORD, r, 36)}`,
  (r) => `pypi-AgEIcHlwaS5vcmc${of(`${WORD}_-`, r, 140)}a`,
  (r) => `dckr_pat_${of(`${WORD}_-`, r, 26)}c`,
  (r) => `doo_v1_${of(HEX, r, 64)}`,
  (r) => `hf_${of(WORD, r, 34)}`,
  (r) => `sk-proj-${of(`${WORD}_-`, r, 73)}T3BlbkFJ${of(`${WORD}_-`, r, 73)}d`,
  (r) => `sk-ant-api03-${of(`${WORD}_-`, r, 93)}AA`,
  (r) => `shpss_${of(HEX, r, 32)}`,
  (r) => `SG.${of(`${WORD}_-`, r, 22)}.${of(`${WORD}_-`, r, 42)}w`,
  (r) => `SK${of(HEX, r, 32)}`,
  (r) => `sq0atp-${of(`${WORD}_-`, r, 21)}e`,
  (r) => `${digits(r, 10)}:AA${of(`${WORD}_-`, r, 32)}f`,
  (r) => `dapi${of(HEX, r, 32)}`,
  (r) => `glsa_${of(WORD, r, 32)}_${of(HEX, r, 8)}`,
  (r) => `dp.pt.${of(WORD, r, 43)}`,
  (r) => `lin_api_${of(WORD, r, 40)}`,
  (r) => `ntn_${of(WORD, r, 46)}`,
  (r) => `PMAK-${of(HEX, r, 24)}-${of(HEX, r, 34)}`,
  (r) => `pul-${of(HEX, r, 40)}`,
  (r) => `hvs.${of(`${WORD}_-`, r, 94)}g`,
  (r) => `NRAK-${of(UPPER + DIGIT, r, 27)}`,
  (r) => `ATATT3xFfGF0${of(`${WORD}_-`, r, 170)}=${of(HEX, r, 8).toUpperCase()}`,
  (r) => `sbp_${of(HEX, r, 40)}`,
  (r) => `tskey-auth-${of(WORD, r, 12)}-${of(WORD, r, 32)}`,
  (r) => `AGE-SECRET-KEY-1${of(UPPER + DIGIT, r, 58)}`,
  jwt,
];

const PASSWORDS: readonly Draw[] = [
  (r) =>
    `${r.pick(['Sommer', 'Hunter', 'qwertz', 'Liverpool', 'azerty'])}${digits(r, r.integer(2, 4))}${r.pick(['!', '?', '', '.', '$'])}`.replace(
      /[.?]$/,
      '!',
    ),
  (r) => of(`${WORD}!$%*+_-`, r, r.integer(10, 20)) + r.pick(['a', '7', 'Z']),
  (r) => r.pick(['correcthorse', 'trustno1', 'letmein', 'iloveyou2', 'passw0rd', 'opensesame']),
  (r) => `${of(LOWER, r, 4)}-${of(LOWER, r, 4)}-${of(LOWER, r, 4)}`,
  (r) => of(WORD, r, 16),
];

const TOKENS: readonly Draw[] = [
  chars(HEX, 32),
  chars(HEX, 40),
  chars(HEX, 64),
  chars(WORD, 22, 52),
  (r) => `${of(`${WORD}+/`, r, 42)}1=`,
  (r) => `${of(`${WORD}_-`, r, r.integer(26, 43))}9`,
  (r) => [8, 4, 4, 4, 12].map((count) => of(HEX, r, count)).join('-'),
];

function luhn(body: string): string {
  let sum = 0;
  [...body].reverse().forEach((character, index) => {
    const value = Number(character) * (index % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return String((10 - (sum % 10)) % 10);
}

/** Prefixes of issuers with the lengths of their numbers and how they are printed. */
const ISSUERS: readonly (readonly [string, number, string])[] = [
  ['4', 16, '4444'],
  ['4', 13, '4441'],
  ['4', 19, '44443'],
  ['52', 16, '4444'],
  ['2500', 16, '4444'],
  ['37', 15, '465'],
  ['34', 15, '465'],
  ['6011', 16, '4444'],
  ['645', 16, '4444'],
  ['36', 14, '464'],
  ['38', 14, '464'],
  ['3540', 16, '4444'],
  ['6221', 16, '4444'],
  ['6280', 19, '44443'],
  ['5018', 16, '4444'],
  ['6763', 13, '4441'],
  ['6304', 19, '44443'],
  ['2201', 16, '4444'],
];

const card: Draw = (r) => {
  const [prefix, length, groups] = r.pick(ISSUERS);
  const body = prefix + digits(r, length - 1 - prefix.length);
  const whole = body + luhn(body);
  const separator = r.pick(['', ' ', '-']);
  let at = 0;
  return [...groups].map((size) => whole.slice(at, (at += Number(size)))).join(separator);
};

/** A number as long as a card's whose check digit is wrong, or whose prefix no issuer has. */
const notCard: Draw = (r) => {
  const length = r.integer(13, 19);
  const isIssued = r.chance(0.5);
  const body =
    `${isIssued ? r.pick(['4', '51', '37']) : r.pick(['1', '8', '9', '70'])}${digits(r, 20)}`.slice(
      0,
      length - 1,
    );
  const check = Number(luhn(body));
  return body + String(isIssued ? (check + r.integer(1, 9)) % 10 : check);
};

/** As people of about twenty countries write their numbers with the country's code. */
const PHONES: readonly string[] = [
  '+1 (N##) N##-####|+1-N##-N##-####|+1.N##.N##.####|+1N##N######',
  '+44 20 7### ####|+44 7### ######|+44 (0)121 ### ####|+447#########',
  '+49 30 #######|+49 (0)89 ########|+49 171 #######|+49-40-######',
  '+33 1 ## ## ## ##|+33 (0)6 ## ## ## ##|+33.6.##.##.##.##',
  '+34 91# ### ###|+34 6## ## ## ##|+346########',
  '+39 06 #### ####|+39 3## #######|+39 02 ########',
  '+31 20 ### ####|+31 6 ########|+31 (0)6 ## ## ## ##',
  '+32 2 ### ## ##|+32 4## ## ## ##',
  '+41 44 ### ## ##|+41 79 ### ## ##',
  '+43 1 ### ## ##|+43 664 #######',
  '+46 8 ### ### ##|+46 70-### ## ##',
  '+47 ## ## ## ##|+47 ### ## ###',
  '+45 ## ## ## ##|+45########',
  '+48 ## ### ## ##|+48 ### ### ###',
  '+351 21 ### ####|+351 91# ### ###',
  '+420 ### ### ###|+420#########',
  '+55 11 9####-####|+55 (21) ####-####',
  '+91 98### #####|+91-9#########|+91 22 #### ####',
  '+81 3-####-####|+81 90-####-####',
  '+61 2 #### ####|+61 4## ### ###',
  '+86 10 #### ####|+86 138 #### ####',
  '+82 10-####-####|+82 2-###-####',
  '+52 55 #### ####|+52 1 55 #### ####',
  '+90 532 ### ## ##|+90 (212) ### ## ##',
  '+27 11 ### ####|+27 82 ### ####',
  '+353 1 ### ####|+358 40 ### ####',
];

/** As they are written at home; which are phone numbers is told by the words before them. */
const LOCAL_PHONES = [
  '(N##) N##-####|N##-N##-####|N##.N##.####',
  '020 7### ####|07### ######|0121 ### ####',
  '030 ########|0171 #######|089/#######|0221-######',
  '01 ## ## ## ##|06.##.##.##.##|06########',
  '9## ### ###|6## ## ## ##',
  '03-####-####|090-####-####',
  '0## ### ## ##|(02) #### ####',
];

const mod97 = (text: string): number =>
  [...text].reduce((rest, character) => Number(`${rest}${parseInt(character, 36)}`) % 97, 0);

const IBANS: readonly (readonly [string, string])[] = [
  ['DE', '##################'],
  ['GB', 'MIDL##############'],
  ['FR', '###################A###'],
  ['NL', 'ABNA##########'],
  ['CH', '#################'],
  ['AT', '################'],
  ['PL', '########################'],
  ['IT', 'X######################'],
  ['NO', '###########'],
  ['BE', '############'],
  ['SE', '####################'],
  ['PT', '#####################'],
  ['IE', 'AIBK##############'],
  ['SA', '####################'],
];

const iban: Draw = (r) => {
  const [country, pattern] = r.pick(IBANS);
  const account = pattern.replace(/#/g, () => digits(r, 1));
  const check = String(98 - mod97(`${account}${country}00`)).padStart(2, '0');
  const whole = country + check + account;
  const written = r.chance(0.5) ? whole : (whole.match(/.{1,4}/g) ?? []).join(' ');
  return r.chance(0.15) ? written.toLowerCase() : written;
};

const two = (value: number): string => String(value).padStart(2, '0');
const DNI = 'TRWAGMYFPDXBNJZSQVHLCKE';

const NATIONAL: readonly Draw[] = [
  iban,
  iban,
  (r) =>
    `${two(r.integer(1, 8))}${r.integer(1, 9)}-${two(r.integer(1, 99))}-${r.integer(1000, 9999)}`,
  (r) => {
    const joint = r.pick(['', ' ']);
    return [
      r.pick(['AB', 'NX', 'SC', 'PW', 'JG']),
      digits(r, 2),
      digits(r, 2),
      digits(r, 2),
      r.pick(['A', 'B', 'C', 'D']),
    ].join(joint);
  },
  (r) => {
    const number = r.integer(10_000_000, 99_999_999);
    return `${number}${r.pick(['', '-'])}${DNI[number % 23] ?? ''}`;
  },
  (r) => {
    const number = r.integer(0, 9_999_999);
    const lead = r.integer(0, 2);
    return `${'XYZ'[lead] ?? ''}${String(number).padStart(7, '0')}${DNI[(lead * 10_000_000 + number) % 23] ?? ''}`;
  },
  (r) => {
    const body = `${r.integer(1, 2)}${digits(r, 2)}${two(r.integer(1, 12))}${two(r.integer(1, 95))}${digits(r, 6)}`;
    const whole = `${body}${two(97 - (Number(body) % 97))}`;
    const joint = r.pick(['', ' ']);
    return whole.replace(
      /^(.)(..)(..)(..)(...)(...)(..)$/,
      `$1${joint}$2${joint}$3${joint}$4${joint}$5${joint}$6${joint}$7`,
    );
  },
  (r) => {
    const check = (text: string): string => {
      const sum = [...text].reduce(
        (total, character, at) => total + Number(character) * (text.length + 1 - at),
        0,
      );
      const rest = sum % 11;
      return String(rest < 2 ? 0 : 11 - rest);
    };
    const nine = digits(r, 9);
    const ten = nine + check(nine);
    return (ten + check(ten)).replace(/^(...)(...)(...)(..)$/, '$1.$2.$3-$4');
  },
];

const MAIL_LOCALS: readonly string[] = [
  'jean-luc.picard',
  'sales+eu',
  'no_reply',
  'x',
  'zoë',
  'd.o.n.n.a',
  "o'neil",
  'first.last+tag.2026',
  'Dev-Ops',
  'müller',
  'a1b2c3',
  'SUPPORT',
  '陳',
];
const MAIL_DOMAINS: readonly string[] = [
  'example.net',
  'mx1.example.ac.uk',
  'xn--bcher-kva.example.de',
  'bücher.example.at',
  'EXAMPLE.ORG',
  'a-b.example.io',
  'firma.example.gmbh',
  'пример.example.рф',
  '例え.example.jp',
  'sub.sub2.example.photography',
];
const mail: Draw = (r) => `${r.pick(MAIL_LOCALS)}@${r.pick(MAIL_DOMAINS)}`;

export const VALUES: Readonly<Record<string, Draw>> = {
  key: (r) => r.pick(KEYS)(r),
  jwt,
  pem,
  password: (r) => r.pick(PASSWORDS)(r),
  /** Without characters that a URL or a shell would need to escape. */
  plain: chars(WORD, 8, 20),
  token: (r) => r.pick(TOKENS)(r),
  basic: (r) => Buffer.from(`svc-${of(LOWER, r, 4)}:${of(WORD, r, 12)}`).toString('base64'),
  awsSecret: (r) => `${of(`${WORD}+/`, r, 38)}a7`,
  azureKey: (r) => `${of(`${WORD}+/`, r, 86)}==`,
  sig: (r) => `${of(WORD, r, 40)}%2B${of(WORD, r, 2)}%3D`,
  slackHook: (r) => `T0${of(UPPER + DIGIT, r, 8)}/B0${of(UPPER + DIGIT, r, 8)}/${of(WORD, r, 24)}`,
  otp: chars(DIGIT, 4, 6),
  card,
  notCard,
  phone: (r) => dialled(r.pick(PHONES), r),
  localPhone: (r) => dialled(r.pick(LOCAL_PHONES), r),
  id: (r) => r.pick(NATIONAL)(r),
  iban,
  mail,
  encodedMail: (r) => `${of(LOWER, r, 6)}.${of(LOWER, r, 5)}%40example.net`,
  quotedMail: (r) => `"${r.pick(['jane doe', 'a@b', 'very.unusual'])}"@example.net`,

  strong: oneOf(
    'password',
    'Password',
    'PASSWORD',
    'passwd',
    'user_password',
    'userPassword',
    'db-password',
    'DB_PASSWORD',
    'smtp.password',
    'pwd',
    'passphrase',
    'Passphrase',
    'client_secret',
    'clientSecret',
    'CLIENT_SECRET',
    'webhook-secret',
    'PGPASSWORD',
    'MYSQL_ROOT_PASSWORD',
    'newPassword',
    'old_passwd',
    'keystorePassword',
  ),
  weak: oneOf(
    'token',
    'Token',
    'access_token',
    'accessToken',
    'ACCESS_TOKEN',
    'refresh-token',
    'id_token',
    'sessionToken',
    'csrf_token',
    'x-auth-token',
    'api_key',
    'apiKey',
    'ApiKey',
    'API-KEY',
    'apikey',
    'secretKey',
    'SECRET_KEY',
    'encryption_key',
    'signingKey',
    'private_key',
    'aws_secret_access_key',
    'secretAccessKey',
    'authToken',
    'bot_token',
    'master-key',
  ),

  int: (r) => String(r.integer(0, 10 ** r.integer(1, 6))),
  big: chars(DIGIT, 7, 12),
  ms: (r) => String(1_763_000_000_000 + r.integer(0, 9e9)),
  us: (r) => String(1_763_000_000_000_000 + r.integer(0, 9e12)),
  iso: (r) => new Date(1_763_000_000_000 + r.integer(0, 9e9)).toISOString(),
  uuid: (r) => [8, 4, 4, 4, 12].map((count) => of(HEX, r, count)).join('-'),
  hex7: chars(HEX, 7, 12),
  hex16: chars(HEX, 16),
  hex32: chars(HEX, 32),
  hex40: chars(HEX, 40),
  hex64: chars(HEX, 64),
  ip: (r) => [0, 0, 0, 0].map(() => r.integer(1, 254)).join('.'),
  ip6: (r) => `2001:db8:${of(HEX, r, 4)}::${of(HEX, r, 4)}`,
  mac: (r) => [0, 0, 0, 0, 0, 0].map(() => of(HEX, r, 2)).join(r.pick([':', '-'])),
  version: (r) => `${r.integer(0, 30)}.${r.integer(0, 60)}.${r.integer(0, 9999)}`,
  coordinate: (r) => `${r.chance(0.5) ? '-' : ''}${r.integer(1, 89)}.${digits(r, r.integer(4, 9))}`,
  imei: (r) => {
    const body = `35${digits(r, 12)}`;
    return body + luhn(body);
  },
  word: oneOf('checkout', 'billing', 'ledger', 'edge', 'catalog', 'router', 'ingest'),
  name: oneOf('amelie', 'rahul', 'tomasz', 'keiko', 'svc-report', 'root', 'u4711'),
  path: oneOf(
    '/v2/items/81',
    '/srv/data/export.csv',
    '/opt/app/lib',
    '/api/reports/2026',
    '/healthz',
  ),
};

/** Writes values in the places of `{kind}`. */
export function fill(pattern: string, random: Random): string {
  return pattern.replace(/\{(\w+)\}/g, (whole, kind: string) => {
    const draw = VALUES[kind];
    return draw === undefined ? whole : draw(random);
  });
}
