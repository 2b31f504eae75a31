import { Random } from '../../../src/core/random.ts';
import {
  card,
  digits,
  email,
  hex,
  jwt,
  letters,
  nationalId,
  notCard,
  opaque,
  password,
  pem,
  phone,
  SHAPED_SECRETS,
  uuid,
} from './corpus-values.ts';

export type CorpusKind = 'secret' | 'card' | 'email' | 'phone' | 'national_id';

export interface Span {
  readonly kind: CorpusKind;
  /** Half-open, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

export interface LabelledLine {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** `count` lines, about half of them with something to redact; the same seed gives the same lines. */
export function corpus(seed: number, count = 5000): readonly LabelledLine[] {
  const random = new Random(seed, 'redaction corpus');
  return Array.from({ length: count }, () =>
    build(random.chance(0.5) ? random.pick(POSITIVE)(random) : random.pick(NEGATIVE)(random)),
  );
}

type Part = string | { readonly kind: CorpusKind; readonly text: string };
type Maker = (random: Random) => readonly Part[];

function build(parts: readonly Part[]): LabelledLine {
  let text = '';
  const spans: Span[] = [];
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    spans.push({ kind: part.kind, start: text.length, end: text.length + part.text.length });
    text += part.text;
  }
  return { text, spans };
}

const secret = (text: string): Part => ({ kind: 'secret', text });
const mail = (r: Random): Part => ({ kind: 'email', text: email(r) });
const tel = (r: Random): Part => ({ kind: 'phone', text: phone(r) });
const pan = (r: Random): Part => ({ kind: 'card', text: card(r) });
const id = (r: Random): Part => ({ kind: 'national_id', text: nationalId(r) });
const shaped = (r: Random): Part => secret(r.pick(SHAPED_SECRETS)(r));

const WEAK = [
  'token',
  'access_token',
  'refresh_token',
  'api_key',
  'apikey',
  'x-api-key',
  'auth_token',
  'client_secret',
  'AWS_SECRET_ACCESS_KEY',
  'secretKey',
  'accessToken',
  'sessionToken',
  'private_key',
];
const STRONG = [
  'password',
  'passwd',
  'pwd',
  'db_password',
  'DB_PASS',
  'userPassword',
  'passphrase',
];

const time = (r: Random): string => new Date(1_763_000_000_000 + r.integer(0, 9e9)).toISOString();
const ip = (r: Random): string =>
  [r.integer(1, 223), r.integer(0, 255), r.integer(0, 255), r.integer(1, 254)].join('.');

/** Punctuation that follows a value in running text. */
const after = (r: Random): string => r.pick(['', '.', ', trying again', ' (from cache)', '; done']);

