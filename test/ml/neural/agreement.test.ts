import assert from 'node:assert/strict';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { Random } from '../../../src/core/random.ts';
import { Autoencoder } from '../../../src/ml/neural/autoencoder.ts';
import { AUTOENCODER_DEFAULTS } from '../../../src/ml/neural/autoencoder-options.ts';
import {
  trainAutoencoder,
  type AutoencoderJob,
} from '../../../src/ml/neural/autoencoder-training.ts';
import { layersOf } from '../../../src/ml/neural/autoencoder-state.ts';
import { loadBackend } from '../../../src/ml/neural/load-backend.ts';
import { LstmCell } from '../../../src/ml/neural/lstm-cell.ts';
import { LSTM_DEFAULTS } from '../../../src/ml/neural/lstm-options.ts';
import { lstmWeights } from '../../../src/ml/neural/lstm-state.ts';
import { trainLstm, type LstmJob } from '../../../src/ml/neural/lstm-training.ts';
import { inverseOf, standardised } from '../../../src/ml/neural/standardiser.ts';
import { vocabularyOf } from '../../../src/ml/neural/vocabulary.ts';
import { describe } from '../../support/suite.ts';
import { sheet } from './support.ts';

const AGREED = 1e-4;
const quiet = { onEpoch: () => undefined };
const COLUMNS = 8;

function denseJob(epochs: number): AutoencoderJob {
  const { values } = sheet(400, COLUMNS);
  const options = { ...AUTOENCODER_DEFAULTS, epochs };
  const random = new Random(4).state();
  return { kind: 'autoencoder', values, columns: COLUMNS, options, random };
}

function recurrentJob(epochs: number): LstmJob {
  const random = new Random(4);
  const events = Uint32Array.from({ length: 600 }, () => random.integer(1, 6));
  const starts = Uint32Array.from({ length: 31 }, (_, at) => at * 20);
  const options = { ...LSTM_DEFAULTS, epochs, hidden: 12, window: 6 };
  return { kind: 'lstm_next_event', events, starts, options, random: random.state() };
}

function apart(one: ArrayLike<number>, other: ArrayLike<number>): number {
  assert.equal(one.length, other.length);
  let most = 0;
  for (let at = 0; at < one.length; at += 1) {
    const [a, b] = [one[at] as number, other[at] as number];
    most = Math.max(most, Math.abs(a - b) / Math.max(1, Math.abs(b)));
  }
  return most;
}

