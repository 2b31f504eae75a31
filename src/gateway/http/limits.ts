import type { CallerRates } from './rate-limiter.ts';

/** Bounds of the HTTP server. Times are real ms. */
export interface HttpLimits {
  /** Largest body of `POST /v1/logs` in bytes. @default 1 MiB */
  readonly logsBodyBytes: number;
  /** Largest body of the inputs for shippers in bytes, before and after it is decompressed. @default 4 MiB */
  readonly inputBodyBytes: number;
  /** Largest body of `POST /v1/import` in bytes, before and after it is decompressed. @default 4 MiB */
  readonly importBodyBytes: number;
  /** Largest body of `POST /v1/device/frames` in bytes. @default 1 MiB */
  readonly framesBodyBytes: number;
  /** Largest body of any other route in bytes. @default 64 KiB */
  readonly bodyBytes: number;
  /** Open connections, sockets of watches and dashboards included. */
  readonly connections: number;
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  /** How long `POST /v1/logs` waits for its groups to be durable before it answers 503. */
  readonly durableMs: number;
  /** How long `close` lets requests and sockets finish before it cuts them. */
  readonly closeMs: number;
  /** What one token may send. */
  readonly perToken: CallerRates;
  /** What one address may send without a valid token. */
  readonly perAddress: CallerRates;
}

const MIB = 1_048_576;

export const HTTP_LIMITS: HttpLimits = Object.freeze({
  logsBodyBytes: MIB,
  importBodyBytes: 4 * MIB,
  inputBodyBytes: 4 * MIB,
  framesBodyBytes: MIB,
  bodyBytes: 65_536,
  connections: 25_000,
  headersMs: 5_000,
  requestMs: 30_000,
  keepAliveMs: 30_000,
  durableMs: 10_000,
  closeMs: 3_000,
  perToken: {
    requests: { perSecond: 5_000, burst: 10_000 },
    bytes: { perSecond: 128 * MIB, burst: 256 * MIB },
  },
  perAddress: {
    requests: { perSecond: 500, burst: 2_000 },
    bytes: { perSecond: 32 * MIB, burst: 64 * MIB },
  },
});
