import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rocAuc } from '../../../bench/support/ml/measures.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { compressed, expanded } from '../../../src/ml/compress/compress.ts';
import { pack, unpack } from '../../../src/ml/compress/pack.ts';
import type { ModelSnapshot } from '../../../src/ml/model.ts';
import { autoencoder } from '../../../src/ml/neural/autoencoder.ts';
import { lstmNextEvent } from '../../../src/ml/neural/lstm-next-event.ts';
import type { Trainer } from '../../../src/ml/neural/trainer.ts';
import { readPlain } from '../../../src/ml/registry/plain-reader.ts';
import { writePlain } from '../../../src/ml/registry/plain-writer.ts';
import { describe } from '../../support/suite.ts';
import { broken, QUICK, sheet, wasmTrainer } from '../neural/support.ts';
import { oddSessions, sessions } from '../neural/sessions.ts';

const sizeOf = (snapshot: ModelSnapshot): number => writePlain(snapshot).length;
const LARGEST = Math.fround(1e35);
const floats = fc.array(fc.float({ noNaN: true, min: -LARGEST, max: LARGEST }), { maxLength: 300 });

describe('packing numbers', (it) => {
  it('keeps each within half a step of its block', () => {
    fc.assert(
      fc.property(floats, (numbers) => {
        const values = Float32Array.from(numbers, (value) => (value === 0 ? 1 : value));
        const back = unpack(pack(values));
        assert.equal(back.length, values.length);
        values.forEach((value, at) => {
          const start = at - (at % 128);
          const largest = Math.max(...values.subarray(start, start + 128).map(Math.abs));
          const error = Math.abs(value - (back[at] as number));
          assert.ok(error <= (largest / 254) * 1.0001 + 2 ** -140, `${value} ${back[at]}`);
        });
      }),
    );
  });

  it('keeps zeros where they are, and writes no more than a bit for each', () => {
    const zeros = fc.array(fc.oneof(fc.constant(0), fc.constantFrom(-2, 0.5, 3)), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(zeros, (numbers) => {
        const packed = pack(Float32Array.from(numbers));
        const back = unpack(packed);
        const others = numbers.filter((value) => value !== 0).length;
        if (packed.kept !== undefined) assert.equal(packed.steps.length, others);
        else assert.ok(numbers.length - others <= numbers.length / 8);
        numbers.forEach((value, at) => {
          assert.equal(Math.sign(back[at] as number) + 0, Math.sign(value) + 0);
        });
      }),
    );
  });

  it('keeps zeros and nothing', () => {
    assert.deepEqual(unpack(pack(new Float32Array(100))), new Float32Array(100));
    assert.deepEqual(unpack(pack(new Float32Array(0))), new Float32Array(0));
  });
});