const POSITIVE: readonly Maker[] = [
  // Secrets by shape.
  (r) => ['Uploading with key ', shaped(r), after(r)],
  (r) => [`${time(r)} DEBUG http: authorization failed for `, shaped(r)],
  (r) => [
    '{"level":"info","msg":"webhook","data":"',
    shaped(r),
    '","n":',
    String(r.integer(1, 99)),
    '}',
  ],
  (r) => ['git clone https://', shaped(r), '@github.com/acme/repo.git'],
  (r) => ['export FOO=', shaped(r)],
  (r) => ['    at connect (client.js:12:9) key: "', shaped(r), '"'],
  // Headers.
  (r) => ['Authorization: Bearer ', secret(r.pick([jwt, opaque])(r))],
  (r) => ['> authorization: Basic ', secret(Buffer.from(`bob:${password(r)}`).toString('base64'))],
  (r) => [`curl -H "Authorization: Bearer `, secret(opaque(r)), `" http://svc/v1`],
  (r) => ['headers={"Authorization": "Bearer ', secret(jwt(r)), '", "Accept": "*/*"}'],
  (r) => ['X-Api-Key: ', secret(opaque(r))],
  (r) => ['got bearer ', secret(opaque(r)), after(r)],
  // Names and values.
  (r) => [`${r.pick(WEAK)}=`, secret(opaque(r)), ` status=${r.integer(200, 504)}`],
  (r) => [`${r.pick(STRONG)}=`, secret(password(r)), r.pick(['', ' user=root', '&x=1'])],
  (r) => [`{"user":"bob","${r.pick(STRONG)}":"`, secret(password(r)), '","n":1}'],
  (r) => [`{"${r.pick(WEAK)}": "`, secret(opaque(r)), '", "expires_in": 3600}'],
  (r) => [`body="{\\"${r.pick(STRONG)}\\":\\"`, secret(password(r)), '\\"}"'],
  (r) => [`level=info ts=${time(r)} ${r.pick(STRONG)}="`, secret(password(r)), '" ok=true'],
  (r) => [`GET /cb?code=7&${r.pick(WEAK)}=`, secret(letters(r, 32)), '&lang=de HTTP/1.1'],
  (r) => [`${r.pick(STRONG)}: `, secret(password(r))],
  (r) => [`${r.pick(STRONG)}: '`, secret(password(r)), "'"],
  (r) => [`mysql --user=app --password=`, secret(password(r)), ' --host=db1'],
  (r) => [`run tool --api-key `, secret(opaque(r)), ' --verbose'],
  (r) => [`run tool --password `, secret(password(r)), ' --verbose'],
  (r) => [`Server=db1;Database=app;User Id=sa;Password=`, secret(password(r)), ';Encrypt=true'],
  (r) => [`AccountName=acme;AccountKey=`, secret(`${letters(r, 86)}==`), ';EndpointSuffix=core'],
  (r) => [`const config = { ${r.pick(STRONG)}: "`, secret(password(r)), '", port: 5432 };'],
  (r) => [`<password>`, secret(password(r)), '</password>'],
  (r) => [`:password => "`, secret(password(r)), '"'],
  (r) => [`The password is `, secret(`${letters(r, 6)}${digits(r, 3)}`), after(r)],
  (r) => [`your one-time code: otp=`, secret(digits(r, 6))],
  (r) => [`Set-Cookie: sessionid=`, secret(letters(r, 32)), '; Path=/; HttpOnly'],
  // URLs.
  (r) => [
    `connect ${r.pick(['postgres', 'amqp', 'mongodb+srv', 'redis', 'https'])}://app:`,
    secret(letters(r, r.integer(6, 20))),
    `@db.internal:5432/app`,
  ],
  (r) => [
    `proxy http://bob:`,
    secret(password(r).replaceAll('@', '_').replaceAll('#', '_')),
    `@${ip(r)}:3128 refused`,
  ],
  // Private keys.
  (r) => ['loaded key ', secret(pem(r)), ' from env'],
  (r) => ['{"pem":"', secret(pem(r)), '"}'],
  // Cards.
  (r) => ['Payment declined for card ', pan(r), after(r)],
  (r) => ['{"pan":"', pan(r), `","amount":${r.integer(1, 9999)}}`],
  (r) => ['card_number=', pan(r), ' exp=12/27'],
  (r) => [`${time(r)} charge `, pan(r), ` amount ${r.integer(1, 500)}.00 EUR`],
  (r) => ['cc: ', pan(r), ', holder: Maria'],
  // E-mail.
  (r) => ['Sent mail to ', mail(r), after(r)],
  (r) => ['{"email":"', mail(r), '","verified":true}'],
  (r) => ['user=', mail(r), ' action=login result=ok'],
  (r) => ['From: Anna <', mail(r), '> to <', mail(r), '>'],
  (r) => ['mailto:', mail(r), '?subject=hi'],
  (r) => ['login failed for user ', mail(r), ` from ${ip(r)}`],
  (r) => ['GET /users/', mail(r), '/orders 404'],
  // Phones.
  (r) => ['Called ', tel(r), after(r)],
  (r) => ['{"phone":"', tel(r), '","sms":true}'],
  (r) => ['sms to ', tel(r), ' delivered in 1204 ms'],
  (r) => ['contact phone: ', tel(r), ', office 3'],
  (r) => ['phone=', { kind: 'phone', text: `0${r.integer(1, 9)}${digits(r, 8)}` }, ' ok'],
  (r) => ['tel:', { kind: 'phone', text: `+${r.pick(['1415', '4930', '3361'])}${digits(r, 7)}` }],
  // National ids.
  (r) => ['applicant ', id(r), after(r)],
  (r) => ['{"national_id":"', id(r), '"}'],
  (r) => ['transfer to ', id(r), ' booked'],
  (r) => ['tax id=', id(r), ' checked'],
  // Several at once.
  (r) => [`${time(r)} signup `, mail(r), ' ', tel(r), ' card ', pan(r)],
  (r) => ['contact ', mail(r), ' or ', tel(r), '; IBAN/ID ', id(r)],
  (r) => ['login ', mail(r), ' password=', secret(password(r))],
];

