/** What of a record a table is looked up by. */
export type LookupKey = 'device' | 'service' | 'user';

export const LOOKUP_KEYS: readonly LookupKey[] = ['device', 'service', 'user'];

/** Who works when: rules in order, of which the first that fits counts. */
export interface ShiftRule {
  readonly name: string;
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
  /** Minutes from midnight, [from, to); a rule whose end is not after its start goes past midnight. */
  readonly from: number;
  readonly to: number;
}

/** Attributes by key, such as owner, site and firmware by device. Frozen once built. */
export interface LookupTable {
  readonly name: string;
  readonly key: LookupKey;
  readonly rows: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Everything that records are enriched with; replaced as a whole, never changed. */
export interface LookupTables {
  readonly tables: readonly LookupTable[];
  readonly shifts: readonly ShiftRule[];
  /** Minutes that local time is ahead of UTC. */
  readonly utcOffsetMinutes: number;
}

export const NO_TABLES: LookupTables = Object.freeze({
  tables: Object.freeze([]),
  shifts: Object.freeze([]),
  utcOffsetMinutes: 0,
});

export const TABLE_LIMITS = Object.freeze({
  /** Bytes of one file. */
  bytes: 16 * 1024 * 1024,
  rows: 100_000,
  columns: 16,
  /** Characters of one value. */
  value: 256,
});
