import assert from 'node:assert/strict';
import { highestSurprise, warningsOf } from '../../src/cli/models/calibration-report.ts';
import { farRows, farSessions } from '../../src/cli/models/far-samples.ts';
import { WatchkeeperError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../src/ml/calibration/surprise.ts';
import { asMatrix, type Matrix } from '../../src/ml/matrix.ts';
import type { Model } from '../../src/ml/model.ts';
import { MODEL_KINDS } from '../../src/ml/registry/model-kinds.ts';
import { describe } from '../support/suite.ts';

const facts = { isHeldOut: true, highest: 9, asked: 3 };

function normalRows(rows: number, columns: number): Matrix {
  const random = new Random(2);
  const values = Float64Array.from({ length: rows * columns }, () => random.normal(50, 5));
  return asMatrix(values, columns);
}

function scoring(score: (rows: Matrix) => number): Model<Matrix> {
  return {
    score: (rows: Matrix) => new Float64Array(rows.rows).fill(score(rows)),
  } as Model<Matrix>;
}

describe('what a trained model is warned of', (it) => {
  it('is nothing when all is well', () => {
    const scores = Float64Array.from({ length: 200 }, (_, at) => at / 7);
    assert.deepEqual(warningsOf({ ...facts, scores }), []);
  });

  it('tells too few scores from scores that are bounded', () => {
    const few = warningsOf({
      ...facts,
      highest: 2,
      scores: new Float64Array(99).map((_, at) => at),
    });
    assert.match(few[0]?.why ?? '', /Only 99 scores/);
    const many = new Float64Array(400).map((_, at) => at);
    assert.match(warningsOf({ ...facts, highest: 2, scores: many })[0]?.why ?? '', /Even samples/);
    assert.deepEqual(warningsOf({ ...facts, highest: 3, scores: many }), []);
  });

  it('counts lumps from a hundred scores on', () => {
    const lumpy = (count: number, distinct: number): number =>
      warningsOf({ ...facts, scores: new Float64Array(count).map((_, at) => at % distinct) })
        .length;
    assert.deepEqual(
      [lumpy(99, 2), lumpy(100, 9), lumpy(100, 10), lumpy(1_000, 29), lumpy(1_000, 30)],
      [0, 1, 0, 1, 0],
    );
  });

  it('says when compressing moved scores or left a model large', () => {
    const scores = Float64Array.from({ length: 200 }, (_, at) => at / 7);
    const of = (shift: number, share: number): readonly string[] =>
      warningsOf({
        ...{ ...facts, scores },
        compression: {
          snapshot: { kind: '', version: 1, state: 0 },
          bits: 8,
          prune: 0,
          shift,
          share,
        },
      }).map(({ what }) => what);
    assert.deepEqual(of(0.005, 0.3), []);
    assert.match(of(0.006, 0.3).join(), /moved scores by 0\.6 %/);
    assert.match(of(0, 0.31).join(), /31\.0 % of its size/);
  });
});

describe('the highest surprise that a model gives', (it) => {
  const rows = normalRows(300, 3);
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(Float64Array.from({ length: 500 }, (_, at) => at / 500));

  it('is that of samples unlike all it has learned', () => {
    const bounded = scoring(() => 0.9);
    const unbounded = scoring(({ values }) => Math.abs(values[0] ?? 0));
    const [low, high] = [bounded, unbounded].map((model) =>
      highestSurprise(model, calibrator, farRows(rows)),
    );
    assert.equal(low, calibrator.surprise(0.9));
    assert.ok((high ?? 0) > 3);
  });

  it('is that of any score where the model takes none of these', () => {
    const picky = scoring(() => {
      throw new WatchkeeperError('MODEL_INPUT', 'no');
    });
    assert.equal(highestSurprise(picky, calibrator, farRows(rows)), calibrator.surprise(1e300));
    const broken = scoring(() => {
      throw new RangeError('bug');
    });
    assert.throws(() => highestSurprise(broken, calibrator, farRows(rows)), RangeError);
  });

  it('is found for every kind that learns here', () => {
    const random = new Random(3);
    const sessions = Array.from({ length: 60 }, () =>
      Uint32Array.from({ length: 8 }, (_, at) => at + Number(random.chance(0.2))),
    );
    const wide = normalRows(120, 4);
    for (const [name, known] of MODEL_KINDS) {
      if (known.kind.train !== undefined) continue;
      if (known.takes === 'rows') {
        const model = known.kind.create({}, new Random(1));
        model.fit(wide);
        assert.ok(highestSurprise(model, calibrator, farRows(wide)) >= 0, name);
      } else {
        const model = known.kind.create({}, new Random(1));
        model.fit(sessions);
        assert.ok(highestSurprise(model, calibrator, farSessions(sessions)) >= 0, name);
      }
    }
  });

  it('looks at no rows where there are none', () => {
    assert.deepEqual(farRows(asMatrix(new Float64Array(0), 2)), []);
    assert.equal(farSessions([]).length, 3);
  });
});
