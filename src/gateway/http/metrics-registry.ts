import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
  collectDefaultMetrics,
} from 'prom-client';
import type {
  Counter,
  Gauge,
  Histogram,
  LabelledBuckets,
  Labels,
  Metrics,
} from '../../core/metrics.ts';

/** {@link Metrics} that can be scraped. */
export interface MetricsRegistry extends Metrics {
  /** The Prometheus text exposition format. */
  readonly contentType: string;
  text(): Promise<string>;
  /** Gauges of one name, read together at each scrape; a row that is no longer given is gone. */
  observedRows(name: string, help: string, rows: ObservedRows): void;
}

export interface ObservedRows {
  /** Names of the labels, which every row has. */
  readonly labelNames: readonly string[];
  /** Never rejects. */
  readonly read: () => Promise<readonly { readonly labels: Labels; readonly value: number }[]>;
}

export interface MetricsRegistryOptions {
  /** Whether to add the process's own metrics (CPU, memory, event loop, GC). @default true */
  readonly processMetrics?: boolean;
}

const PREFIX = 'watchkeeper_';

/**
 * Metrics on a prom-client registry of their own.
 * Label names of one metric must be the same at every call.
 */
export function createMetricsRegistry({
  processMetrics = true,
}: MetricsRegistryOptions = {}): MetricsRegistry {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const instruments = new Map<string, unknown>();
  const once = <T>(name: string, labels: Labels, make: () => T): T => {
    const key = `${name}${JSON.stringify(Object.entries(labels).sort())}`;
    const known = instruments.get(key) as T | undefined;
    if (known !== undefined) return known;
    const made = make();
    instruments.set(key, made);
    return made;
  };
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    counter: (name, help, labels = {}) =>
      once(name, labels, () => labelledCounter(registry, { name, help, labels })),
    gauge: (name, help, labels = {}) =>
      once(name, labels, () => labelledGauge(registry, { name, help, labels })),
    histogram: (name, help, shape) => {
      const { buckets, labels } = 'buckets' in shape ? shape : { buckets: shape, labels: {} };
      return once(name, labels, () => histogram(registry, { name, help, buckets, labels }));
    },
    observed: (name, help, read) => {
      registry.removeSingleMetric(name);
      observedGauge(registry, { name, help, read });
    },
    observedRows: (name, help, rows) => {
      registry.removeSingleMetric(name);
      rowsGauge(registry, { name, help, ...rows });
    },
  };
}

interface Labelled {
  readonly name: string;
  readonly help: string;
  readonly labels: Labels;
}

function labelledCounter(registry: Registry, { name, help, labels }: Labelled): Counter {
  const known = registry.getSingleMetric(name) as PromCounter | undefined;
  const metric =
    known ??
    new PromCounter({ name, help, labelNames: Object.keys(labels), registers: [registry] });
  const child = metric.labels(labels);
  return {
    inc: (by = 1) => {
      child.inc(by);
    },
  };
}

function labelledGauge(registry: Registry, { name, help, labels }: Labelled): Gauge {
  const known = registry.getSingleMetric(name) as PromGauge | undefined;
  const metric =
    known ?? new PromGauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
  const child = metric.labels(labels);
  return {
    set: (value) => {
      child.set(value);
    },
  };
}

function histogram(
  registry: Registry,
  { name, help, buckets, labels }: Labelled & LabelledBuckets,
): Histogram {
  const known = registry.getSingleMetric(name) as PromHistogram | undefined;
  const labelNames = Object.keys(labels);
  const metric =
    known ??
    new PromHistogram({ name, help, labelNames, buckets: [...buckets], registers: [registry] });
  const child = metric.labels(labels);
  return {
    observe: (value) => {
      child.observe(value);
    },
  };
}

function observedGauge(
  registry: Registry,
  {
    name,
    help,
    read,
  }: { readonly name: string; readonly help: string; readonly read: () => number },
): void {
  new PromGauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

function rowsGauge(
  registry: Registry,
  { name, help, labelNames, read }: ObservedRows & { readonly name: string; readonly help: string },
): void {
  new PromGauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    async collect() {
      const rows = await read();
      this.reset();
      for (const { labels, value } of rows) this.set(labels, value);
    },
  });
}
