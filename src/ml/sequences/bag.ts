import type { State } from './state.ts';

/** A bag: numbers of runs with their values, values being counts after `counting`. */
export interface Bag {
  readonly runs: Uint32Array;
  readonly values: Float64Array;
}

/** @throws MODEL_INVALID */
export function readBags(state: State, tableSize: number): Bag[] {
  const lengths = state.words('lengths');
  const runs = state.words('runs');
  const values = state.positives('values', runs.length);
  state.require(
    runs.every((run) => run < tableSize),
    'its runs do not fit',
  );
  const bags: Bag[] = [];
  let start = 0;
  for (const length of lengths) {
    const end = start + length;
    bags.push({ runs: runs.slice(start, end), values: values.slice(start, end) });
    start = end;
  }
  state.require(start === runs.length, 'its references do not fit');
  return bags;
}
