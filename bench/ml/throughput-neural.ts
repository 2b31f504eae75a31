import { systemClock } from '../../src/core/clock.ts';
import type { Matrix } from '../../src/ml/matrix.ts';
import { Random } from '../../src/core/random.ts';
import { autoencoder, restoreAutoencoder } from '../../src/ml/neural/autoencoder.ts';
import { layersOf, type AutoencoderState } from '../../src/ml/neural/autoencoder-state.ts';
import { AUTOENCODER_DEFAULTS } from '../../src/ml/neural/autoencoder-options.ts';
import { loadBackend } from '../../src/ml/neural/load-backend.ts';
import { lstmNextEvent } from '../../src/ml/neural/lstm-next-event.ts';
import { probeBackends } from '../../src/ml/neural/probe-backends.ts';
import { createTrainer, type Trainer } from '../../src/ml/neural/trainer.ts';
import { hdfsFigures } from '../support/ml/lstm-hdfs.ts';
import { compressionFigures } from '../support/ml/compression.ts';
import { curvedRows, grammarSessions } from '../support/ml/generated.ts';
import type { MlFigure, MlPart } from '../support/ml/part.ts';

const COLUMNS = 16;
const BATCH = 256;

/** Speed and size of the neural models, on generated numbers; one thread, and the backend that trains here. */
export const part: MlPart = {
  name: 'throughput-neural',
  async run(context) {
    context.progress('throughput-neural: which backend');
    const { chosen = 'cpu' } = await probeBackends({ clock: systemClock });
    const trainer = createTrainer({ backend: chosen, clock: systemClock });
    try {
      context.progress(`throughput-neural: training on ${chosen}`);
      const trained = await trainingFigure(trainer);
      context.progress('throughput-neural: scoring');
      const dense = await denseFigures(trained.snapshot);
      context.progress('throughput-neural: LSTM');
      const lstm = await lstmFigures(trainer);
      const hdfs = await hdfsFigures(context, trainer);
      const compression = await compressionFigures(context, trainer);
      return [trained.figure, ...dense, ...lstm, ...hdfs, ...compression];
    } finally {
      await trainer.close();
    }
  },
};

async function trainingFigure(trainer: Trainer) {
  const rows = curvedRows(10_000, COLUMNS);
  const started = performance.now();
  const model = await autoencoder.train(rows, { trainer, random: new Random(1) });
  const seconds = (performance.now() - started) / 1000;
  const figure: MlFigure = {
    measure: `training an autoencoder on 10,000 × ${COLUMNS}, seconds`,
    value: seconds,
    role: 'result',
    reach: 60,
    lowerIsBetter: true,
    note: `backend ${trainer.backend}, wall time with the start of its thread`,
  };
  return { figure, snapshot: model.snapshot() };
}

type Snapshot = Awaited<ReturnType<typeof trainingFigure>>['snapshot'];

/** Processor time, so that other work on the machine does not count; at most one core is used. */
function perSecond(count: number, work: () => unknown): number {
  let best = 0;
  for (let round = 0; round < 5; round += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (count / (user + system)) * 1e6);
  }
  return best;
}

async function denseFigures(snapshot: Snapshot): Promise<readonly MlFigure[]> {
  const model = restoreAutoencoder(snapshot);
  const batch = curvedRows(BATCH, COLUMNS, 5);
  const rounds = 200;
  const plain = perSecond(BATCH * rounds, () => {
    for (let round = 0; round < rounds; round += 1) model.score(batch);
  });
  const one: Matrix = { ...batch, rows: 1, values: batch.values.slice(0, COLUMNS) };
  const times = Float64Array.from({ length: 20_000 }, () => {
    const started = performance.now();
    model.score(one);
    return (performance.now() - started) * 1000;
  }).sort();
  const at = (share: number): number => times[Math.floor(share * times.length)] as number;
  const measure = `autoencoder, ${COLUMNS} columns`;
  return [
    {
      measure: `${measure}, rows/s in batches of ${BATCH}`,
      value: plain,
      role: 'result',
      reach: 300_000,
      aim: 600_000,
      note: 'plain JavaScript, as it ships; one core, best of 5 rounds of processor time',
    },
    await tfjsFigure(snapshot, batch),
    { measure: `${measure}, one row, p50 in µs`, value: at(0.5), role: 'result' },
    { measure: `${measure}, one row, p99 in µs`, value: at(0.99), role: 'result' },
  ];
}

/** The same network predicting on tfjs with wasm, for comparison. */
async function tfjsFigure(snapshot: Snapshot, batch: Matrix): Promise<MlFigure> {
  const { tf } = await loadBackend('wasm');
  const { trained } = snapshot.state as { readonly trained: AutoencoderState };
  const layers = layersOf(AUTOENCODER_DEFAULTS, trained).map((layer) => ({
    ...layer,
    kernel: tf.tensor2d(layer.kernel, [layer.inputs, layer.outputs]),
    bias: tf.tensor1d(layer.bias),
  }));
  const values = Float32Array.from(batch.values);
  const predict = (): void => {
    tf.tidy(() => {
      const input = tf.tensor2d(values, [batch.rows, batch.columns]);
      const out = layers.reduce((from, { kernel, bias, activation }) => {
        const sums = tf.add<typeof input>(tf.matMul(from, kernel), bias);
        return activation === 'tanh' ? tf.tanh(sums) : sums;
      }, input);
      tf.mean(tf.square(tf.sub(out, input)), 1).dataSync();
    });
  };
  const rounds = 100;
  const value = perSecond(batch.rows * rounds, () => {
    for (let round = 0; round < rounds; round += 1) predict();
  });
  return {
    measure: `autoencoder, ${COLUMNS} columns, rows/s in batches of ${BATCH}, by tfjs`,
    value,
    role: 'baseline',
    note: 'wasm backend, not what ships',
  };
}

async function lstmFigures(trainer: Trainer): Promise<readonly MlFigure[]> {
  const sessions = grammarSessions(500);
  const started = performance.now();
  const model = await lstmNextEvent.train(sessions, { trainer, random: new Random(1) });
  const seconds = (performance.now() - started) / 1000;
  const random = new Random(7);
  const noise = Array.from({ length: 50 }, () =>
    Uint32Array.from({ length: 30 }, () => random.integer(1, 30)),
  );
  const restored = lstmNextEvent.restore(model.snapshot());
  const events = (list: readonly Uint32Array[]): number =>
    list.reduce((sum, { length }) => sum + length + 1, 0);
  return [
    {
      measure: 'LSTM, events/s of sessions like those trained on',
      value: perSecond(events(sessions), () => restored.score(sessions)),
      role: 'result',
      note: 'most windows come again and are remembered',
    },
    {
      measure: 'LSTM, events/s of random sessions',
      // A copy for each round, so that nothing is remembered.
      value: perSecond(events(noise), () => lstmNextEvent.restore(model.snapshot()).score(noise)),
      role: 'result',
      note: 'window 10, 24 units; every window is new',
    },
    {
      measure: 'training an LSTM on 500 generated sessions, seconds',
      value: seconds,
      role: 'result',
      lowerIsBetter: true,
      note: `backend ${trainer.backend}`,
    },
  ];
}
