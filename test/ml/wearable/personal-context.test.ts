import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Packr } from 'msgpackr';

import { readWearFiles } from '../../../bench/support/ml/fitbit.ts';
import { averagePrecision } from '../../../bench/support/ml/measures.ts';
import { Random } from '../../../src/core/random.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { matrixOf } from '../../../src/ml/matrix.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import { personalContext } from '../../../src/ml/wearable/personal-context.ts';
import { describe } from '../../support/suite.ts';
import { wearerMinutes } from './wearer.ts';

const random = new Random(1);

function rowsOf(days: number, seed: number): Matrix {
  return matrixOf(
    wearerMinutes(days, seed).map(({ timestamp, heartRate, steps }) => [
      timestamp,
      heartRate ?? -1,
      steps ?? -1,
      -1,
    ]),
  );
}

function part(rows: Matrix, from: number, to: number): Matrix {
  const values = rows.values.slice(from * rows.columns, to * rows.columns);
  return { rows: to - from, columns: rows.columns, values };
}

describe('personal context model', (it) => {
  const rows = rowsOf(3, 5);

  it('scores without learning, and learns by update', () => {
    const model = personalContext.create({}, random);
    model.fit(part(rows, 0, 2_000));
    const later = part(rows, 2_000, 2_100);
    const once = model.score(later);
    assert.deepEqual(model.score(later), once);
    model.update(later);
    assert.equal(
      model.score(later).reduce((sum, one) => sum + one, 0),
      0,
      'known rows are passed over',
    );
  });

  it('goes on bit-equally after a restore, also through msgpack', () => {
    const packr = new Packr({ structuredClone: true });
    const one = personalContext.create({ alarmsPerWeek: 1 }, random);
    one.fit(part(rows, 0, 1_500));
    const other = personalContext.restore(packr.unpack(packr.pack(one.snapshot())));
    for (let from = 1_500; from < 3_000; from += 500) {
      assert.deepEqual(
        other.score(part(rows, from, from + 500)),
        one.score(part(rows, from, from + 500)),
      );
      one.update(part(rows, from, from + 500));
      other.update(part(rows, from, from + 500));
    }
    assert.deepEqual(other.snapshot(), one.snapshot());
  });

  it('says when it was not fitted, or is given other rows', () => {
    const model = personalContext.create({}, random);
    assert.throws(() => model.score(rows), { code: 'MODEL_UNFITTED' });
    assert.throws(() => model.fit(matrixOf([[1, 2]])), { code: 'MODEL_INPUT' });
    assert.throws(() => personalContext.create({ alarmsPerWeek: 0 }, random), {
      code: 'MODEL_INPUT',
    });
    assert.deepEqual(personalContext.restore(model.snapshot()).snapshot(), model.snapshot());
  });

  it('refuses what is no snapshot, and what is damaged anywhere never gives a NaN', () => {
    const model = personalContext.create({}, random);
    model.fit(part(rows, 0, 300));
    const good = model.snapshot();
    const wearer = (good.state as { wearer: Float64Array }).wearer;
    const invalid = { code: 'MODEL_INVALID' };
    for (const bad of [
      { ...good, kind: 'other' },
      { ...good, version: 0 },
      { ...good, state: null },
      { ...good, state: { alarmsPerWeek: -1, wearer } },
      { ...good, state: { alarmsPerWeek: 1, wearer: [...wearer] } },
      { ...good, state: { alarmsPerWeek: 1, wearer: wearer.slice(1) } },
    ]) {
      assert.throws(() => personalContext.restore(bad), invalid);
    }
    for (let place = 0; place < wearer.length; place += 1) {
      for (const value of [Number.NaN, -1, 0, 1e9]) {
        const damaged = wearer.slice();
        damaged[place] = value;
        try {
          const restored = personalContext.restore({
            ...good,
            state: { alarmsPerWeek: 1, wearer: damaged },
          });
          restored.update(part(rows, 300, 340));
          assert.ok(
            restored.score(part(rows, 340, 360)).every((one) => one >= 0 && one <= 16),
            `${place}`,
          );
        } catch (error) {
          assert.equal(
            (error as { code?: string }).code,
            'MODEL_INVALID',
            `${place}: ${String(error)}`,
          );
        }
      }
    }
  });
});

describe('personal context model on real wearers', (it) => {
  const data = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');
  const folder = join(data, 'fitbit');
  if (!existsSync(folder)) {
    it.skip(
      'keeps its precision',
      'no minutes of wearers: set WATCHKEEPER_DATA to the folder of fitbit/',
    );
    return;
  }
  it('keeps its precision', () => {
    const files = readWearFiles(folder, 'injected_').slice(0, 1);
    for (const { wearer, minutes } of files) {
      const rows = matrixOf(
        minutes.map((one) => [one.timestamp, one.heartRate, one.steps, one.intensity]),
      );
      const half = Math.floor(rows.rows / 2);
      const model = personalContext.create({}, random);
      model.fit(part(rows, 0, half));
      const scores = model.score(part(rows, half, rows.rows));
      const labels = minutes.slice(half).map(({ label }) => label);
      const precision = averagePrecision(scores, labels);
      assert.ok(precision > 0.7, `${wearer}: ${precision.toFixed(3)}`);
    }
  });
});
