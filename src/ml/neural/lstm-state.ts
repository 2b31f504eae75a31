import { invalidSnapshot, type ModelSnapshot } from '../model.ts';
import { StateReader } from '../tabular/state-reader.ts';
import { LSTM_DEFAULTS, LSTM_LIMITS, type LstmOptions } from './lstm-options.ts';
import { Vocabulary } from './vocabulary.ts';

export const LSTM_VERSION = 1;
export const LSTM_KIND = 'lstm_next_event';

/** Weights as tfjs keeps them: row after row, gates in the order input, forget, cell, output. */
export interface LstmWeights {
  /** Columns × 4 hidden. */
  readonly input: Float32Array;
  /** Hidden × 4 hidden. */
  readonly recurrent: Float32Array;
  /** 4 hidden. */
  readonly bias: Float32Array;
  /** Hidden × columns. */
  readonly output: Float32Array;
  /** Columns. */
  readonly outputBias: Float32Array;
}

/** A trained next-event model as plain data. */
export interface LstmState {
  /** Known event ids, ascending. */
  readonly ids: Uint32Array;
  readonly weights: LstmWeights;
  /** Passes that training took. */
  readonly epochs: number;
  /** Mean surprisal of the windows kept aside, in nats. */
  readonly loss: number;
}

/** Beyond this no trained weight lies; a larger one is damage. */
const WEIGHTS = { min: -1e6, max: 1e6 };

/** @throws MODEL_INVALID unless everything fits together, so that scoring cannot fail later. */
export function readLstm(snapshot: ModelSnapshot): {
  readonly options: LstmOptions;
  readonly state: LstmState | undefined;
} {
  const reader = StateReader.of(snapshot, LSTM_KIND, LSTM_VERSION);
  const options = reader.options(LSTM_DEFAULTS, LSTM_LIMITS);
  if (!reader.has('trained')) return { options, state: undefined };
  const trained = reader.child('trained');
  const ids = readIds(snapshot);
  const columns = new Vocabulary(ids).size;
  const gates = 4 * options.hidden;
  const weights = trained.child('weights');
  const read = (name: string, length: number): Float32Array =>
    weights.floats32(name, { length, bounds: WEIGHTS });
  const state = {
    ids,
    weights: {
      input: read('input', columns * gates),
      recurrent: read('recurrent', options.hidden * gates),
      bias: read('bias', gates),
      output: read('output', options.hidden * columns),
      outputBias: read('outputBias', columns),
    },
    epochs: trained.number('epochs', { min: 0, max: 1e6, isWhole: true }),
    loss: trained.number('loss', { min: 0, max: Number.MAX_VALUE }),
  };
  return { options, state };
}

function readIds(snapshot: ModelSnapshot): Uint32Array {
  const { ids } = (snapshot.state as { trained: { ids?: unknown } }).trained;
  if (!(ids instanceof Uint32Array)) throw invalidSnapshot(LSTM_KIND, 'its ids are no array');
  if (ids.length < 1 || ids.length > LSTM_LIMITS.templates.max) {
    throw invalidSnapshot(LSTM_KIND, 'its ids are too few or too many');
  }
  const isAscending = ids.every((id, at) => at === 0 || id > (ids[at - 1] as number));
  if (!isAscending) throw invalidSnapshot(LSTM_KIND, 'its ids are not in order');
  return ids.slice();
}
