/** Services told apart at most when the configuration does not say: an actor each at worst. */
export const SERVICE_LIMIT = 10_000;
/** When services were refused, room is made until this share of the limit is left. */
const KEPT = 0.9;

export interface KnownServicesState {
  /** Names, and the site time at which each last sent something, oldest first. */
  readonly services: readonly (readonly [service: string, at: number])[];
}

export interface ForgetRule {
  /** Services not heard of since may be forgotten. */
  readonly before: number;
  /** Those that may not, whatever their age: expected, or with an open alert. */
  readonly isHeld: (service: string) => boolean;
}

/**
 * Which services have an actor of their own. Services name themselves, so
 * that a sender could make up any number of them. Beyond the limit records of
 * new ones are taken under one overflow subject, until services that were
 * silent long enough make room. Part of the fold, as `KnownUsers` is.
 */
export class KnownServices {
  /** In order of their last record, oldest first. */
  #services = new Map<string, number>();
  #refused = 0;
  #wasRefused = false;
  #lastRefusedAt = Number.NEGATIVE_INFINITY;
  #isDirty = false;

  get size(): number {
    return this.#services.size;
  }

  /** Groups of services that were not told apart, since the process started. */
  get refused(): number {
    return this.#refused;
  }

  /** Site time of the last refusal of this process; -Infinity before the first. */
  get lastRefusedAt(): number {
    return this.#lastRefusedAt;
  }

  /** Whether a service is told apart; if so, it is known from now on. */
  admits(service: string, now: number, rule: { limit: number; isExpected: boolean }): boolean {
    const isKnown = this.#services.get(service);
    if (isKnown === now) return true;
    if (isKnown === undefined && !rule.isExpected && this.#services.size >= rule.limit) {
      this.#refused += 1;
      this.#wasRefused = true;
      this.#lastRefusedAt = now;
      return false;
    }
    this.#services.delete(service);
    this.#services.set(service, now);
    this.#isDirty = true;
    return true;
  }

  /** At a tick: gives the services that are forgotten now; none unless one was refused since the last tick. */
  tick(limit: number, { before, isHeld }: ForgetRule): readonly string[] {
    if (!this.#wasRefused) return [];
    this.#wasRefused = false;
    const forgotten: string[] = [];
    const kept = Math.floor(limit * KEPT);
    for (const [service, at] of this.#services) {
      if (at >= before || this.#services.size <= kept) break;
      if (isHeld(service)) continue;
      this.#services.delete(service);
      forgotten.push(service);
    }
    if (forgotten.length > 0) this.#isDirty = true;
    return forgotten;
  }

  /** The state when it changed since it was last asked for. */
  dirty(): KnownServicesState | undefined {
    if (!this.#isDirty) return undefined;
    this.#isDirty = false;
    return { services: [...this.#services] };
  }

  restore({ services }: KnownServicesState): void {
    this.#services = new Map(services);
  }
}