describe('compressing a model', (it) => {
  let trainer: Trainer;
  let dense: ModelSnapshot;
  let recurrent: ModelSnapshot;
  let pruned: ModelSnapshot;
  let prunedRecurrent: ModelSnapshot;
  const COLUMNS = 16;
  const trainDense = async (prune: number) => {
    const options = { ...QUICK, prune };
    const context = { trainer, random: new Random(1), options };
    return (await autoencoder.train(sheet(2_000, COLUMNS), context)).snapshot();
  };
  const trainRecurrent = async (prune: number) => {
    const context = { trainer, random: new Random(1), options: { epochs: 8, window: 5, prune } };
    return (await lstmNextEvent.train(sessions(300), context)).snapshot();
  };
  it.before(async () => {
    trainer = wasmTrainer();
    dense = await trainDense(0);
    pruned = await trainDense(0.5);
    recurrent = await trainRecurrent(0);
    prunedRecurrent = await trainRecurrent(0.5);
  });
  it.after(() => trainer.close());

  const aucOf = (snapshot: ModelSnapshot): number => {
    const normal = sheet(1_500, COLUMNS, 7);
    const model = autoencoder.restore(snapshot);
    const scores = [...model.score(normal), ...model.score(broken(normal))];
    return rocAuc(
      scores,
      scores.map((_, at) => (at < normal.rows ? 0 : 1)),
    );
  };
  const aucOfSessions = (snapshot: ModelSnapshot): number => {
    const model = lstmNextEvent.restore(snapshot);
    const normal = sessions(300, 8);
    const odd = oddSessions(300, 9);
    return rocAuc(
      [...model.score(normal), ...model.score(odd)],
      [...normal.map(() => 0), ...odd.map(() => 1)],
    );
  };

  it('makes the weights of an autoencoder 27 % as large at an AUC 0.01 lower at most', () => {
    const share = sizeOf(compressed(dense)) / sizeOf(dense);
    // Names and scales weigh as much before as after: of 16 columns they are 5 %.
    assert.ok(share <= 0.36, String(share));
    const drop = aucOf(dense) - aucOf(expanded(compressed(dense)));
    assert.ok(drop <= 0.01, String(drop));
  });

  it('makes an LSTM at most 30 % as large at an AUC 0.01 lower at most', () => {
    assert.ok(sizeOf(compressed(recurrent)) / sizeOf(recurrent) <= 0.3);
    assert.ok(aucOfSessions(recurrent) - aucOfSessions(expanded(compressed(recurrent))) <= 0.01);
  });

  it('makes models smaller still that were trained with half of their weights at 0', () => {
    const share = sizeOf(compressed(pruned)) / sizeOf(dense);
    assert.ok(share <= 0.28, String(share));
    assert.ok(aucOf(dense) - aucOf(expanded(compressed(pruned))) <= 0.01);
    assert.ok(sizeOf(compressed(prunedRecurrent)) / sizeOf(recurrent) <= 0.22);
    const drop = aucOfSessions(recurrent) - aucOfSessions(expanded(compressed(prunedRecurrent)));
    assert.ok(drop <= 0.01, String(drop));
    const { weights } = (pruned.state as { trained: { weights: Float32Array } }).trained;
    const zeros = weights.filter((weight) => weight === 0).length;
    assert.ok(Math.abs(zeros / weights.length - 0.5) < 0.06, String(zeros / weights.length));
  });

  it('gives the same model back from bytes, and from one that was expanded', () => {
    const small = compressed(dense);
    const read = readPlain(writePlain(small)) as ModelSnapshot;
    const rows = sheet(50, COLUMNS, 3);
    const wanted = autoencoder.restore(expanded(small)).score(rows);
    assert.deepEqual(autoencoder.restore(expanded(read)).score(rows), wanted);
    const again = compressed(autoencoder.restore(expanded(small)).snapshot());
    assert.deepEqual(autoencoder.restore(expanded(again)).score(rows), wanted);
  });

  it('leaves what is not compressed alone, and the original as it was', () => {
    const before = Buffer.from(writePlain(dense));
    assert.equal(expanded(dense), dense);
    compressed(dense);
    assert.deepEqual(Buffer.from(writePlain(dense)), before);
  });

  it('refuses to compress twice', () => {
    assert.throws(
      () => compressed(compressed(dense)),
      (error) => isWatchkeeperError(error, 'MODEL_INPUT'),
    );
  });

  it('keeps means that lie far from zero in full', () => {
    const snapshot = structuredClone(dense);
    const { mean } = (snapshot.state as { trained: { mean: Float64Array } }).trained;
    mean[3] = 1.7e12 + 0.125;
    const back = expanded(compressed(snapshot)).state as { trained: { mean: Float64Array } };
    assert.equal(back.trained.mean[3], 1.7e12 + 0.125);
  });

  const damage: readonly [string, (packed: Record<string, unknown>) => void][] = [
    ['a length that is none', (packed) => void (packed['length'] = -1)],
    ['a huge length', (packed) => void (packed['length'] = 1e12)],
    ['too few steps', (packed) => void (packed['steps'] = new Int8Array(2))],
    ['steps of another type', (packed) => void (packed['steps'] = new Uint8Array(2))],
    ['too few scales', (packed) => void (packed['scales'] = new Float32Array(1))],
    ['a NaN scale', (packed) => void (packed['scales'] as Float32Array).fill(NaN)],
    ['a huge scale', (packed) => void (packed['scales'] as Float32Array).fill(3e38)],
    ['a short mask', (packed) => void (packed['kept'] = new Uint8Array(1))],
    ['a full mask', (packed) => void (packed['kept'] as Uint8Array).fill(255)],
  ];
  for (const [name, harm] of damage) {
    it(`does not expand ${name}`, () => {
      const small = structuredClone(compressed(pruned));
      const { state } = small.state as { state: Inner };
      harm(state.trained.weights.packed);
      assert.throws(
        () => autoencoder.restore(expanded(small)),
        (error) => isWatchkeeperError(error, 'MODEL_INVALID'),
      );
    });
  }

  it('does not expand what is no compressed model', () => {
    const small = compressed(dense);
    const inner = small.state as Record<string, unknown>;
    let deep: unknown = 1;
    for (let level = 0; level < 100; level += 1) deep = [deep];
    for (const bad of [
      { ...small, version: 2 },
      { ...small, state: null },
      { ...small, state: { ...inner, kind: 7 } },
      { ...small, state: { ...inner, kind: 'compressed' } },
      { ...small, state: { ...inner, version: 'x' } },
      { ...small, state: { ...inner, state: deep } },
      { ...small, state: { ...inner, state: { packed: 7 } } },
      { ...small, state: { ...inner, state: { single: 7 } } },
      { ...small, state: { ...inner, state: { single: { mean: 1 } } } },
    ])
      assert.throws(
        () => expanded(bad),
        (error) => isWatchkeeperError(error, 'MODEL_INVALID'),
      );
  });
});

interface Inner {
  readonly trained: { readonly weights: { readonly packed: Record<string, unknown> } };
}
