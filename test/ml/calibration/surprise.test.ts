import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import {
  createSurpriseCalibrator,
  MAX_SURPRISE,
  restoreSurpriseCalibrator,
} from '../../../src/ml/calibration/surprise.ts';
import type { SurpriseCalibrator, SurpriseOptions } from '../../../src/ml/calibration/surprise.ts';
import type { ModelSnapshot } from '../../../src/ml/model.ts';
import { describe } from '../../support/suite.ts';

const packr = new Packr({ useRecords: false, moreTypes: true });

/** Scores as models give them: many alike, some far out, of any size. */
const score = fc.oneof(
  fc.double({ min: -1e300, max: 1e300, noNaN: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.integer({ min: 0, max: 5 }),
);
const scores = fc.array(score, { maxLength: 400 });
const options = fc.constantFrom<Partial<SurpriseOptions>>(
  {},
  { horizon: 300 },
  { horizon: Infinity },
  { window: 20 },
);
const history = fc.record({ how: options, normal: scores, later: scores, probes: scores });

describe('surprise', (it) => {
  it('is within 0 and the most, and never NaN, whatever it learned', () => {
    fc.assert(
      fc.property(history, ({ how, normal, later, probes }) => {
        const calibrator = learned(how, normal, later);
        for (const probe of [...probes, ...normal, 1e308, -1e308, 5e-324]) {
          const surprise = calibrator.surprise(probe);
          assert.ok(surprise >= 0 && surprise <= MAX_SURPRISE, `${surprise}`);
        }
      }),
    );
  });

  it('rises with the score', () => {
    fc.assert(
      fc.property(history, ({ how, normal, later, probes }) => {
        const calibrator = learned(how, normal, later);
        const sorted = [...probes, ...normal, ...later].sort((one, other) => one - other);
        const surprises = sorted.map((probe) => calibrator.surprise(probe));
        for (const [index, surprise] of surprises.entries()) {
          assert.ok(index === 0 || surprise >= (surprises[index - 1] as number) - 1e-9);
        }
      }),
    );
  });

  it('is 0 before anything is known', () => {
    assert.equal(createSurpriseCalibrator().surprise(7), 0);
    const calibrator = createSurpriseCalibrator();
    calibrator.fit([]);
    assert.equal(calibrator.surprise(7), 0);
  });

  it('does not depend on the unit of scores', () => {
    const factor = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    const shift = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({ how: options, factor, shift, seed: fc.integer() }),
        ({ how, factor, shift, seed }) => {
          const random = new Random(seed);
          const stream = Array.from({ length: 900 }, () => factor * random.normal(0, 1));
          const other = stream.map((value) => 3 * value + factor * shift);
          const one = learned(how, stream.slice(0, 600), stream.slice(600, 800));
          const two = learned(how, other.slice(0, 600), other.slice(600, 800));
          for (const index of stream.slice(800).keys()) {
            const surprise = one.surprise(stream[800 + index] as number);
            assert.ok(Math.abs(surprise - two.surprise(other[800 + index] as number)) < 1e-5);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('goes on bit-equal from a snapshot, also through msgpack', () => {
    fc.assert(
      fc.property(history, ({ how, normal, later, probes }) => {
        const calibrator = learned(how, normal, later);
        const snapshot = calibrator.snapshot();
        const copies = [
          restoreSurpriseCalibrator(structuredClone(snapshot)),
          restoreSurpriseCalibrator(packr.unpack(packr.pack(snapshot)) as ModelSnapshot),
        ];
        for (const probe of probes) {
          const expected = calibrator.surprise(probe);
          calibrator.update(probe);
          for (const copy of copies) {
            assert.equal(copy.surprise(probe), expected);
            copy.update(probe);
          }
        }
        for (const copy of copies) assert.deepEqual(copy.snapshot(), calibrator.snapshot());
      }),
    );
  });

  it('goes on bit-equal through a change, wherever it is cut', () => {
    const random = new Random(3);
    const calibrator = createSurpriseCalibrator();
    calibrator.fit(Array.from({ length: 4000 }, () => random.normal(0, 1)));
    let copy = restoreSurpriseCalibrator(calibrator.snapshot());
    for (let step = 0; step < 4000; step += 1) {
      const value = random.normal(step > 1000 ? 6 : 0, 1);
      assert.equal(copy.surprise(value), calibrator.surprise(value));
      calibrator.update(value);
      copy.update(value);
      if (step % 97 === 0) copy = restoreSurpriseCalibrator(structuredClone(copy.snapshot()));
    }
  });

  it('does not change what it says when a snapshot is changed later', () => {
    const calibrator = learned({}, [1, 2, 3, 4, 5, 6, 7, 8], []);
    const snapshot = calibrator.snapshot();
    const copy = restoreSurpriseCalibrator(snapshot);
    const expected = calibrator.surprise(9);
    copy.update(1e9);
    calibrator.update(1e9);
    assert.equal(restoreSurpriseCalibrator(snapshot).surprise(9), expected);
  });

  it('refuses corrupt snapshots, field by field', () => {
    const random = new Random(4);
    const stream = Array.from({ length: 900 }, () => random.normal(0, 1));
    const { kind, version, state } = learned({}, stream, stream).snapshot();
    const wrongs: unknown[] = [undefined, null, 'x', NaN, -7, {}, [NaN], Float64Array.of(2, 3)];
    const check = (broken: unknown, where: string): void => {
      let restored: SurpriseCalibrator;
      try {
        restored = restoreSurpriseCalibrator(broken as ModelSnapshot);
      } catch (error) {
        assert.ok(isWatchkeeperError(error, 'MODEL_INVALID'), `${where}: ${String(error)}`);
        return;
      }
      // What is taken must work.
      for (const value of stream) restored.update(value);
      assert.ok(restored.surprise(3) >= 0, where);
    };
    const fields = state as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    for (const wrong of wrongs) {
      for (const [name, value] of Object.entries(fields)) {
        check({ kind, version, state: { ...fields, [name]: wrong } }, `${name}`);
        if (typeof value !== 'object' || ArrayBuffer.isView(value)) continue;
        for (const inner of Object.keys(value)) {
          const part = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
          (part as Record<string, unknown>)[inner] = wrong;
          check({ kind, version, state: { ...fields, [name]: part } }, `${name}.${inner}`);
        }
      }
    }
    for (const broken of [
      undefined,
      7,
      {},
      { kind, version: 2, state },
      { kind: 'x', version, state },
    ]) {
      assert.throws(
        () => restoreSurpriseCalibrator(broken as unknown as ModelSnapshot),
        (error) => isWatchkeeperError(error, 'MODEL_INVALID'),
      );
    }
  });

  it('refuses options that cannot work', () => {
    for (const wrong of [{ horizon: 10 }, { horizon: NaN }, { window: 3 }, { window: 10.5 }]) {
      assert.throws(
        () => createSurpriseCalibrator(wrong),
        (error) => isWatchkeeperError(error, 'MODEL_INPUT'),
      );
    }
  });

  it('refuses what is no number', () => {
    const calibrator = createSurpriseCalibrator();
    for (const wrong of [NaN, Infinity, -Infinity]) {
      for (const call of [
        () => calibrator.fit([1, wrong]),
        () => calibrator.update(wrong),
        () => calibrator.surprise(wrong),
      ]) {
        assert.throws(call, (error) => isWatchkeeperError(error, 'MODEL_INPUT'));
      }
    }
  });
});

function learned(
  how: Partial<SurpriseOptions>,
  normal: readonly number[],
  later: readonly number[],
): SurpriseCalibrator {
  const calibrator = createSurpriseCalibrator(how);
  calibrator.fit(normal);
  for (const value of later) calibrator.update(value);
  return calibrator;
}
