import type { Scalar, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { Random, type RandomState } from '../../core/random.ts';
import { descendPruned, type TrainingHooks } from './descent.ts';
import { windowsOf, type EventWindows, type FlatSessions } from './event-windows.ts';
import { glorotUniform, joined, shuffled } from './initial-weights.ts';
import type { LstmOptions } from './lstm-options.ts';
import type { LstmState } from './lstm-state.ts';
import type { Tf } from './tf.ts';
import { vocabularyOf } from './vocabulary.ts';

export interface LstmJob extends FlatSessions {
  readonly kind: 'lstm_next_event';
  readonly options: LstmOptions;
  readonly random: RandomState;
}

/** Fewer distinct windows than this are all learnt: each of them matters. */
const FEW = 1_000;

/** Trains on the backend that is set; on one backend the same job gives the same weights. Leaves no tensor behind. */
export async function trainLstm(tf: Tf, job: LstmJob, hooks: TrainingHooks): Promise<LstmState> {
  const { options } = job;
  const random = Random.from(job.random);
  const vocabulary = vocabularyOf(job.events, options.templates);
  const windows = windowsOf(job, vocabulary, { ...options, end: options.end === 1 });
  const order = rarestFirst(windows, random).slice(-options.maxWindows);
  const shares = sharesOf(windows.weights, order, options.emphasis);
  const net = createNet(tf, { columns: vocabulary.size, hidden: options.hidden, random });
  const variables = [net.input, net.recurrent, net.bias, net.output, net.outputBias];
  try {
    const loss = (rows: Uint32Array): Scalar => lossOf(tf, net, { rows, windows, shares });
    const aside = order.length < FEW ? 0 : Math.floor(order.length * options.validation);
    const descent = { rows: order.length, order, aside, random, options, variables, loss };
    const {
      weights,
      epochs,
      loss: last,
    } = await descendPruned(tf, descent, {
      prune: options.prune,
      hooks,
    });
    return { ids: vocabulary.ids, weights: joined(weights), epochs, loss: last };
  } finally {
    tf.dispose(variables);
  }
}

/**
 * Windows in random order, those that came least first: they are kept aside to
 * tell when to stop, since one that is common must be learnt.
 */
function rarestFirst({ weights }: EventWindows, random: Random): Uint32Array {
  const order = shuffled(weights.length, random);
  return order.sort((one, other) => (weights[one] as number) - (weights[other] as number));
}

/** What each window counts, 1 in the mean. */
function sharesOf(weights: Float32Array, order: Uint32Array, emphasis: number): Float32Array {
  const shares = weights.map((weight) => weight ** emphasis);
  let sum = 0;
  for (const row of order) sum += shares[row] as number;
  return shares.map((share) => (share * order.length) / sum);
}

interface Net {
  readonly columns: number;
  readonly hidden: number;
  readonly input: Variable;
  readonly recurrent: Variable;
  readonly bias: Variable;
  readonly output: Variable;
  readonly outputBias: Variable;
}

function createNet(
  tf: Tf,
  { columns, hidden, random }: { columns: number; hidden: number; random: Random },
): Net {
  const matrix = (rows: number, width: number): Variable =>
    tf.tidy(() => tf.variable(tf.tensor2d(glorotUniform(random, rows, width), [rows, width])));
  // A forget gate that begins open lets early errors reach far back (Jozefowicz et al., 2015).
  const open = Float32Array.from({ length: 4 * hidden }, (_, at) =>
    at >= hidden && at < 2 * hidden ? 1 : 0,
  );
  return {
    columns,
    hidden,
    input: matrix(columns, 4 * hidden),
    recurrent: matrix(hidden, 4 * hidden),
    bias: tf.tidy(() => tf.variable(tf.tensor1d(open))),
    output: matrix(hidden, columns),
    outputBias: tf.tidy(() => tf.variable(tf.zeros([columns]))),
  };
}

interface Batch {
  readonly rows: Uint32Array;
  readonly windows: EventWindows;
  readonly shares: Float32Array;
}

/** Mean surprisal of what followed, each window at its share. */
function lossOf(tf: Tf, net: Net, { rows, windows, shares }: Batch): Scalar {
  const size: [number, number] = [rows.length, net.columns];
  const oneHot = (columnOf: (row: number) => number, value: (row: number) => number): Tensor2D => {
    const values = new Float32Array(rows.length * net.columns);
    rows.forEach((row, at) => {
      values[at * net.columns + columnOf(row)] = value(row);
    });
    return tf.tensor2d(values, size);
  };
  const { length } = windows;
  const inputs = Array.from({ length }, (_, step) =>
    oneHot(
      (row) => windows.columns[row * length + step] as number,
      () => 1,
    ),
  );
  const last = unroll(tf, net, inputs);
  const logits = tf.add(tf.matMul(last, asMatrix(net.output)), net.outputBias);
  const wanted = oneHot(
    (row) => windows.next[row] as number,
    (row) => shares[row] as number,
  );
  const surprisal = tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits))));
  return tf.div(surprisal, rows.length);
}

/** The hidden state after all steps. */
function unroll(tf: Tf, net: Net, inputs: readonly Tensor2D[]): Tensor2D {
  const size: [number, number] = [inputs[0]?.shape[0] ?? 0, net.hidden];
  let hidden: Tensor2D = tf.zeros(size);
  let cell: Tensor2D = tf.zeros(size);
  for (const input of inputs) {
    const fed = tf.matMul(input, asMatrix(net.input));
    const kept = tf.matMul(hidden, asMatrix(net.recurrent));
    const sums: Tensor2D = tf.add(tf.add(fed, kept), net.bias);
    const [i, f, c, o] = tf.split(sums, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    cell = tf.add(tf.mul(tf.sigmoid(f), cell), tf.mul(tf.sigmoid(i), tf.tanh(c)));
    hidden = tf.mul(tf.sigmoid(o), tf.tanh(cell));
  }
  return hidden;
}

function asMatrix(variable: Variable): Tensor2D {
  return variable as unknown as Tensor2D;
}
