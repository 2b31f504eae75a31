import type { Random } from '../core/random.ts';
import type { WireRecord } from '../model/wire-record.ts';

/** What one line of a persona is made of. */
export interface Line {
  readonly level: WireRecord['level'];
  readonly message: string;
  readonly user_id?: string;
  readonly error_code?: string;
  readonly duration_ms?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A kind of service: what it logs on a normal day. */
export interface ServicePersona {
  readonly service: string;
  /** Share of the simulation's rate that it gets. */
  readonly share: number;
  /** Kinds of lines with their weights. */
  readonly lines: readonly (readonly [weight: number, line: (random: Random) => Line])[];
}

const USERS = 400;

/** Names of simulated users; 400 of them, so that a normal day never makes one stand out. */
function user(random: Random): string {
  return `u-${random.integer(1, USERS)}`;
}

/** Log-normal like: mostly near `typical`, never near the 5 s at which a response counts as slow. */
function duration(random: Random, typical: number): number {
  return Math.round(Math.min(3_000, typical * Math.exp(random.normal(0, 0.5))) * 10) / 10;
}

const auth: ServicePersona = {
  service: 'auth-service',
  share: 0.22,
  lines: [
    [
      60,
      (r) => ({
        level: 'INFO',
        message: 'login accepted',
        user_id: user(r),
        duration_ms: duration(r, 60),
      }),
    ],
    [
      25,
      (r) => ({
        level: 'INFO',
        message: 'token refreshed',
        user_id: user(r),
        duration_ms: duration(r, 8),
      }),
    ],
    [
      10,
      (r) => ({ level: 'DEBUG', message: `session cache holds ${r.integer(900, 1_400)} entries` }),
    ],
    [4, (r) => ({ level: 'WARNING', message: 'password mistyped', user_id: user(r) })],
    [
      1,
      (r) => ({
        level: 'ERROR',
        message: 'login refused',
        user_id: user(r),
        error_code: 'AUTH_FAILED',
      }),
    ],
  ],
};

const payment: ServicePersona = {
  service: 'payment-service',
  share: 0.2,
  lines: [
    [
      70,
      (r) => ({
        level: 'INFO',
        message: `payment of ${r.between(3, 240).toFixed(2)} EUR captured`,
        user_id: user(r),
        duration_ms: duration(r, 320),
      }),
    ],
    [15, (r) => ({ level: 'INFO', message: 'receipt sent', user_id: user(r) })],
    [
      10,
      (r) => ({ level: 'DEBUG', message: `fraud score ${r.unit().toFixed(3)}`, user_id: user(r) }),
    ],
    [
      4,
      (r) => ({ level: 'WARNING', message: 'issuer asks for a second factor', user_id: user(r) }),
    ],
    [
      1,
      (r) => ({
        level: 'ERROR',
        message: 'card declined',
        user_id: user(r),
        error_code: 'CARD_DECLINED',
      }),
    ],
  ],
};

const database: ServicePersona = {
  service: 'database-service',
  share: 0.28,
  lines: [
    [
      70,
      (r) => ({
        level: 'INFO',
        message: `query on ${table(r)} finished`,
        duration_ms: duration(r, 12),
      }),
    ],
    [
      20,
      (r) => ({
        level: 'DEBUG',
        message: `buffer cache hit ratio ${r.between(0.96, 0.999).toFixed(4)}`,
      }),
    ],
    [7, (r) => ({ level: 'INFO', message: `checkpoint wrote ${r.integer(20, 900)} pages` })],
    [
      3,
      (r) => ({
        level: 'WARNING',
        message: `sequential scan on ${table(r)}`,
        duration_ms: duration(r, 400),
      }),
    ],
  ],
};

const apiGateway: ServicePersona = {
  service: 'api-gateway',
  share: 0.3,
  lines: [
    [90, (r) => request(r, 200)],
    [6, (r) => request(r, 404)],
    [3, (r) => ({ ...request(r, 429), level: 'WARNING' })],
    [1, (r) => ({ ...request(r, 500), level: 'ERROR', error_code: 'HTTP_500' })],
  ],
};

/** The four services of the demo, in the order in which `sim --services n` adds them. */
const PERSONAS: readonly ServicePersona[] = [auth, payment, database, apiGateway];

/** The n-th service: the four personas in turn, numbered from the second round on. */
export function persona(index: number): ServicePersona {
  const base = PERSONAS[index % PERSONAS.length] ?? apiGateway;
  const round = Math.floor(index / PERSONAS.length) + 1;
  return round === 1 ? base : { ...base, service: `${base.service}-${round}` };
}

function table(random: Random): string {
  return random.pick(['orders', 'users', 'sessions', 'invoices', 'devices']);
}

function request(random: Random, status: number): Line {
  const route = random.pick([
    '/v1/orders',
    '/v1/users/me',
    '/v1/basket',
    '/v1/search',
    '/v1/login',
  ]);
  const method = random.pick(['GET', 'GET', 'GET', 'POST']);
  return {
    level: 'INFO',
    message: `${method} ${route} ${status}`,
    user_id: user(random),
    duration_ms: duration(random, 90),
    attributes: { route, method, status },
  };
}
