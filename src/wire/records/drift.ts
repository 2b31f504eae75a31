import { FIELD, FIELDS } from './fields.ts';

/** How records of a service differ from the schema, or from what they used to be. */
export type DriftKind = 'unknown' | 'type' | 'missing';

export const DRIFT_KINDS: readonly DriftKind[] = ['unknown', 'type', 'missing'];

export interface DriftEntry {
  readonly service: string;
  /** A field of the record; {@link OTHERS} for those beyond the limit. */
  readonly field: string;
  readonly kind: DriftKind;
  readonly count: number;
  /** Site-clock ms. */
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** What a draft knows of the record it read. */
export interface DriftView {
  /** Bits of the fields of FIELDS that it has. */
  readonly present: number;
  /** Bits of those whose value was of another type than the schema says. */
  readonly mistyped: number;
  /** The fields that the schema does not name. */
  readonly extra: Readonly<Record<string, unknown>> | undefined;
}

/** Stands for services and fields beyond the limits; no service has such a name. */
export const OTHERS = '(others)';
export const DRIFT_LIMITS = Object.freeze({ services: 256, fields: 64, nameLength: 128 });

/** A field that this many records in a row had is expected from then on. */
const WINDOW = 256;
const bit = (field: number): number => 1 << field;
const ALL = -1;
const OPTIONAL = FIELDS.reduce((mask, _, field) => mask | bit(field), 0) & ~bit(FIELD.attributes);

/**
 * Counts drift of the schema for each service and field. A record that fits
 * costs a few operations on bits; memory is bounded by {@link DRIFT_LIMITS}.
 */
export class SchemaDrift {
  readonly #services = new Map<string, ServiceDrift>();
  readonly #totals: Record<DriftKind, number> = { unknown: 0, type: 0, missing: 0 };
  #last: ServiceDrift | undefined;

  /** Looks at a record that was read; `at` in site-clock ms. */
  see(service: string, view: DriftView, at: number): void {
    const last = this.#last;
    const drift = last?.service === service ? last : this.#of(service);
    this.#last = drift;
    const missing = drift.window(view.present);
    if ((missing | view.mistyped) === 0 && view.extra === undefined) return;
    if (missing !== 0) this.#fields(drift, { kind: 'missing', mask: missing, at });
    if (view.mistyped !== 0) this.#fields(drift, { kind: 'type', mask: view.mistyped, at });
    for (const name in view.extra) this.#count(drift, name, { kind: 'unknown', at });
  }

  /** Everything counted, the newest first. */
  list(): readonly DriftEntry[] {
    return [...this.#services.values()]
      .flatMap((drift) => [...drift.entries()])
      .sort((a, b) => b.lastSeen - a.lastSeen);
  }

  total(kind: DriftKind): number {
    return this.#totals[kind];
  }

  #of(service: string): ServiceDrift {
    const known = this.#services.get(service);
    if (known !== undefined) return known;
    if (this.#services.size >= DRIFT_LIMITS.services && service !== OTHERS) return this.#of(OTHERS);
    const drift = new ServiceDrift(service);
    this.#services.set(service, drift);
    return drift;
  }

  #fields(drift: ServiceDrift, { mask, ...seen }: Seen & { readonly mask: number }): void {
    for (let left = mask; left !== 0; left &= left - 1) {
      const field = FIELDS[31 - Math.clz32(left & -left)];
      if (field !== undefined) this.#count(drift, field.name, seen);
    }
  }

  #count(drift: ServiceDrift, field: string, seen: Seen): void {
    this.#totals[seen.kind] += 1;
    drift.count(field, seen);
  }
}

interface Seen {
  readonly kind: DriftKind;
  readonly at: number;
}

class ServiceDrift {
  readonly service: string;
  readonly #counts = new Map<string, { -readonly [Key in keyof DriftEntry]: DriftEntry[Key] }>();
  #records = 0;
  #inAll = ALL;
  #inSome = 0;
  /** What was in every record of one window. */
  #usual = 0;
  /** Of these, what was in only some of the last window. */
  #mixed = 0;

  constructor(service: string) {
    this.service = service;
  }

  /** Takes which fields a record has, and answers which usual ones it lacks. */
  window(present: number): number {
    this.#inAll &= present;
    this.#inSome |= present;
    this.#records += 1;
    const missing = this.#usual & ~present;
    if (this.#records === WINDOW) this.#turn();
    return missing;
  }

  count(field: string, { kind, at }: Seen): void {
    const name = field.slice(0, DRIFT_LIMITS.nameLength);
    const key = `${kind} ${name}`;
    const known = this.#counts.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.lastSeen = Math.max(known.lastSeen, at);
      return;
    }
    if (this.#counts.size >= DRIFT_LIMITS.fields && field !== OTHERS) {
      this.count(OTHERS, { kind, at });
      return;
    }
    const { service } = this;
    this.#counts.set(key, { service, field: name, kind, count: 1, firstSeen: at, lastSeen: at });
  }

  entries(): Iterable<DriftEntry> {
    return this.#counts.values();
  }

  /** A field that comes and goes for two windows is simply optional, and no longer expected. */
  #turn(): void {
    const mixed = this.#inSome & ~this.#inAll;
    this.#usual = (this.#usual | (this.#inAll & OPTIONAL)) & ~(mixed & this.#mixed);
    this.#mixed = mixed;
    this.#records = 0;
    this.#inAll = ALL;
    this.#inSome = 0;
  }
}
