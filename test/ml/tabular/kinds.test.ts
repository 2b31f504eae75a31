import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';

import { Random } from '../../../src/core/random.ts';
import { matrixOf, rowOf } from '../../../src/ml/matrix.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import type { ModelKind, ModelSnapshot } from '../../../src/ml/model.ts';
import { TABULAR_KINDS } from '../../../src/ml/tabular/kinds.ts';
import { describe } from '../../support/suite.ts';
import { firstRows, normalRows } from './rows-of.ts';

type AnyKind = ModelKind<Matrix, object>;

/** Smaller than the defaults, so that many fits stay quick. */
const QUICK: Readonly<Record<string, object>> = {
  isolation_forest: { trees: 10, sampleSize: 32 },
  nearest_neighbours: { references: 50, neighbours: 3 },
  sampled_neighbours: { groups: 3, sampleSize: 16 },
  local_outlier_factor: { window: 40, neighbours: 5 },
  one_class_svm: { window: 40 },
  one_class_svm_rff: { features: 16 },
  half_space_trees: { trees: 5, depth: 5, window: 20 },
  tabular_ensemble: { trees: 10, groups: 3, sampleSize: 16, calibrationRows: 50 },
};

const packr = new Packr({ moreTypes: true, structuredClone: true });
const roundTrips: Readonly<Record<string, (snapshot: ModelSnapshot) => ModelSnapshot>> = {
  structuredClone: (snapshot) => structuredClone(snapshot),
  msgpack: (snapshot) => packr.unpack(packr.pack(snapshot)) as ModelSnapshot,
};

