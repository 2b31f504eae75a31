import type { Counter, Gauge, Metrics } from '../../core/metrics.ts';

/** Totals of one input since it started. */
export interface InputCounts {
  readonly connections: number;
  readonly bytes: number;
  /** Records that are durable. */
  readonly accepted: number;
  /** Of these, lines that no parser could read, kept raw. */
  readonly raw: number;
  /** Of these, records of which the sender heard nothing. */
  readonly unacked: number;
  /** Lines of which the end was cut off. */
  readonly cut: number;
  /** Records, connections and datagrams that were not taken, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** How often a sender had to wait because the site was busy. */
  readonly waits: number;
}

type Counted = 'bytes' | 'accepted' | 'raw' | 'unacked' | 'cut' | 'waits';

export const RAW_HELP = 'Lines that no parser could read and that were kept raw, by input.';
export const REJECTED_HELP =
  'Records, connections and datagrams that were not taken, by input and reason.';

const HELP: Readonly<Record<Counted, string>> = {
  bytes: 'Bytes received, by input.',
  accepted: 'Records taken in and durable, by input.',
  raw: RAW_HELP,
  unacked: 'Records of which the sender heard nothing, by input.',
  cut: 'Lines of which the end was cut off, by input.',
  waits: 'Times that a sender was held back because the site was busy, by input.',
};

/** Counts what passes through one input, for metrics, health and the API. */
export class InputCounter {
  readonly #metrics: Metrics;
  readonly #labels: { readonly input: string };
  readonly #counters: Readonly<Record<Counted, Counter>>;
  readonly #open: Gauge;
  readonly #totals = { bytes: 0, accepted: 0, raw: 0, unacked: 0, cut: 0, waits: 0 };
  readonly #rejected = new Map<string, { total: number; readonly counter: Counter }>();
  #connections = 0;

  constructor(metrics: Metrics, input: string) {
    this.#metrics = metrics;
    this.#labels = { input };
    const counter = (name: Counted): Counter =>
      metrics.counter(`watchkeeper_input_${name}_total`, HELP[name], this.#labels);
    this.#counters = {
      bytes: counter('bytes'),
      accepted: counter('accepted'),
      raw: counter('raw'),
      unacked: counter('unacked'),
      cut: counter('cut'),
      waits: counter('waits'),
    };
    this.#open = metrics.gauge(
      'watchkeeper_input_connections',
      'Connections that are open, by input.',
      this.#labels,
    );
  }

  add(name: Counted, by: number): void {
    if (by === 0) return;
    this.#totals[name] += by;
    this.#counters[name].inc(by);
  }

  /** @param reason from a closed list: it becomes a label */
  reject(reason: string, by = 1): void {
    const known = this.#rejected.get(reason) ?? {
      total: 0,
      counter: this.#metrics.counter('watchkeeper_input_rejected_total', REJECTED_HELP, {
        ...this.#labels,
        reason,
      }),
    };
    known.total += by;
    known.counter.inc(by);
    this.#rejected.set(reason, known);
  }

  connected(change: 1 | -1): void {
    this.#connections += change;
    this.#open.set(this.#connections);
  }

  counts(): InputCounts {
    const rejected = [...this.#rejected].map(([reason, { total }]) => [reason, total] as const);
    return {
      ...this.#totals,
      connections: this.#connections,
      rejected: Object.fromEntries(rejected),
    };
  }
}
