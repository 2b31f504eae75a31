/** How the values of an interval become one. */
export type Fold = 'mean' | 'last' | 'max' | 'min';

/** Values of one interval of event time, while records of it come. */
export interface Interval {
  /** A multiple of the interval's length, in ms. */
  readonly start: number;
  readonly count: number;
  readonly sum: number;
  readonly least: number;
  readonly greatest: number;
  /** Of the greatest event time; of several the one that came last. */
  readonly last: number;
  readonly lastAt: number;
  /** `<lsn>.<ordinal>` of the record that came last. */
  readonly trigger: string;
}

/** One value of a record. */
export interface Reading {
  readonly timestamp: number;
  readonly value: number;
  readonly trigger: string;
}

export function startInterval(start: number, { timestamp, value, trigger }: Reading): Interval {
  return {
    start,
    count: 1,
    sum: value,
    least: value,
    greatest: value,
    last: value,
    lastAt: timestamp,
    trigger,
  };
}

export function addReading(interval: Interval, reading: Reading): Interval {
  const { timestamp, value, trigger } = reading;
  const isLast = timestamp >= interval.lastAt;
  return {
    start: interval.start,
    count: interval.count + 1,
    sum: interval.sum + value,
    least: Math.min(interval.least, value),
    greatest: Math.max(interval.greatest, value),
    last: isLast ? value : interval.last,
    lastAt: isLast ? timestamp : interval.lastAt,
    trigger,
  };
}

/** The one value of an interval; a count's is its sum. */
export function intervalValue({ sum, count, ...interval }: Interval, fold: Fold | 'sum'): number {
  switch (fold) {
    case 'sum':
      return sum;
    case 'mean':
      return sum / count;
    case 'last':
      return interval.last;
    case 'max':
      return interval.greatest;
    case 'min':
      return interval.least;
  }
}
