import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelSnapshot } from '../model.ts';
import { ChangeWatch, descending } from './change-watch.ts';
import { LocalLevel } from './local-level.ts';
import { finite, isObject, numbersOf, requireThat } from './snapshot.ts';
import { TailEstimate } from './tail-estimate.ts';
import { TailSketch } from './tail-sketch.ts';

/** Nothing is more surprising. */
export const MAX_SURPRISE = 16;

/** How raw scores become surprise. */
export interface SurpriseCalibrator {
  /** Learns the tail from scores taken to be normal; forgets what it knew. @throws MODEL_INPUT */
  fit(scores: ArrayLike<number>): void;
  /**
   * −log10 of the score's tail probability: ≥ 0, at most MAX_SURPRISE, never
   * NaN, rising with the score. Learns nothing. 0 before fit or update.
   * @throws MODEL_INPUT when the score is not finite.
   */
  surprise(score: number): number;
  /** Learns one more score (alarms stay in the tail). @throws MODEL_INPUT when it is not finite. */
  update(score: number): void;
  snapshot(): ModelSnapshot;
}

export interface SurpriseOptions {
  /** Updates after which a score has faded to 1/e; Infinity keeps all. @default 20000 */
  readonly horizon: number;
  /**
   * Scores over which level and spread are followed (DSPOT), learned from after
   * three windows; 0 looks at scores as they are. @default 0
   */
  readonly window: number;
  /**
   * Whether to begin again with the last 1,024 scores when more than that
   * were unlike all before; what lasts longer is then the new normal. @default true
   */
  readonly relearn: boolean;
  /**
   * Whether scores are taken to come in steps even where they do not tie:
   * sessions are alike, and their scores nearly tie. Ties show by themselves. @default false
   */
  readonly stepped: boolean;
}

export const SURPRISE_DEFAULTS: SurpriseOptions = {
  horizon: 20_000,
  window: 0,
  relearn: true,
  stepped: false,
};

const KIND = 'surprise';
/** So many updates wait at most to be sorted in at once. */
const BATCH = 512;
/** The shortest horizon: so many scores must be known at least. */
const SHORTEST = 256;
const LARGEST = 1e300;

export function createSurpriseCalibrator(
  options: Partial<SurpriseOptions> = {},
): SurpriseCalibrator {
  return new TailCalibrator(checked({ ...SURPRISE_DEFAULTS, ...options }));
}

/** Every later value is bit-equal. @throws MODEL_INVALID */
export function restoreSurpriseCalibrator(snapshot: ModelSnapshot): SurpriseCalibrator {
  requireThat(isObject(snapshot) && snapshot.kind === KIND, 'it is of another kind');
  requireThat(snapshot.version === 1, 'its version is unknown');
  requireThat(isObject(snapshot.state), 'its state is missing');
  return TailCalibrator.from(snapshot.state);
}

class TailCalibrator implements SurpriseCalibrator {
  readonly #options: SurpriseOptions;
  #level: LocalLevel;
  #sketch = new TailSketch();
  #estimate: TailEstimate;
  #watch = new ChangeWatch();
  #pending = new Float64Array(BATCH);
  #waiting = 0;

  constructor(options: SurpriseOptions) {
    this.#options = options;
    this.#estimate = this.#estimated();
    this.#level = new LocalLevel(options.window);
  }

  fit(scores: ArrayLike<number>): void {
    const known = new Float64Array(scores.length);
    for (let index = 0; index < known.length; index += 1) known[index] = bounded(scores[index]);
    this.#level = new LocalLevel(this.#options.window);
    let count = 0;
    for (const score of known) {
      if (this.#level.isSettled) {
        known[count] = this.#level.relative(score);
        count += 1;
      }
      this.#level.follow(score);
    }
    this.#waiting = 0;
    this.#sketch = new TailSketch();
    const learned = known.subarray(0, count);
    this.#sketch.merge(descending(learned.slice()), 1);
    this.#watch.learn(this.#sketch, learned, this.#batchSize());
    this.#estimate = this.#estimated();
  }

