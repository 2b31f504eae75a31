import type { Counter, Metrics } from '../../core/metrics.ts';

/** Why a frame was refused before the journal. */
export const REFUSALS = [
  'malformed',
  'size',
  'epoch',
  'gap',
  'rate',
  'busy',
  'journal_full',
  'journal_failed',
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** What became of data and gap frames; `received = accepted + duplicates + all rejected` at every moment. */
export interface DeviceTotals {
  readonly received: number;
  /** Journalled or shed. */
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: Readonly<Record<Refusal, number>>;
}

/** Counts of the device endpoint. The hot ones are plain numbers, handed to the metrics by `publish`. */
export class Tally {
  received = 0;
  accepted = 0;
  duplicates = 0;
  readonly rejected: Record<Refusal, number> = {
    malformed: 0,
    size: 0,
    epoch: 0,
    gap: 0,
    rate: 0,
    busy: 0,
    journal_full: 0,
    journal_failed: 0,
  };
  readonly #metrics: Metrics;
  readonly #closes = new Map<number, number>();
  readonly #refusedHellos = new Map<string, number>();
  readonly #publish: (() => void)[];

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#publish = [
      delta(
        metrics.counter('watchkeeper_frames_received_total', 'Data and gap frames from watches.'),
        () => this.received,
      ),
      delta(
        metrics.counter('watchkeeper_frames_duplicate_total', 'Frames that were here before.'),
        () => this.duplicates,
      ),
      ...REFUSALS.map((reason) =>
        delta(
          metrics.counter(
            'watchkeeper_frames_rejected_total',
            'Frames refused before the journal.',
            {
              reason,
            },
          ),
          () => this.rejected[reason],
        ),
      ),
    ];
  }

  /** Sockets closed by the gateway or the watch, by close code. */
  get closes(): ReadonlyMap<number, number> {
    return this.#closes;
  }

  /** Hellos refused, by nack code. */
  get refusedHellos(): ReadonlyMap<string, number> {
    return this.#refusedHellos;
  }

  closed(code: number): void {
    this.#closes.set(code, (this.#closes.get(code) ?? 0) + 1);
    this.count('watchkeeper_device_closes_total', 'Sockets of watches closed, by close code.', {
      code: String(code),
    });
  }

  helloRefused(code: string): void {
    this.#refusedHellos.set(code, (this.#refusedHellos.get(code) ?? 0) + 1);
    this.count('watchkeeper_hellos_refused_total', 'Hellos refused, by nack code.', { code });
  }

  /** For what happens rarely. */
  count(name: string, help: string, labels: Readonly<Record<string, string>> = {}): void {
    this.#metrics.counter(name, help, labels).inc();
  }

  publish(): void {
    for (const each of this.#publish) each();
  }
}

function delta(counter: Counter, read: () => number): () => void {
  let before = 0;
  return () => {
    const now = read();
    if (now > before) counter.inc(now - before);
    before = now;
  };
}
