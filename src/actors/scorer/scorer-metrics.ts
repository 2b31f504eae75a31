import type { Counter, Histogram, Metrics } from '../../core/metrics.ts';
import { SCORE_FAILURES, type ScoreFailure } from '../../model/journal-entry.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const ROWS = [1, 4, 16, 64, 128, 256];
/** Differences of surprise, in decades of probability. */
const DIFFERENCES = [0.1, 0.25, 0.5, 1, 2, 4];

/** What is measured of one model's name. */
export interface LineMetrics {
  readonly rows: Histogram;
  /** From the request to its journalled answer, in seconds. */
  readonly wait: Histogram;
  /** Of a batch, in seconds. */
  readonly compute: Histogram;
  readonly shadowRows: Counter;
  readonly shadowDifference: Histogram;
  readonly shadowFailures: Counter;
}

/** What the scorer counts. */
export class ScorerMetrics {
  readonly #metrics: Metrics;
  readonly #fallbacks: Readonly<Record<ScoreFailure, Counter>>;
  readonly #dropped: Counter;

  /** @param queued reads how many rows wait */
  constructor(metrics: Metrics, queued: () => number) {
    this.#metrics = metrics;
    this.#fallbacks = Object.fromEntries(
      SCORE_FAILURES.map((reason) => [
        reason,
        metrics.counter(
          'watchkeeper_ml_fallback_total',
          'Requests of detectors for a score that had none, by reason: their rules decided.',
          { reason },
        ),
      ]),
    ) as Record<ScoreFailure, Counter>;
    this.#dropped = metrics.counter(
      'watchkeeper_ml_requests_dropped_total',
      'Requests of detectors for a score beyond the number that may wait.',
    );
    metrics.observed('watchkeeper_ml_queue_rows', 'Rows that wait for a model.', queued);
  }

  fellBack(reason: ScoreFailure): void {
    this.#fallbacks[reason].inc();
  }

  dropped(requests: number): void {
    this.#dropped.inc(requests);
  }

  line(model: string): LineMetrics {
    const labels = { model };
    const histogram = (name: string, help: string, buckets: readonly number[]): Histogram =>
      this.#metrics.histogram(name, help, { buckets, labels });
    const counter = (name: string, help: string): Counter =>
      this.#metrics.counter(name, help, labels);
    return {
      rows: histogram('watchkeeper_ml_batch_rows', 'Rows of a batch.', ROWS),
      wait: histogram(
        'watchkeeper_ml_score_seconds',
        'From a request for a score to its answer, batching included.',
        SECONDS,
      ),
      compute: histogram('watchkeeper_ml_compute_seconds', 'Scoring of a batch.', SECONDS),
      shadowRows: counter('watchkeeper_ml_shadow_rows_total', 'Rows scored by shadow models too.'),
      shadowDifference: histogram(
        'watchkeeper_ml_shadow_difference',
        "How far a shadow model's surprise is from the live one's.",
        DIFFERENCES,
      ),
      shadowFailures: counter(
        'watchkeeper_ml_shadow_failures_total',
        'Rows that a shadow model failed to score.',
      ),
    };
  }
}