const PATHS = ['/v1/orders', '/health', '/usr/lib/node', '/var/log/app.log', '/api/users/42'];
const CLASSES = [
  'com.acme.payment.TokenService',
  'org.apache.zookeeper.server.PrepRequestProcessor',
];

const NEGATIVE: readonly Maker[] = [
  (r) => [`Order ${digits(r, r.integer(6, 12))} shipped`],
  (r) => [`order_id=${notCard(r)} total=${r.integer(1, 999)}.50`],
  (r) => [`Invoice ${notCard(r)} for customer ${digits(r, 8)}`],
  (r) => [`${time(r)} INFO request ${uuid(r)} took ${r.integer(1, 4000)} ms`],
  (r) => [`trace_id=${hex(r, 32)} span_id=${hex(r, 16)}`],
  (r) => [`commit ${hex(r, 40)} merged`],
  (r) => [`sha256:${hex(r, 64)} pulled`],
  (r) => [`digest=${hex(r, 32)} etag="${hex(r, 40)}"`],
  (r) => [
    `upgraded to v${r.integer(0, 20)}.${r.integer(0, 99)}.${r.integer(0, 99)}-rc.${r.integer(1, 9)}`,
  ],
  (r) => [
    `version ${r.integer(1, 9)}.${digits(r, 2)}.${digits(r, 4)}.${digits(r, 5)} of the driver`,
  ],
  (r) => [`connection from ${ip(r)} port ${r.integer(1024, 65535)}`],
  (r) => [
    `${ip(r)} - - [31/Jan/2026:12:00:${digits(r, 2)} +0100] "GET ${r.pick(PATHS)} HTTP/1.1" 200 ${digits(r, 5)}`,
  ],
  (r) => [`peer fe80::${hex(r, 4)}:${hex(r, 4)}:${hex(r, 4)} is up`],
  (r) => [`mac ${[1, 2, 3, 4, 5, 6].map(() => hex(r, 2)).join(':')} joined`],
  (r) => [`ts=${1_763_000_000_000 + r.integer(0, 9e9)} ns=17630${digits(r, 14)}`],
  (r) => [
    `2026-01-${String(r.integer(10, 31))} 12:${digits(r, 2)}:0${r.integer(0, 9)},${digits(r, 3)} pid ${digits(r, 5)} tid ${digits(r, 5)}`,
  ],
  (r) => [
    `${r.integer(10, 28)}.${r.integer(10, 12)}.2026 ${r.integer(10, 23)}:${digits(r, 2)} backup ok`,
  ],
  (r) => [`20260131${digits(r, 6)} rotated`],
  (r) => [`blk_-${digits(r, 19)} size ${digits(r, 8)}`],
  (r) => [`offsets ${digits(r, 4)} ${digits(r, 4)} ${digits(r, 4)} committed`],
  (r) => [
    `counters ${r.integer(100, 999)} ${r.integer(10, 99)} ${r.integer(1000, 9999)} ${r.integer(1, 9)}`,
  ],
  (r) => [`range ${digits(r, 7)}-${digits(r, 7)}/${digits(r, 8)}`],
  (r) => [`lat=${r.integer(10, 80)}.${digits(r, 7)} lon=-${r.integer(10, 99)}.${digits(r, 7)}`],
  (r) => [`at ${r.pick(CLASSES)}.run(Worker.java:${r.integer(10, 999)})`],
  (r) => [`java.lang.Object@${hex(r, 8)} leaked`],
  (r) => [`installed lodash@4.17.${r.integer(1, 21)} and @acme/tokens@${r.integer(1, 9)}.0.1`],
  (r) => [`git@github.com:acme/repo${r.integer(1, 9)}.git cloned`],
  (r) => [`user@${r.integer(1000, 1010)}.service: started`],
  (r) => [`rabbit@node${r.integer(1, 9)}.cluster.local is down`],
  () => [`loaded icon@2x.png and sprite@3x.png`],
  (r) => [
    `max_tokens=${r.integer(100, 9000)} token_count=${r.integer(1, 999)} tokens: ${r.integer(1, 99)}`,
  ],
  (r) => [`token_type=bearer expires_in=${r.integer(100, 9000)}`],
  () => ['password must be at least 8 characters'],
  (r) => [`Failed password for invalid user admin from ${ip(r)} port ${digits(r, 5)} ssh2`],
  () => ['error: password: incorrect'],
  () => ['password=null passwd=**** secret=[REDACTED]'],
  (r) => [`password_changed=true password_age_days=${r.integer(1, 90)}`],
  (r) => [`key=user:${r.integer(1, 999)}:profile cache=hit`],
  (r) => [`primary_key=id foreign_key=order_id rows=${digits(r, 5)}`],
  (r) => [`keyboard: key ${r.integer(1, 99)} pressed, keycode=${r.integer(1, 99)}`],
  (r) => [`Next token: identifier at line ${r.integer(1, 99)}`],
  (r) => [`unexpected token '}' in JSON at position ${r.integer(1, 999)}`],
  () => ['secret santa list: 12 people, the secret is out'],
  () => ['Basic authentication is enabled; bearer tokens are preferred'],
  (r) => [`auth=ok session started for u-${r.integer(1, 9999)}`],
  (r) => [`pass: ${r.integer(1, 99)} fail: ${r.integer(0, 9)} skipped: 0`],
  (r) => [
    `GET http://svc.internal:${r.integer(1000, 9999)}/v1/items?page=${r.integer(1, 99)}&sort=asc`,
  ],
  (r) => [`fetched https://example.com/a/${hex(r, 24)}.js in ${r.integer(1, 999)}ms`],
  (r) => [`Package_for_KB${digits(r, 7)}~31bf3856ad364e35~amd64~~6.1.1.${r.integer(1, 9)}`],
  (r) => [`part number AB-${digits(r, 4)}-${digits(r, 4)} in stock`],
  (r) => [`flight LH${digits(r, 4)} gate B${digits(r, 2)}, seat 12A`],
  (r) => [`isbn 978-${r.integer(0, 9)}-${digits(r, 4)}-${digits(r, 4)}-${r.integer(0, 9)}`],
  (r) => [`imei-like serial ${digits(r, 9)} registered`],
  (r) => [`tracking 1Z${letters(r, 16, 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789')}`],
  (r) => [`heap ${digits(r, 9)} of ${digits(r, 10)} bytes used (+${digits(r, 7)})`],
  (r) => [`user u${r.integer(1, 99999)} opened ${r.pick(PATHS)} in ${r.integer(1, 5000)} ms`],
  (r) => [`addr 0x${hex(r, 16)} size=${digits(r, 6)}`],
  (r) => [`watch w-${digits(r, 6)} heart_rate=${r.integer(40, 180)} battery=${r.integer(1, 100)}`],
  (r) => [`data:image/png;base64,${letters(r, 60)}`],
  () => ['Public key: -----BEGIN PUBLIC KEY----- follows'],
  (r) => [`zip ${digits(r, 5)}-${digits(r, 4)} and plan 10-20-2026`],
  (r) => [`ECONNREFUSED ${ip(r)}:${digits(r, 4)} after ${r.integer(1, 9)} attempts`],
];
