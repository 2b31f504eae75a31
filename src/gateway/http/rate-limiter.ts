import type { Clock } from '../../core/clock.ts';
import { TokenBucket, type Rate } from './token-bucket.ts';

/** Requests and body bytes that one caller may send. */
export interface CallerRates {
  readonly requests: Rate;
  readonly bytes: Rate;
}

interface Buckets {
  readonly requests: TokenBucket;
  readonly bytes: TokenBucket;
}

/** Callers remembered; the one seen longest ago is forgotten first. */
const MAX_CALLERS = 10_000;

/** Token buckets per caller (a token, or an address); bounded. */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #rates: CallerRates;
  readonly #callers = new Map<string, Buckets>();

  constructor(clock: Clock, rates: CallerRates) {
    this.#clock = clock;
    this.#rates = rates;
  }

  /** Counts one request; 0, or the ms to wait when it is one too many. */
  request(caller: string): number {
    const now = this.#clock.monotonic();
    return this.#of(caller, now).requests.take(1, now);
  }

  /** Counts body bytes; 0, or the ms to wait when they are too many. */
  bytes(caller: string, count: number): number {
    const now = this.#clock.monotonic();
    return this.#of(caller, now).bytes.take(count, now);
  }

  #of(caller: string, now: number): Buckets {
    let buckets = this.#callers.get(caller);
    if (buckets === undefined) {
      buckets = {
        requests: new TokenBucket(this.#rates.requests, now),
        bytes: new TokenBucket(this.#rates.bytes, now),
      };
      if (this.#callers.size >= MAX_CALLERS) this.#forgetOldest();
    } else {
      this.#callers.delete(caller);
    }
    this.#callers.set(caller, buckets);
    return buckets;
  }

  #forgetOldest(): void {
    for (const oldest of this.#callers.keys()) {
      this.#callers.delete(oldest);
      return;
    }
  }
}

/** What an address is counted under: IPv4 whole, IPv6 by its /64, which is what one subscriber gets. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'ip:unknown';
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  if (!plain.includes(':')) return `ip:${plain}`;
  const [head = '', tail = ''] = plain.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return `ip:${[...left, ...zeros, ...right].slice(0, 4).join(':')}`;
}
