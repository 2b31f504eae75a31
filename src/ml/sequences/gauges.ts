import { createSurpriseCalibrator, restoreSurpriseCalibrator } from '../calibration/surprise.ts';
import type { ModelSnapshot } from '../model.ts';

import type { Gauge } from './gauge.ts';
import { LikeLengthGauge } from './like-length-gauge.ts';

/**
 * `raw`: the score is −log10 of a probability already. `tail`: its tail among
 * all normal sessions. `like_length`: among normal sessions about as long, for
 * members whose scores depend on the length.
 */
export type GaugeName = 'raw' | 'tail' | 'like_length';

export function createGauge(name: GaugeName): Gauge {
  if (name === 'raw') return new RawGauge();
  return name === 'tail' ? new TailGauge() : new LikeLengthGauge();
}

/** @throws MODEL_INVALID */
export function restoreGauge(name: GaugeName, snapshot: ModelSnapshot): Gauge {
  if (name === 'raw') return new RawGauge();
  if (name === 'tail') return new TailGauge(restoreSurpriseCalibrator(snapshot));
  return LikeLengthGauge.from(snapshot);
}

class RawGauge implements Gauge {
  fit(): void {
    // Nothing to learn: the scores are probabilities.
  }

  surprise(_length: number, score: number): number {
    return score;
  }

  update(): void {
    // As in `fit`.
  }

  snapshot(): ModelSnapshot {
    return { kind: 'raw_gauge', version: 1, state: {} };
  }
}

class TailGauge implements Gauge {
  readonly #calibrator;

  constructor(calibrator = createSurpriseCalibrator()) {
    this.#calibrator = calibrator;
  }

  fit(_lengths: ArrayLike<number>, scores: ArrayLike<number>): void {
    this.#calibrator.fit(scores);
  }

  surprise(_length: number, score: number): number {
    return this.#calibrator.surprise(score);
  }

  update(_length: number, score: number): void {
    this.#calibrator.update(score);
  }

  snapshot(): ModelSnapshot {
    return this.#calibrator.snapshot();
  }
}
