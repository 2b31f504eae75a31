/** A small generator of numbers (mulberry32), so that generated lines are the same every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a generated line says, to compare with what a parser reads. */
export interface GeneratedLine {
  readonly line: string;
  readonly timestamp: number;
  readonly level: string;
  readonly user: string | undefined;
  readonly durationMs: number | undefined;
  readonly message: string | undefined;
}

export const RECEIVED_AT = Date.UTC(2026, 0, 1);
const START = Date.UTC(2025, 5, 1);
const USERS = ['alice', 'bob', 'u-1138', 'eve@example.org', undefined];
const MESSAGES = [
  'paid',
  'order "A-7" declined',
  'tab\there',
  'path C:\\temp',
  'größer als 5 €',
  'k=v in text',
  '',
];
const AGENTS = ['curl/8.0', 'Mozilla/5.0 (X11; Linux x86_64) \\"quoted\\" agent', '-'];
const PATHS = [
  '/',
  '/orders/17',
  '/a%20b?x=1&y=\\"2\\"',
  '/u/123e4567-e89b-12d3-a456-426614174000',
];

type Pick = <T>(items: readonly T[]) => T;

function make(
  count: number,
  seed: number,
  one: (index: number, pick: Pick, next: () => number) => GeneratedLine,
): readonly GeneratedLine[] {
  const next = numbers(seed);
  const pick: Pick = (items) => items[Math.floor(next() * items.length)]!;
  return Array.from({ length: count }, (_, index) => one(index, pick, next));
}

/** JSON lines in the manner of several loggers. */
export function jsonLog(count: number): readonly GeneratedLine[] {
  const pino: Record<string, number> = {
    DEBUG: 20,
    INFO: 30,
    WARNING: 40,
    ERROR: 50,
    CRITICAL: 60,
  };
  return make(count, 1, (index, pick, next) => {
    const timestamp = START + index * 137;
    const level = pick(Object.keys(pino));
    const message = pick(MESSAGES);
    const user = pick(USERS);
    const durationMs = next() < 0.5 ? Math.round(next() * 1e6) / 1000 : undefined;
    const iso = new Date(timestamp).toISOString();
    const shapes = [
      {
        time: timestamp,
        level: pino[level],
        pid: 7,
        hostname: 'h',
        name: 'pay',
        msg: message,
        userId: user,
        responseTime: durationMs,
      },
      {
        '@timestamp': iso,
        'log.level': level.toLowerCase(),
        message,
        service: { name: 'pay' },
        user: { name: user },
        event: { duration: durationMs === undefined ? undefined : durationMs * 1e6 },
      },
      {
        timestamp: iso.replace('Z', '+00:00'),
        severity: level,
        message,
        service: 'pay',
        user_id: user,
        duration_ms: durationMs,
      },
      {
        ts: timestamp / 1000,
        level: level.toLowerCase(),
        msg: message,
        app: 'pay',
        user,
        duration: durationMs === undefined ? undefined : `${durationMs}ms`,
      },
    ];
    return { line: JSON.stringify(pick(shapes)), timestamp, level, user, durationMs, message };
  });
}

export function logfmtLog(count: number): readonly GeneratedLine[] {
  return make(count, 2, (index, pick, next) => {
    const timestamp = START + index * 211;
    const level = pick(['DEBUG', 'INFO', 'WARNING', 'ERROR']);
    const message = pick(MESSAGES);
    const user = pick(USERS);
    const durationMs = next() < 0.5 ? Math.round(next() * 1e6) / 1000 : undefined;
    const quoted = `"${message.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\t', '\\t')}"`;
    const parts = [
      `ts=${new Date(timestamp).toISOString()}`,
      `level=${level.toLowerCase()}`,
      'service=pay',
      `msg=${quoted}`,
    ];
    if (user !== undefined) parts.push(`user=${user}`);
    if (durationMs !== undefined) parts.push(`duration=${durationMs}ms`);
    parts.push('debug', 'empty=', 'id=007');
    return { line: parts.join(' '), timestamp, level, user, durationMs, message };
  });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Access logs, common and combined, with requests that are none among them. */
export function accessLog(count: number, server: 'apache' | 'nginx'): readonly GeneratedLine[] {
  return make(count, server === 'apache' ? 3 : 4, (index, pick, next) => {
    const timestamp = START + index * 1000;
    const date = new Date(timestamp + 2 * 3_600_000);
    const two = (value: number): string => String(value).padStart(2, '0');
    const time = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0200`;
    const status = pick([200, 204, 301, 404, 499, 500, 503]);
    const user = pick(USERS);
    const request =
      next() < 0.05 ? pick(['-', '\\x16\\x03\\x01', '']) : `GET ${pick(PATHS)} HTTP/1.1`;
    const client = pick(['192.0.2.7', '2001:db8::7', 'client.example.org']);
    const combined =
      next() < 0.8 ? ` "${pick(['-', 'https://example.org/'])}" "${pick(AGENTS)}"` : '';
    const micros = Math.floor(next() * 1e7);
    const durationMs =
      combined !== '' && next() < 0.5
        ? server === 'apache'
          ? micros / 1000
          : Math.floor(micros / 1000)
        : undefined;
    const tail =
      durationMs === undefined
        ? ''
        : server === 'apache'
          ? ` ${micros}`
          : ` ${(durationMs / 1000).toFixed(3)}`;
    const line = `${client} - ${user ?? '-'} [${time}] "${request}" ${status} ${pick(['17', '-'])}${combined}${tail}`;
    const level = status >= 500 ? 'ERROR' : status >= 400 ? 'WARNING' : 'INFO';
    return { line, timestamp, level, user, durationMs, message: undefined };
  });
}
