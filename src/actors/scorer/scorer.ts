import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Metrics } from '../../core/metrics.ts';
import type { Scores } from '../../model/journal-entry.ts';
import { toToken } from '../../model/subject.ts';
import type { ActorSystem } from '../kernel/actor-system.ts';
import type { ActorRef } from '../kernel/ref.ts';
import type { LiveModels } from '../ports.ts';
import { SCORER_LIMITS, type Ask, type ScorerLimits } from './ask.ts';
import { ModelHealth } from './model-health.ts';
import { ModelLine } from './model-line.ts';
import { ScorerMetrics } from './scorer-metrics.ts';

export interface ScorerOptions {
  readonly system: ActorSystem;
  readonly parent: ActorRef<never>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly models: LiveModels;
  /** What differs from `SCORER_LIMITS`. */
  readonly scorerLimits?: Partial<ScorerLimits>;
  /** Journals a batch of answers; subjects act on them when they come back out of the journal. */
  readonly journal: (scores: Scores) => void;
}

/**
 * Asks models for the scores that detectors want, outside the fold: in batches,
 * one child actor for each model's name. What a model says becomes part of the
 * fold when it is journalled.
 */
export class Scorer {
  readonly health: ModelHealth;
  readonly metrics: ScorerMetrics;
  readonly #options: ScorerOptions;
  readonly #limits: ScorerLimits;
  readonly #ref: ActorRef<never>;
  readonly #lines = new Map<string, ModelLine>();
  readonly #cancel: () => void;
  #isStopped = false;

  constructor(options: ScorerOptions) {
    this.#options = options;
    this.#limits = { ...SCORER_LIMITS, ...options.scorerLimits };
    this.health = new ModelHealth(options.logger);
    this.metrics = new ScorerMetrics(options.metrics, () => this.queued);
    this.#ref = options.system.spawn<undefined, never>(
      { parent: options.parent, name: 'scorer' },
      (state) => state,
      {
        kind: 'scorer',
        initial: () => undefined,
        describe: () => ({ queued: this.queued, models: this.#lines.size }),
      },
    );
    this.#cancel = options.models.onChange((name) => {
      this.#lines.get(name)?.noteChange();
    });
  }

  /** Rows that wait for a model. */
  get queued(): number {
    let rows = 0;
    for (const line of this.#lines.values()) rows += line.queued;
    return rows;
  }

  /** Whether every request so far is answered, in the journal that is. */
  get isIdle(): boolean {
    for (const line of this.#lines.values()) if (!line.isIdle) return false;
    return true;
  }

  /** Takes a request in; never throws and never waits. */
  ask(ask: Ask): void {
    if (this.#isStopped) return;
    const line = this.#line(ask.request.model);
    if (this.queued < this.#limits.queue) line.add(ask);
    else line.refuse(ask);
  }

  /** Asks nobody any more: what is unanswered is part of the subjects' states. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    for (const line of this.#lines.values()) line.stop();
  }

  #line(model: string): ModelLine {
    const known = this.#lines.get(model);
    if (known !== undefined) return known;
    const line: ModelLine = new ModelLine(model, {
      ...this.#options,
      limits: this.#limits,
      health: this.health,
      metrics: this.metrics.line(model),
      start: (behavior, describe) =>
        this.#options.system.spawn<undefined, 'score'>(
          { parent: this.#ref, name: `model-${toToken(model)}` },
          behavior,
          {
            kind: 'model',
            initial: () => undefined,
            supervise: () => ({ type: 'resume' }),
            describe,
          },
        ),
    });
    this.#lines.set(model, line);
    return line;
  }
}
