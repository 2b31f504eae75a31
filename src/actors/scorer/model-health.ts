import type { Logger } from '../../core/logger.ts';
import type { ScoreFailure } from '../../model/journal-entry.ts';

const REASONS: Readonly<Record<ScoreFailure, string>> = {
  missing: 'no model of that name is live',
  features: 'it was trained on other features',
  unavailable: 'its queue is full',
  broken: 'it fails',
  nan: 'its scores are no numbers',
  late: 'its answers come too late',
};

/**
 * Remembers which models answer, and says so once when that changes, in both
 * directions. The site's own log lines reach its detectors through the self-monitor.
 */
export class ModelHealth {
  readonly #logger: Logger;
  readonly #failing = new Map<string, ScoreFailure>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Why a model does not answer; `undefined` when it does. */
  failure(model: string): ScoreFailure | undefined {
    return this.#failing.get(model);
  }

  failed(model: string, reason: ScoreFailure): void {
    // What comes late is told by those who wait, after what broke it was told.
    const known = this.#failing.get(model);
    if (known === reason || (known !== undefined && reason === 'late')) return;
    this.#failing.set(model, reason);
    this.#logger.warn('A model gives no scores; detectors go by their rules.', {
      model,
      reason: REASONS[reason],
    });
  }

  answered(model: string): void {
    if (!this.#failing.delete(model)) return;
    this.#logger.info('A model gives scores again.', { model });
  }
}
