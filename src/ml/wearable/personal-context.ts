import { WatchkeeperError } from '../../core/errors.ts';
import { requireColumns, requireFinite } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { invalidSnapshot, unfitted } from '../model.ts';
import type { Model, ModelKind, ModelSnapshot } from '../model.ts';
import { ALARMS_PER_WEEK, createVitalsContext } from './vitals-context.ts';
import type { VitalsContext, VitalsState } from './vitals-context.ts';
import { isVitalsState } from './vitals-prior.ts';
import type { VitalsSample } from './vitals-verdict.ts';

export interface PersonalContextOptions {
  /** As of `createVitalsContext`. @default 5 */
  readonly alarmsPerWeek: number;
}

/** Columns of a row: event time in ms, beats a minute, steps since the row before, intensity 0 to 3; negative is unknown. */
export const PERSONAL_CONTEXT_COLUMNS = ['timestamp', 'heart_rate', 'steps', 'intensity'] as const;

const KIND = 'personal_context';
const VERSION = 1;
const DEFAULTS: PersonalContextOptions = { alarmsPerWeek: ALARMS_PER_WEEK };

/**
 * One wearer's context model behind the port of models: rows are readings in
 * order of time, scores are surprise (0 to 16). State: 1.9 KB. Cost: about
 * 4 µs a row to fit, score or update, whatever came before.
 */
export const personalContext: ModelKind<Matrix, PersonalContextOptions> = {
  kind: KIND,
  doc:
    'Heart rate against what steps, intensity, time of day and recent effort let expect of this wearer: ' +
    'Bayesian regression and an interacting multiple-model filter (Blom and Bar-Shalom 1988); 4 µs a reading.',
  defaults: DEFAULTS,
  create(options) {
    const { alarmsPerWeek } = { ...DEFAULTS, ...options };
    if (!(alarmsPerWeek > 0 && Number.isFinite(alarmsPerWeek))) {
      throw new WatchkeeperError('MODEL_INPUT', 'alarmsPerWeek must be a positive number.', {
        fix: 'Say how many false alarms a wearer may see in a week, for example 5.',
      });
    }
    return new PersonalContext(alarmsPerWeek, undefined);
  },
  restore(snapshot) {
    if (snapshot.kind !== KIND) throw invalidSnapshot(KIND, 'its kind differs');
    if (snapshot.version !== VERSION) throw invalidSnapshot(KIND, 'its version differs');
    const data = snapshot.state as Partial<Record<'alarmsPerWeek' | 'wearer', unknown>> | null;
    const rate = data?.alarmsPerWeek;
    if (typeof rate !== 'number' || !(rate > 0 && Number.isFinite(rate))) {
      throw invalidSnapshot(KIND, 'its rate is wrong');
    }
    const wearer = data?.wearer;
    if (wearer === undefined || wearer === null) return new PersonalContext(rate, undefined);
    if (!isVitalsState(wearer)) throw invalidSnapshot(KIND, 'its state is damaged');
    return new PersonalContext(rate, wearer.slice());
  },
};

class PersonalContext implements Model<Matrix> {
  readonly kind = KIND;
  readonly bytes: number;
  readonly #alarmsPerWeek: number;
  readonly #context: VitalsContext;
  #wearer: VitalsState | undefined;

  constructor(alarmsPerWeek: number, wearer: VitalsState | undefined) {
    this.#alarmsPerWeek = alarmsPerWeek;
    this.#context = createVitalsContext({ alarmsPerWeek });
    this.#wearer = wearer;
    this.bytes = this.#context.size * Float64Array.BYTES_PER_ELEMENT;
  }

  fit(rows: Matrix): void {
    const wearer = this.#context.initial();
    this.#run(rows, wearer);
    this.#wearer = wearer;
  }

  /** A row that completes no minute has the surprise 0. */
  score(rows: Matrix): Float64Array {
    return this.#run(rows, this.#fitted().slice());
  }

  update(rows: Matrix): void {
    this.#run(rows, this.#fitted());
  }

  snapshot(): ModelSnapshot {
    const wearer = this.#wearer?.slice() ?? null;
    return { kind: KIND, version: VERSION, state: { alarmsPerWeek: this.#alarmsPerWeek, wearer } };
  }

  #fitted(): VitalsState {
    if (this.#wearer === undefined) throw unfitted(KIND);
    return this.#wearer;
  }

  #run(rows: Matrix, wearer: VitalsState): Float64Array {
    const columns = PERSONAL_CONTEXT_COLUMNS.length;
    requireFinite(requireColumns(rows, columns));
    const scores = new Float64Array(rows.rows);
    for (let row = 0; row < rows.rows; row += 1) {
      const verdict = this.#context.advance(wearer, sampleAt(rows.values, row * columns));
      scores[row] = verdict?.surprise ?? 0;
    }
    return scores;
  }
}

function sampleAt(values: Float64Array, at: number): VitalsSample {
  return {
    timestamp: values[at] as number,
    heartRate: values[at + 1] as number,
    steps: values[at + 2] as number,
    intensity: values[at + 3] as number,
  };
}
