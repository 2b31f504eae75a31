/** Cumulative count; `inc` with no argument adds one. */
export interface Counter {
  inc(by?: number): void;
}
export interface Gauge {
  set(value: number): void;
}
export interface Histogram {
  /** @param value in the unit of the metric's name. */
  observe(value: number): void;
}

/** Upper bounds of a histogram's buckets, with labels of low cardinality. */
export interface LabelledBuckets {
  readonly buckets: readonly number[];
  readonly labels: Labels;
}

export type Labels = Readonly<Record<string, string>>;

/**
 * Names follow `watchkeeper_<noun>_<unit>_total`. Asking twice for one name
 * and labels gives the same instrument; label values must be of low cardinality.
 */
export interface Metrics {
  counter(name: string, help: string, labels?: Labels): Counter;
  /** A gauge read when metrics are scraped. */
  observed(name: string, help: string, read: () => number): void;
  gauge(name: string, help: string, labels?: Labels): Gauge;
  histogram(name: string, help: string, buckets: readonly number[] | LabelledBuckets): Histogram;
}

const ignore = (): void => undefined;

export const noMetrics: Metrics = {
  counter: () => ({ inc: ignore }),
  observed: ignore,
  gauge: () => ({ set: ignore }),
  histogram: () => ({ observe: ignore }),
};
