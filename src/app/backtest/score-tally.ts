import type { ScoreFailure, Scores } from '../../model/journal-entry.ts';

/** How unusual a model found what it was asked about. */
export interface SurpriseReport {
  /** Artefact id. */
  readonly model: string;
  readonly rows: number;
  /** Surprise below which this share of the rows lies, to 0.01. */
  readonly quantiles: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly p999: number;
  };
  readonly max: number;
}

const STEPS = 100;
const MOST = 16;

/** Surprises of all rows by model, in steps of 0.01, however many there are. */
export class ScoreTally {
  readonly #models = new Map<string, { readonly bins: Float64Array; rows: number; max: number }>();
  readonly #failures = new Map<ScoreFailure, number>();

  take({ model, rows }: Scores): void {
    for (const { answer } of rows) {
      if ('failure' in answer) {
        this.#failures.set(answer.failure, (this.#failures.get(answer.failure) ?? 0) + 1);
        continue;
      }
      let tally = this.#models.get(model);
      if (tally === undefined) {
        tally = { bins: new Float64Array(MOST * STEPS + 1), rows: 0, max: 0 };
        this.#models.set(model, tally);
      }
      const bin = Math.min(MOST * STEPS, Math.floor(answer.surprise * STEPS));
      tally.bins[bin] = (tally.bins[bin] ?? 0) + 1;
      tally.rows += 1;
      tally.max = Math.max(tally.max, answer.surprise);
    }
  }

  /** Requests that had no score, by reason. */
  failures(): Readonly<Partial<Record<ScoreFailure, number>>> {
    return Object.fromEntries(this.#failures);
  }

  models(): readonly SurpriseReport[] {
    return [...this.#models].map(([model, { bins, rows, max }]) => {
      const at = (share: number): number => quantile(bins, rows * share);
      const quantiles = { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) };
      return { model, rows, quantiles, max };
    });
  }
}

function quantile(bins: Float64Array, rank: number): number {
  let below = 0;
  const bin = bins.findIndex((count) => {
    below += count;
    return below >= rank;
  });
  return Math.max(0, bin) / STEPS;
}
