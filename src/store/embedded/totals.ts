import { isWatchkeeperError } from '../../core/errors.ts';
import type { BlockSummary } from './block-summary.ts';
import { openObject, sealObject } from './checked.ts';
import type { Environment, Table, TableName } from './environment.ts';
import { WIDTH_CLASSES, widthClassOf } from './width-class.ts';

const KEY = ['records'] as const;

interface TotalsValue {
  readonly records: number;
  /** By width class the widest range of event times that a block ever had, in ms: how far a walk must begin before its range. */
  readonly widest: readonly number[];
  /** The same for times of observation. */
  readonly widestObservedMs: number;
}

/** Sums over all blocks, written in the same transaction as the blocks that change them. */
export class Totals {
  /** Whether it was written before blocks were indexed by time of observation. */
  isOld = false;
  readonly #environment: Environment;
  #value: TotalsValue;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#value = this.#load();
  }

  get records(): number {
    return this.#value.records;
  }

  /** By width class. */
  get widest(): readonly number[] {
    return this.#value.widest;
  }

  get widestObservedMs(): number {
    return this.#value.widestObservedMs;
  }

  /** Counts `added` in place of `replaced` and writes the result. */
  change(
    tables: Readonly<Record<TableName, Table>>,
    { added, replaced }: { readonly added?: BlockSummary; readonly replaced?: Counted | undefined },
  ): void {
    const span = added === undefined ? 0 : added.maxTimestamp - added.minTimestamp;
    const observedSpan = added === undefined ? 0 : added.maxObserved - added.minObserved;
    this.#value = {
      records: this.#value.records + (added?.count ?? 0) - (replaced?.count ?? 0),
      widest: widened(this.#value.widest, span),
      widestObservedMs: Math.max(this.#value.widestObservedMs, observedSpan),
    };
    void tables.totals.put([...KEY], sealObject(KEY, this.#value));
  }

  /** Forgets what a failed write had counted. */
  reload(): void {
    this.#value = this.#load();
  }

  #load(): TotalsValue {
    const value = this.#environment.get('totals', KEY);
    if (value === undefined) return this.#recount();
    try {
      const totals = openObject<OlderTotals>(KEY, value);
      const { widestMs, widestObservedMs } = totals;
      this.isOld = widestObservedMs === undefined;
      if (this.isOld) return this.#recount();
      if (widestMs === undefined) return totals as TotalsValue;
      // All blocks so far are held in the first class, whatever their span.
      return { ...(totals as TotalsValue), widest: [widestMs, 0, 0] };
    } catch (error) {
      if (!isWatchkeeperError(error, 'STORE_CORRUPT')) throw error;
      return this.#recount();
    }
  }

  #recount(): TotalsValue {
    let records = 0;
    let widest: readonly number[] = NONE;
    let widestObservedMs = 0;
    for (const { key, value } of this.#environment.tables.blocks.getRange()) {
      const summary = openObject<BlockSummary>(key as unknown as (string | number)[], value);
      records += summary.count;
      widest = widened(widest, summary.maxTimestamp - summary.minTimestamp);
      widestObservedMs = Math.max(widestObservedMs, summary.maxObserved - summary.minObserved);
    }
    return { records, widest, widestObservedMs };
  }
}

/** As earlier versions wrote it: without times of observation, then with one class of width. */
type OlderTotals = Partial<TotalsValue> & { readonly records: number; readonly widestMs?: number };

const NONE: readonly number[] = WIDTH_CLASSES.map(() => 0);

function widened(widest: readonly number[], span: number): readonly number[] {
  const own = widthClassOf(span);
  if (span <= (widest[own] ?? 0)) return widest;
  return widest.map((before, index) => (index === own ? span : before));
}

export type Counted = Pick<BlockSummary, 'count'>;