  surprise(score: number): number {
    const value = bounded(score);
    if (this.#sketch.size === 0) return 0;
    const probability = this.#estimate.probability(this.#level.relative(value));
    return Math.min(MAX_SURPRISE, Math.max(0, -Math.log10(probability)));
  }

  update(score: number): void {
    const value = bounded(score);
    if (this.#level.isSettled) {
      this.#pending[this.#waiting] = this.#level.relative(value);
      this.#waiting += 1;
    }
    this.#level.follow(value);
    if (this.#waiting >= this.#batchSize()) this.#learn();
  }

  snapshot(): ModelSnapshot {
    const { horizon, window, relearn, stepped } = this.#options;
    const state = {
      // msgpack keeps infinities, JSON does not.
      horizon: Number.isFinite(horizon) ? horizon : 0,
      window,
      relearn,
      stepped,
      watch: this.#watch.state(),
      level: this.#level.state(),
      sketch: this.#sketch.state(),
      pending: this.#pending.slice(0, this.#waiting),
    };
    return { kind: KIND, version: 1, state };
  }

  /** @throws MODEL_INVALID */
  static from(state: Readonly<Record<string, unknown>>): TailCalibrator {
    const horizon = finite(state['horizon'], 'its options');
    const window = finite(state['window'], 'its options');
    // Calibrators of before have no such mark.
    const { relearn, stepped = false } = state;
    requireThat(
      (horizon === 0 || horizon >= SHORTEST) &&
        window >= 0 &&
        typeof relearn === 'boolean' &&
        typeof stepped === 'boolean',
      'its options are out of range',
    );
    const calibrator = new TailCalibrator({
      horizon: horizon === 0 ? Infinity : horizon,
      window,
      relearn,
      stepped,
    });
    calibrator.#watch = ChangeWatch.from(state['watch']);
    calibrator.#level = LocalLevel.from(window, state['level']);
    calibrator.#sketch = TailSketch.from(state['sketch']);
    calibrator.#estimate = calibrator.#estimated();
    const pending = numbersOf(state['pending'], 'its waiting scores');
    requireThat(pending.length < BATCH, 'too many of its scores wait');
    calibrator.#pending.set(pending);
    calibrator.#waiting = pending.length;
    return calibrator;
  }

  /** Few while little is known: a batch adds at most about a 32nd. */
  #batchSize(): number {
    return Math.max(1, Math.min(BATCH, Math.ceil(this.#sketch.total / 32)));
  }

  #learn(): void {
    const batch = descending(this.#pending.slice(0, this.#waiting));
    const fresh = this.#options.relearn ? this.#watch.notice(this.#sketch, batch) : undefined;
    if (fresh === undefined) {
      this.#sketch.merge(batch, Math.exp(-batch.length / this.#options.horizon));
    } else {
      this.#sketch = new TailSketch();
      this.#sketch.merge(fresh, 1);
    }
    this.#waiting = 0;
    this.#estimate = this.#estimated();
  }

  #estimated(): TailEstimate {
    return new TailEstimate(this.#sketch, this.#options.stepped);
  }
}

function checked(options: SurpriseOptions): SurpriseOptions {
  const { horizon, window } = options;
  if (!(horizon >= SHORTEST)) {
    throw new WatchkeeperError(
      'MODEL_INPUT',
      `The horizon is ${horizon}, the least is ${SHORTEST}.`,
      {
        fix: 'Give it in scores, or Infinity.',
      },
    );
  }
  if (window !== 0 && !(Number.isInteger(window) && window >= 8)) {
    throw new WatchkeeperError('MODEL_INPUT', `The window is ${window}.`, {
      fix: 'Give 0, or a whole number of scores from 8 on.',
    });
  }
  return options;
}

/** @throws MODEL_INPUT */
function bounded(score: number | undefined): number {
  if (score === undefined || !Number.isFinite(score)) {
    throw new WatchkeeperError('MODEL_INPUT', 'A score is not a finite number.', {
      fix: 'Leave out what could not be scored.',
    });
  }
  return Math.max(-LARGEST, Math.min(LARGEST, score));
}