for (const each of TABULAR_KINDS) {
  const kind = each as unknown as AnyKind;
  const options = QUICK[kind.kind] ?? {};
  const make = (seed = 1) => kind.create(options, new Random(seed));
  const fitted = (samples: Matrix, seed = 1) => {
    const model = make(seed);
    model.fit(samples);
    return model;
  };

  describe(`${kind.kind}, as any model of rows`, (it) => {
    it('scores rows far from the others higher', () => {
      const model = fitted(normalRows(400, 4));
      const scores = model.score(
        matrixOf([
          [0, 0, 0, 0],
          [30, -30, 30, -30],
        ]),
      );
      assert.ok((scores[1] as number) > (scores[0] as number), [...scores].join());
    });

    it('gives the same scores for the same seed, one row at a time or all at once', () => {
      const samples = normalRows(200, 3);
      const once = fitted(samples).score(samples);
      const model = fitted(samples);
      const single = Array.from({ length: samples.rows }, (_, row) => {
        return model.score({ rows: 1, columns: 3, values: rowOf(samples, row) })[0];
      });
      assert.deepEqual(single, [...once]);
    });

    for (const [name, roundTrip] of Object.entries(roundTrips)) {
      it(`goes on bit for bit after ${name}, through updates and another fit`, () => {
        fc.assert(
          fc.property(fc.integer(), fc.integer({ min: 0, max: 60 }), (seed, updates) => {
            const samples = normalRows(120, 3, seed);
            const model = fitted(samples, seed);
            model.update(firstRows(samples, updates));
            const restored = kind.restore(roundTrip(model.snapshot()));
            assert.deepEqual(restored.score(samples), model.score(samples));
            const later = normalRows(50, 3, seed + 1);
            for (const both of [model, restored]) both.update(later);
            assert.deepEqual(restored.score(samples), model.score(samples));
            assert.deepEqual(restored.snapshot(), model.snapshot());
            for (const both of [model, restored]) both.fit(later);
            assert.deepEqual(restored.score(samples), model.score(samples));
          }),
          { numRuns: 15 },
        );
      });
    }

    it('is not changed by what happens to a model restored from its snapshot, nor changes it', () => {
      const samples = normalRows(100, 3);
      const model = fitted(samples);
      const snapshot = model.snapshot();
      const before = model.score(samples);
      const restored = kind.restore(snapshot);
      restored.update(normalRows(500, 3, 9));
      assert.deepEqual(model.score(samples), before);
      model.update(normalRows(500, 3, 8));
      assert.deepEqual(kind.restore(snapshot).score(samples), before);
    });

    it('can be stored before it is fitted', () => {
      const restored = kind.restore(structuredClone(make().snapshot()));
      assert.equal(restored.bytes, 0);
      assert.throws(() => restored.score(normalRows(2, 2)), { code: 'MODEL_UNFITTED' });
      assert.throws(() => restored.update(normalRows(2, 2)), { code: 'MODEL_UNFITTED' });
      const samples = normalRows(50, 2);
      restored.fit(samples);
      assert.deepEqual(restored.score(samples), fitted(samples).score(samples));
      assert.ok(restored.bytes > 0);
    });

    it('refuses what is no matrix to learn from or score', () => {
      const model = fitted(normalRows(30, 2));
      const bad = { code: 'MODEL_INPUT' };
      for (const value of [NaN, Infinity, -Infinity]) {
        const rows = { rows: 1, columns: 2, values: Float64Array.of(0, value) };
        assert.throws(() => model.score(rows), bad);
        assert.throws(() => model.update(rows), bad);
        assert.throws(() => make().fit(rows), bad);
      }
      assert.throws(() => model.score(normalRows(3, 3)), bad);
      assert.throws(() => model.update(normalRows(3, 1)), bad);
      assert.throws(() => model.score({ rows: 2, columns: 2, values: new Float64Array(3) }), bad);
      assert.throws(() => make().fit(matrixOf([])), bad);
      assert.throws(() => make().fit(matrixOf([[], []])), bad);
      assert.throws(
        () => make().fit({ rows: 1, columns: 5000, values: new Float64Array(5000) }),
        bad,
      );
      assert.deepEqual(model.score(matrixOf([])), new Float64Array(0));
    });

    it('refuses options that are out of bounds or unknown', () => {
      const random = new Random(1);
      for (const [name, value] of Object.entries(kind.defaults)) {
        const wrong = typeof value === 'number' ? [NaN, -1, 1e12, 'two'] : ['other', 3];
        for (const each of wrong) {
          assert.throws(() => kind.create({ [name]: each }, random), { code: 'MODEL_INPUT' });
        }
      }
      assert.throws(() => kind.create({ nonsense: 1 }, random), { code: 'MODEL_INPUT' });
      assert.ok(kind.create({}, random));
    });

    it('has a finite score for any finite rows', () => {
      const extreme = fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(0, -0, 1, 1e300, -1e300, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324),
        fc.integer({ min: -2, max: 2 }),
      );
      const rows = (columns: number, min: number) =>
        fc.array(fc.array(extreme, { minLength: columns, maxLength: columns }), {
          minLength: min,
          maxLength: 30,
        });
      fc.assert(
        fc.property(
          fc
            .integer({ min: 1, max: 5 })
            .chain((columns) => fc.tuple(rows(columns, 1), rows(columns, 1), rows(columns, 0))),
          ([known, later, asked]) => {
            const model = fitted(matrixOf(known));
            for (const samples of [known, later, asked]) {
              for (const score of model.score(matrixOf(samples))) assert.ok(Number.isFinite(score));
            }
            model.update(matrixOf(later));
            for (const score of model.score(matrixOf(known))) assert.ok(Number.isFinite(score));
          },
        ),
        { numRuns: 150 },
      );
    });

    it('has a defined score after one row, constant columns or nothing but repeats', () => {
      for (const rows of [
        [[1, 2]],
        Array.from({ length: 50 }, () => [3, 3]),
        [
          [0, 0],
          [0, 1],
        ],
      ]) {
        const model = fitted(matrixOf(rows));
        const [same, far] = model.score(matrixOf([rows[0] as number[], [1e6, -1e6]]));
        assert.ok(Number.isFinite(same) && Number.isFinite(far));
        assert.ok((far as number) >= (same as number), `${same} ${far}`);
      }
    });

    it('refuses snapshots in which anything was changed', () => {
      const samples = normalRows(60, 2);
      const whole = fitted(samples).snapshot();
      const refusal = { code: 'MODEL_INVALID' };
      for (const foreign of [
        null,
        7,
        {},
        { ...whole, kind: 'other' },
        { ...whole, version: 99 },
        { ...whole, state: null },
        { ...whole, state: [] },
      ]) {
        assert.throws(() => kind.restore(foreign as ModelSnapshot), refusal);
      }
      for (const path of pathsOf(whole.state)) {
        for (const change of [undefined, null, 'x', -1e9, NaN, [], {}, new Float64Array(1)]) {
          const copy = structuredClone(whole);
          setAt(copy.state, path, change);
          let restored;
          try {
            restored = kind.restore(copy);
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'MODEL_INVALID', `${path.join('.')}`);
            continue;
          }
          // What may be missing is what has been learned: the model is unfitted then.
          if (path.length === 1 && ['fitted', 'trees'].includes(path[0] as string)) continue;
          for (const score of restored.score(samples)) {
            assert.ok(Number.isFinite(score), `${path.join('.')} = ${String(change)}`);
          }
        }
      }
    });

    it('learns from a million rows by samples', () => {
      const values = new Float64Array(1_000_000);
      for (let row = 0; row < values.length; row += 1) values[row] = Math.sin(row);
      const model = fitted({ rows: values.length, columns: 1, values });
      assert.ok(model.bytes < 2_000_000);
      const [inside, outside] = model.score(matrixOf([[0.5], [50]]));
      assert.ok((outside as number) > (inside as number));
    });
  });
}

/** Places of all fields and of some items of every array. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = ArrayBuffer.isView(value) ? ['0'] : Object.keys(value);
  const below = keys.flatMap((key) => {
    return pathsOf((value as Record<string, unknown>)[key], [...path, key]);
  });
  return path.length === 0 ? below : [path, ...below];
}

function setAt(root: unknown, path: readonly string[], value: unknown): void {
  let at = root as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1) as string] = value;
}
