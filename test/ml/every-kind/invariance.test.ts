import assert from 'node:assert/strict';

import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import { describe } from '../../support/suite.ts';
import { eventfulStream, scoresOf } from '../series/kinds.ts';
import { COLUMNS, findKinds, isNeural, part, rowsOf } from './kinds.ts';

const RUNS = { numRuns: 5 };
/** Powers of two: no number is rounded otherwise. */
const power = fc.integer({ min: -60, max: 60 });
const seed = fc.integer({ min: 0, max: 1_000_000 });
/** Units mean something to it: beats, steps, times. */
const WITH_UNITS = ['personal_context'];

const kinds = await findKinds();

describe('the same rows in other units', (it) => {
  for (const kind of kinds.rows) {
    if (isNeural(kind) || WITH_UNITS.includes(kind.kind)) continue;
    const scored = (rows: Matrix): Float64Array => {
      const model = kind.create({}, new Random(7));
      model.fit(part(rows, 0, 150));
      return model.score(part(rows, 150, 200));
    };

    it(`have bit-equal scores with ${kind.kind}, each column times its own power of two`, () => {
      fc.assert(
        fc.property(
          seed,
          fc.array(power, { minLength: COLUMNS, maxLength: COLUMNS }),
          (from, powers) => {
            const rows = rowsOf(200, from);
            const moved = mapped(rows, (value, column) => value * 2 ** (powers[column] as number));
            assert.deepEqual(scored(moved), scored(rows));
          },
        ),
        RUNS,
      );
    });

    it(`have the same scores with ${kind.kind}, but for rounding, times 1000 plus a million`, () => {
      const rows = rowsOf(200, 3);
      const expected = scored(rows);
      const moved = scored(mapped(rows, (value) => value * 1000 + 1e6));
      for (const [index, score] of moved.entries()) {
        const wanted = expected[index] as number;
        assert.ok(Math.abs(score - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)), kind.kind);
      }
    });
  }
});

describe('the same stream in other units and at another time', (it) => {
  for (const kind of kinds.series) {
    it(`has bit-equal scores with ${kind.kind}`, () => {
      fc.assert(
        fc.property(seed, power, fc.integer({ min: -1e12, max: 1e12 }), (from, exponent, later) => {
          const points = eventfulStream(from, 420);
          const moved = {
            times: points.times.map((time) => time + later),
            values: points.values.map((value) => value * 2 ** exponent),
          };
          assert.deepEqual(scoresOf(kind.create(), moved), scoresOf(kind.create(), points));
        }),
        RUNS,
      );
    });
  }
});

function mapped(rows: Matrix, change: (value: number, column: number) => number): Matrix {
  return { ...rows, values: rows.values.map((value, at) => change(value, at % COLUMNS)) };
}
