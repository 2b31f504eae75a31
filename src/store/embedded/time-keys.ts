import type { Key } from 'lmdb';
import { openBytes, type StoreKey } from './checked.ts';
import type { BlockKey } from './block-values.ts';
import type { Environment } from './environment.ts';

export type TimeKey = readonly [side: string, bound: number, other: number, ...key: BlockKey];

export interface TimeRange {
  readonly from: StoreKey;
  readonly end: StoreKey;
}

/** Keys are fetched in batches, so that no read transaction stays open between turns. */
const BATCH = 64;

/** Keys of the table `times` in several ranges, all in the order of their bounds. */
export class TimeKeys {
  readonly #ranges: readonly RangeKeys[];

  constructor(environment: Environment, ranges: readonly TimeRange[]) {
    this.#ranges = ranges.map((range) => new RangeKeys(environment, range));
  }

  next(): TimeKey | undefined {
    let best: RangeKeys | undefined;
    for (const range of this.#ranges) {
      const key = range.peek();
      if (key === undefined) continue;
      if (best === undefined || key[1] < (best.peek()?.[1] ?? Infinity)) best = range;
    }
    return best?.take();
  }
}

class RangeKeys {
  readonly #environment: Environment;
  readonly #end: StoreKey;
  #from: StoreKey | undefined;
  #batch: readonly TimeKey[] = [];
  #index = 0;

  constructor(environment: Environment, { from, end }: TimeRange) {
    this.#environment = environment;
    this.#from = from;
    this.#end = end;
  }

  peek(): TimeKey | undefined {
    if (this.#index === this.#batch.length && this.#from !== undefined) this.#fetch(this.#from);
    return this.#batch[this.#index];
  }

  take(): TimeKey | undefined {
    const key = this.peek();
    this.#index += 1;
    return key;
  }

  #fetch(from: StoreKey): void {
    const range = {
      start: from as Key,
      end: this.#end as Key,
      exclusiveStart: this.#batch.length > 0,
      limit: BATCH,
    };
    this.#batch = this.#environment.read(({ times }) =>
      [...times.getRange(range)].map(({ key, value }) => {
        openBytes(key as StoreKey, value);
        return key as unknown as TimeKey;
      }),
    );
    this.#index = 0;
    this.#from = this.#batch.length < BATCH ? undefined : this.#batch.at(-1);
  }
}
