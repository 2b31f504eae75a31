import type { ModelSnapshot } from '../model.ts';
import { ANY, checkedPoint } from './series-model.ts';
import type { SeriesModel, SeriesModelKind } from './series-model.ts';
import { SeriesState } from './series-state.ts';
import { COUNT } from './span.ts';

const KIND = 'flat_run';
/** Runs up to this are never unusual. */
const USUAL = 8;
/** Times the longest run before that a run must last to say anything. */
const FACTOR = 3;

/**
 * A sensor that is stuck: how much longer the same value has now been repeated
 * than in any run before, as 1 − longest ÷ now; 0.5 when twice as long. Runs
 * up to 8 points are usual. A run counts as seen when it is over. A persistence
 * test as in quality control of sensor data (for example Shafer et al.,
 * "Quality Assurance Procedures in the Oklahoma Mesonetwork", J. Atmos.
 * Oceanic Technol. 2000) with a limit learned from the stream. 50 bytes; 10 ns a point.
 */
export const flatRun: SeriesModelKind = {
  kind: KIND,
  doc: 'How much longer a value has been repeated than ever before; about 10 ns a point. A persistence test (Shafer et al., J. Atmos. Oceanic Technol. 2000).',
  defaults: {},
  create: () => new FlatRun(),
  restore: (snapshot) => FlatRun.from(SeriesState.of(snapshot, KIND)),
};

class FlatRun implements SeriesModel {
  readonly kind = KIND;
  readonly bytes = 50;
  #latest = 0;
  #run = 0;
  #longest = USUAL;
  /** 1 as soon as the value has changed once: a constant stream is not stuck. */
  #hasChanged = 0;

  observe(time: number, given: number): number {
    const value = checkedPoint(time, given);
    if (this.#run > 0 && value === this.#latest) {
      this.#run += 1;
      return this.#hasChanged === 1 ? Math.max(0, 1 - (FACTOR * this.#longest) / this.#run) : 0;
    }
    if (this.#run > 0) this.#hasChanged = 1;
    this.#longest = Math.max(this.#longest, this.#run);
    this.#latest = value;
    this.#run = 1;
    return 0;
  }

  snapshot(): ModelSnapshot {
    const state = {
      latest: this.#latest,
      run: this.#run,
      longest: this.#longest,
      hasChanged: this.#hasChanged,
    };
    return { kind: KIND, version: 1, state };
  }

  /** @throws MODEL_INVALID */
  static from(state: SeriesState): FlatRun {
    const model = new FlatRun();
    model.#latest = state.number('latest', ANY);
    model.#run = state.number('run', COUNT);
    model.#longest = state.number('longest', { ...COUNT, min: USUAL });
    model.#hasChanged = state.number('hasChanged', { min: 0, max: 1, isWhole: true });
    return model;
  }
}
