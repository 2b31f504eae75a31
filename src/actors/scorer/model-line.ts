import type { Cancel, Clock } from '../../core/clock.ts';
import type { ScoreResult, ScoreRow, Scores } from '../../model/journal-entry.ts';
import { inTime } from '../in-time.ts';
import type { ActorSystem, Behavior } from '../kernel/actor-system.ts';
import type { ActorRef } from '../kernel/ref.ts';
import type { LiveModel, LiveModels, ModelSlot } from '../ports.ts';
import type { Ask, ScorerLimits } from './ask.ts';
import { isCanary } from './canary.ts';
import type { ModelHealth } from './model-health.ts';
import { failureOf, scoreBatch } from './score-batch.ts';
import type { LineMetrics } from './scorer-metrics.ts';

export interface ModelLineOptions {
  readonly system: ActorSystem;
  readonly clock: Clock;
  readonly limits: ScorerLimits;
  readonly models: LiveModels;
  readonly health: ModelHealth;
  readonly metrics: LineMetrics;
  readonly journal: (scores: Scores) => void;
  readonly start: (
    behavior: Behavior<undefined, 'score'>,
    describe: () => unknown,
  ) => ActorRef<'score'>;
}

interface Waiting extends Ask {
  /** Monotonic ms. */
  readonly since: number;
}

/** Rows with the model that is to score them. */
interface Part {
  readonly model: LiveModel | undefined;
  readonly asks: readonly Waiting[];
}

/** What was said of the rows of a part, and which model said it. */
interface Said {
  readonly model: LiveModel | undefined;
  readonly results: readonly ScoreResult[];
}

/** The requests to one model's name: its queue, its batches, and what it is called with. */
export class ModelLine {
  readonly #name: string;
  readonly #options: ModelLineOptions;
  readonly #ref: ActorRef<'score'>;
  #queue: Waiting[] = [];
  /** Refused ones that are still to be told; bounded as the queue is. */
  #refused: Waiting[] = [];
  #timer: Cancel | undefined;
  #isBusy = false;
  #isStopped = false;
  #batches = 0;
  #rows = 0;
  #changes = 0;
  #lastModel = '';
  #computeMs = 0;

  constructor(name: string, options: ModelLineOptions) {
    this.#name = name;
    this.#options = options;
    this.#ref = options.start(
      async () => {
        await this.#work();
        return undefined;
      },
      () => ({
        model: this.#lastModel,
        queued: this.queued,
        batches: this.#batches,
        rows: this.#rows,
        swaps: this.#changes,
        lastComputeMs: this.#computeMs,
        failing: options.health.failure(name),
      }),
    );
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Nothing waits, and no batch is under way. */
  get isIdle(): boolean {
    return !this.#isBusy && this.#queue.length === 0 && this.#refused.length === 0;
  }

  add(ask: Ask): void {
    this.#queue.push({ ...ask, since: this.#options.clock.monotonic() });
    this.#schedule();
  }