describe('what tfjs and plain arithmetic compute', (it) => {
  it('agrees for the autoencoder, on wasm, cpu and in plain arithmetic', async () => {
    const { tf } = await loadBackend('wasm');
    const state = await trainAutoencoder(tf, denseJob(5), quiet);
    const samples = sheet(256, COLUMNS, 6);
    const plain = new Autoencoder(AUTOENCODER_DEFAULTS, state).score(samples);
    const inverse = inverseOf(state.scale);
    const inputs = samples.values.map((value, at) => {
      const column = at % COLUMNS;
      return standardised(value, state.mean[column] as number, inverse[column] as number);
    });
    for (const backend of ['wasm', 'cpu'] as const) {
      const loaded = await loadBackend(backend);
      assert.equal(loaded.tf.getBackend(), backend);
      const scores = tf.tidy(() => {
        const target = tf.tensor2d(Float32Array.from(inputs), [samples.rows, COLUMNS]);
        const out = layersOf(AUTOENCODER_DEFAULTS, state).reduce(
          (values: Tensor2D, layer) => {
            const kernel = tf.tensor2d(layer.kernel, [layer.inputs, layer.outputs]);
            const sums = tf.add<Tensor2D>(tf.matMul(values, kernel), tf.tensor1d(layer.bias));
            return layer.activation === 'tanh' ? tf.tanh(sums) : sums;
          },
          tf.clipByValue(target, -6, 6),
        );
        return tf.mean(tf.square(tf.sub(out, target)), 1).dataSync();
      });
      assert.ok(apart(plain, scores) < AGREED, `${backend} ${apart(plain, scores)}`);
    }
  });

  it('agrees for the LSTM with the layers of tfjs', async () => {
    const { tf } = await loadBackend('wasm');
    const layers = await import('@tensorflow/tfjs-layers');
    const job = recurrentJob(3);
    const { hidden, window } = job.options;
    const weights = lstmWeights(hidden, await trainLstm(tf, job, quiet));
    const cell = new LstmCell(weights);
    const { columns } = cell;
    assert.equal(columns, vocabularyOf(job.events, 500).size);
    const random = new Random(9);
    const windows = Array.from({ length: 40 }, () =>
      Array.from({ length: window }, () => random.integer(0, columns - 1)),
    );
    const plain = windows.flatMap((one) => {
      cell.reset();
      for (const column of one) cell.step(column);
      return Array.from(cell.surprisals());
    });
    const lstm = layers.layers.lstm({
      units: hidden,
      recurrentActivation: 'sigmoid',
      recurrentInitializer: 'glorotUniform',
      inputShape: [window, columns],
    });
    const net = layers.sequential({ layers: [lstm, layers.layers.dense({ units: columns })] });
    net.setWeights([
      tf.tensor2d(weights.input, [columns, 4 * hidden]),
      tf.tensor2d(weights.recurrent, [hidden, 4 * hidden]),
      tf.tensor1d(weights.bias),
      tf.tensor2d(weights.output, [hidden, columns]),
      tf.tensor1d(weights.outputBias),
    ]);
    const theirs = tf.tidy(() => {
      const flat = Float32Array.from(
        windows.flatMap((one) =>
          one.flatMap((column) => Array.from({ length: columns }, (_, at) => +(at === column))),
        ),
      );
      const input: Tensor3D = tf.tensor3d(flat, [windows.length, window, columns]);
      return tf.neg(tf.logSoftmax(net.predict(input) as Tensor2D)).dataSync();
    });
    assert.ok(apart(plain, theirs) < AGREED, String(apart(plain, theirs)));
  });

  it('trains to scores that agree across wasm and cpu', async () => {
    const samples = sheet(128, COLUMNS, 6);
    const scores: Float64Array[] = [];
    for (const backend of ['wasm', 'cpu'] as const) {
      const { tf } = await loadBackend(backend);
      const state = await trainAutoencoder(tf, denseJob(3), quiet);
      scores.push(new Autoencoder(AUTOENCODER_DEFAULTS, state).score(samples));
    }
    const [wasm, cpu] = scores as [Float64Array, Float64Array];
    assert.ok(apart(wasm, cpu) < AGREED, String(apart(wasm, cpu)));
  });

  it(
    'leaves no tensor behind over 30,000 steps',
    async () => {
      const { tf } = await loadBackend('cpu');
      await trainAutoencoder(tf, denseJob(1), quiet);
      const before = tf.memory().numTensors;
      let steps = 0;
      const onEpoch = () => void (steps += 32);
      const options = { ...AUTOENCODER_DEFAULTS, hidden: 1, bottleneck: 1, batch: 2 };
      const values = sheet(32, 1).values;
      const endless = { ...options, epochs: 900, patience: 10_000 };
      const job = { kind: 'autoencoder', values, columns: 1, options: endless } as const;
      await trainAutoencoder(tf, { ...job, random: new Random(1).state() }, { onEpoch });
      const lstm = recurrentJob(100);
      const tiny = { ...lstm.options, hidden: 1, window: 1, batch: 1, patience: 10_000 };
      const few = { ...lstm, options: tiny };
      await trainLstm(tf, few, { onEpoch });
      assert.ok(steps >= 30_000, String(steps));
      assert.equal(tf.memory().numTensors, before);
    },
    { deadlineMs: 120_000 },
  );
});
