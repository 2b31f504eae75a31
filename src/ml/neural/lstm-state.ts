import { invalidSnapshot, type ModelSnapshot } from '../model.ts';
import { StateReader } from '../tabular/state-reader.ts';
import { LSTM_DEFAULTS, LSTM_LIMITS, type LstmOptions } from './lstm-options.ts';
import { Vocabulary } from './vocabulary.ts';

export const LSTM_KIND = 'lstm_next_event';
const VERSION = 1;

/** What scoring needs of the options; the rest is told by the artefact. */
type ActingOptions = Pick<LstmOptions, 'window' | 'hidden' | 'score' | 'top' | 'end'>;

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
  /** Input, recurrent, bias, output and its bias, one after another. */
  readonly weights: Float32Array;
  /** Passes that training took. */
  readonly epochs: number;
  /** Mean surprisal of the windows kept aside, in nats. */
  readonly loss: number;
}

/** Beyond this no trained weight lies; a larger one is damage. */
const WEIGHTS = { min: -1e6, max: 1e6 };

/** The arrays that the weights are made of, sharing their memory. */
export function lstmWeights(hidden: number, { ids, weights }: LstmState): LstmWeights {
  const columns = new Vocabulary(ids).size;
  let at = 0;
  const take = (length: number): Float32Array => weights.subarray(at, (at += length));
  return {
    input: take(columns * 4 * hidden),
    recurrent: take(hidden * 4 * hidden),
    bias: take(4 * hidden),
    output: take(hidden * columns),
    outputBias: take(columns),
  };
}

/** What an untrained model keeps is its options. */
export function writeLstm(options: LstmOptions, trained: LstmState | undefined): ModelSnapshot {
  const { window, hidden, score, top, end } = options;
  const acting: ActingOptions = { window, hidden, score, top, end };
  const state =
    trained === undefined ? { options } : { options: acting, trained: structuredClone(trained) };
  return { kind: LSTM_KIND, version: VERSION, state };
}

/** @throws MODEL_INVALID unless everything fits together, so that scoring cannot fail later. */
export function readLstm(snapshot: ModelSnapshot): {
  readonly options: LstmOptions;
  readonly state: LstmState | undefined;
} {
  const reader = StateReader.of(snapshot, LSTM_KIND, VERSION);
  if (!reader.has('trained')) {
    return { options: reader.options(LSTM_DEFAULTS, LSTM_LIMITS), state: undefined };
  }
  const { window, hidden, score, top, end } = LSTM_DEFAULTS;
  const acting: ActingOptions = { window, hidden, score, top, end };
  const options = { ...LSTM_DEFAULTS, ...reader.options(acting, pickLimits()) };
  const trained = reader.child('trained');
  const ids = readIds(snapshot);
  const columns = new Vocabulary(ids).size;
  const gates = 4 * options.hidden;
  const length = (columns + options.hidden + 1) * gates + (options.hidden + 1) * columns;
  const state = {
    ids,
    weights: trained.floats32('weights', { length, bounds: WEIGHTS }),
    epochs: trained.number('epochs', { min: 0, max: 1e6, isWhole: true }),
    loss: trained.number('loss', { min: 0, max: Number.MAX_VALUE }),
  };
  return { options, state };
}

function pickLimits() {
  const { window, hidden, score, top, end } = LSTM_LIMITS;
  return { window, hidden, score, top, end };
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