  /** There is no room: it is told so with the next batch, and is late when even that has no room. */
  refuse(ask: Ask): void {
    if (this.#refused.length >= this.#options.limits.queue) return;
    this.#refused.push({ ...ask, since: this.#options.clock.monotonic() });
    this.#schedule();
  }

  /** Another model answers from the next batch on. */
  noteChange(): void {
    this.#changes += 1;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.();
    this.#queue = [];
    this.#refused = [];
  }

  #schedule(): void {
    if (this.#isBusy || this.#isStopped) return;
    if (this.#queue.length >= this.#options.limits.rows) {
      this.#begin();
      return;
    }
    const first = this.#queue[0] ?? this.#refused[0];
    if (first === undefined || this.#timer !== undefined) return;
    const waited = this.#options.clock.monotonic() - first.since;
    this.#timer = this.#options.clock.after(
      Math.max(0, this.#options.limits.waitMs - waited),
      () => {
        this.#timer = undefined;
        if (!this.#isBusy && !this.#isStopped) this.#begin();
      },
    );
  }

  #begin(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#isBusy = true;
    this.#options.system.tell(this.#ref, 'score');
  }

  /** One batch in the actor's turn. */
  async #work(): Promise<void> {
    try {
      const isFull = this.#tellRefused();
      const batch = this.#queue.splice(0, this.#options.limits.rows);
      if (batch.length > 0) await this.#score(batch, isFull);
    } finally {
      this.#isBusy = false;
      this.#schedule();
    }
  }

  #tellRefused(): boolean {
    if (this.#refused.length === 0) return false;
    const refused = this.#refused.splice(0, this.#options.limits.rows);
    this.#options.health.failed(this.#name, 'unavailable');
    this.#journal('', refused, () => ({ failure: 'unavailable' }));
    return true;
  }

  async #score(batch: readonly Waiting[], isFull: boolean): Promise<void> {
    const slot = this.#options.models.get(this.#name);
    this.#batches += 1;
    this.#rows += batch.length;
    this.#options.metrics.rows.observe(batch.length);
    for (const part of partsOf(this.#name, slot, batch)) {
      const { model, results } = await this.#results(part, slot?.live);
      if (this.#isStopped) return;
      this.#lastModel = model?.id ?? '';
      this.#journal(this.#lastModel, part.asks, (index) => results[index] ?? LOST);
      if (!isFull) this.#judge(results);
      if (slot !== undefined) await this.#shadow(slot.shadows, part.asks, results);
    }
  }

  async #results({ model, asks }: Part, live: LiveModel | undefined): Promise<Said> {
    if (model === undefined) return { model, results: asks.map(() => MISSING) };
    const { clock, metrics } = this.#options;
    const start = clock.monotonic();
    const results = await this.#inTime(model, asks);
    this.#computeMs = clock.monotonic() - start;
    metrics.compute.observe(this.#computeMs / 1000);
    // A canary that fails must not cost its subjects their scores.
    const isCanaryDown = model !== live && live !== undefined && failureOf(results) !== undefined;
    return isCanaryDown ? this.#results({ model: live, asks }, live) : { model, results };
  }

  #inTime(
    model: LiveModel,
    asks: readonly Waiting[],
  ): readonly ScoreResult[] | Promise<readonly ScoreResult[]> {
    const scored = scoreBatch(
      model,
      asks.map(({ request }) => request),
    );
    if (!(scored instanceof Promise)) return scored;
    return inTime(this.#options.clock, this.#options.limits.answerMs, () => scored).catch(() =>
      asks.map(() => ({ failure: 'late' }) as const),
    );
  }

  #judge(results: readonly ScoreResult[]): void {
    const failure = failureOf(results);
    const { health } = this.#options;
    if (failure === undefined) health.answered(this.#name);
    else health.failed(this.#name, failure);
  }

  #journal(
    model: string,
    asks: readonly Waiting[],
    answerOf: (index: number) => ScoreResult,
  ): void {
    const { clock, metrics, journal } = this.#options;
    const now = clock.monotonic();
    const rows = asks.map(({ subject, detector, request, since }, index): ScoreRow => {
      metrics.wait.observe((now - since) / 1000);
      return { subject, detector, key: request.key, answer: answerOf(index) };
    });
    journal({ model, rows });
  }

  /** Compares what shadows would have said; left out while rows pile up. */
  async #shadow(
    shadows: readonly LiveModel[],
    asks: readonly Waiting[],
    live: readonly ScoreResult[],
  ): Promise<void> {
    const { metrics } = this.#options;
    for (const shadow of shadows) {
      if (this.#queue.length > this.#options.limits.rows) return;
      const said = await this.#inTime(shadow, asks);
      for (const [index, result] of said.entries()) {
        metrics.shadowRows.inc();
        const other = live[index];
        if ('failure' in result) metrics.shadowFailures.inc();
        else if (other !== undefined && !('failure' in other))
          metrics.shadowDifference.observe(Math.abs(result.surprise - other.surprise));
      }
    }
  }
}

const MISSING: ScoreResult = Object.freeze({ failure: 'missing' });
const LOST: ScoreResult = Object.freeze({ failure: 'broken' });

/** Which model scores which rows: the live one, or the canary for its share of subjects. */
function partsOf(
  name: string,
  slot: ModelSlot | undefined,
  batch: readonly Waiting[],
): readonly Part[] {
  const { live, canary } = slot ?? { live: undefined, canary: undefined };
  if (canary === undefined) return [{ model: live, asks: batch }];
  const isFor = ({ subject }: Waiting): boolean => isCanary(name, subject, canary.share);
  const parts = [
    { model: canary.model, asks: batch.filter(isFor) },
    { model: live, asks: batch.filter((each) => !isFor(each)) },
  ];
  return parts.filter(({ asks }) => asks.length > 0);
}
