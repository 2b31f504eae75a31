import { Random } from '../../core/random.ts';
import { AUTOENCODER_DEFAULTS } from './autoencoder-options.ts';
import { trainAutoencoder } from './autoencoder-training.ts';
import { BackendRefusal } from './backend.ts';
import { LSTM_DEFAULTS } from './lstm-options.ts';
import { trainLstm } from './lstm-training.ts';
import type { Tf } from './tf.ts';

/** Losses after two short passes, as the cpu backend computes them. */
const KNOWN = { autoencoder: 0.229494, lstm: 1.13417 };
/** How far a backend's may lie from these. */
const TOLERANCE = 1e-3;

/**
 * Trains both networks a little with fixed weights and numbers, by the code
 * that trains them in earnest, and compares what came out. Takes about 0.3 s on wasm.
 * @throws BackendRefusal when a loss does not fall, is another than elsewhere, or tensors are left behind
 */
export async function selfTest(tf: Tf): Promise<void> {
  const before = tf.memory().numTensors;
  const dense = await trainDense(tf);
  const recurrent = await trainRecurrent(tf);
  judge('autoencoder', dense, KNOWN.autoencoder);
  judge('LSTM', recurrent, KNOWN.lstm);
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new BackendRefusal(`training left ${left} tensors behind`);
}

async function trainDense(tf: Tf): Promise<readonly number[]> {
  const losses: number[] = [];
  const random = new Random(1, 'self-test');
  const columns = 3;
  const values = Float64Array.from({ length: 64 * columns }, (_, at) => {
    const row = Math.floor(at / columns);
    return Math.sin(row * (1 + (at % columns))) + 0.1 * random.unit();
  });
  const options = { ...AUTOENCODER_DEFAULTS, hidden: 8, bottleneck: 2, epochs: 2 };
  const job = { kind: 'autoencoder', values, columns, options, random: random.state() } as const;
  await trainAutoencoder(tf, job, { onEpoch: ({ loss }) => void losses.push(loss) });
  return losses;
}

async function trainRecurrent(tf: Tf): Promise<readonly number[]> {
  const losses: number[] = [];
  const random = new Random(2, 'self-test');
  const job = {
    kind: 'lstm_next_event',
    events: Uint32Array.from({ length: 60 }, (_, at) => (at * at) % 7),
    starts: Uint32Array.of(0, 20, 40, 60),
    options: { ...LSTM_DEFAULTS, window: 3, hidden: 4, epochs: 2, validation: 0 },
    random: random.state(),
  } as const;
  await trainLstm(tf, job, { onEpoch: ({ loss }) => void losses.push(loss) });
  return losses;
}

function judge(what: string, losses: readonly number[], known: number): void {
  const [first = NaN, last = NaN] = losses;
  if (!(last < first)) throw new BackendRefusal(`the loss of the ${what} does not fall`);
  if (!(Math.abs(last - known) <= TOLERANCE)) {
    throw new BackendRefusal(`the ${what} came out as ${last.toPrecision(6)}, not ${known}`);
  }
}
