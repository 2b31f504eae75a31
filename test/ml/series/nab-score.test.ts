import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { readNab, readProfiles, readReference } from '../../../bench/support/ml/nab-data.ts';
import {
  probationRows,
  scaledSigmoid,
  scoreNab,
  scoreNabAt,
} from '../../../bench/support/ml/nab-score.ts';
import type { NabStream } from '../../../bench/support/ml/nab-score.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { describe } from '../../support/suite.ts';

const STANDARD = { truePositive: 1, falsePositive: 0.11, falseNegative: 1 };
const ROWS = 100;

/** 100 rows a minute apart with windows from row to row and scores at rows. */
function stream(windows: readonly [number, number][], scores: Record<number, number>): NabStream {
  const times = Array.from({ length: ROWS }, (_, row) => row * 60_000);
  return {
    name: 'made',
    times,
    windows: windows.map(([first, last]) => [first * 60_000, last * 60_000]),
    scores: times.map((_, row) => scores[row] ?? 0),
  };
}

const near = (actual: number, expected: number) => {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} instead of ${expected}`);
};

describe('NAB scoring', (it) => {
  it('has the sigmoid of the paper', () => {
    near(scaledSigmoid(-1), 2 / (1 + Math.exp(-5)) - 1);
    near(scaledSigmoid(0), 0);
    near(scaledSigmoid(1), 2 / (1 + Math.exp(5)) - 1);
    assert.equal(scaledSigmoid(3), -1);
  });

  it('leaves 15 % of the rows out, at most 750', () => {
    assert.deepEqual([1000, 1007, 5000, 20_000].map(probationRows), [150, 151, 750, 750]);
  });

  it('gives 100 for a detection at the start of each window and nothing else', () => {
    const result = scoreNab([stream([[40, 59]], { 40: 1 })], STANDARD);
    near(result.score, 100);
    assert.equal(result.threshold, 1);
    assert.equal(result.windowsFound, 1);
  });

  it('gives 0 where nothing is worth detecting', () => {
    const result = scoreNab([stream([[40, 59]], {})], STANDARD);
    // At threshold 0 all rows are detected: 39 − 15 before, 40 after, window found at once.
    assert.equal(result.threshold, Infinity);
    near(result.score, 0);
  });

  it('weighs the earliest detection in a window by its place', () => {
    const { score } = scoreNab([stream([[40, 59]], { 50: 1, 55: 1 })], STANDARD);
    const gain = scaledSigmoid(-10 / 20) / scaledSigmoid(-1);
    near(score, (100 * (gain + 1)) / 2);
  });

  it('weighs a false positive by its distance to the window before', () => {
    const scores = { 20: 1, 40: 1, 64: 1 };
    const { score, falsePositives } = scoreNabAt([stream([[40, 59]], scores)], STANDARD, 1);
    near(score, (100 * (1 + 1 - 0.11 + 0.11 * scaledSigmoid(5 / 19))) / 2);
    assert.equal(falsePositives, 2);
  });

  it('does not count what happens in probation', () => {
    const early = scoreNabAt([stream([[40, 59]], { 3: 1, 40: 1 })], STANDARD, 1);
    near(early.score, 100);
  });

  it('takes one threshold for all streams', () => {
    const quiet = stream([[40, 59]], { 40: 0.5 });
    const loud = stream([], Object.fromEntries([20, 30, 40, 50].map((row) => [row, 0.9])));
    const { score, threshold } = scoreNab([quiet, loud], STANDARD);
    assert.equal(threshold, 0.5);
    near(score, (100 * (2 - 4 * 0.11)) / 2);
  });

  it('costs more for misses and false alarms in the profiles that say so', () => {
    const streams = [
      stream(
        [
          [40, 49],
          [70, 79],
        ],
        { 20: 1, 41: 1 },
      ),
    ];
    const at = (profile: typeof STANDARD) => scoreNabAt(streams, profile, 1).score;
    assert.ok(at({ ...STANDARD, falsePositive: 0.22 }) < at(STANDARD));
    // Normalised: found 1 of 2, so half of the way from −2·2 to 2 less what is lost.
    const gain = scaledSigmoid(-0.9) / scaledSigmoid(-1);
    near(at({ ...STANDARD, falseNegative: 2 }), (100 * (gain - 2 - 0.11 + 4)) / 6);
  });

  const data = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');
  const folder = join(data, 'nab');
  if (!existsSync(join(folder, 'reference-scores'))) {
    it.skip('agrees with published scores', 'no data: set WATCHKEEPER_DATA to the folder of nab/');
    return;
  }
  it('agrees with published scores', () => {
    const files = readNab(folder);
    const { standard } = readProfiles(join(folder, 'profiles.json'));
    assert.ok(standard);
    const scoreOf = (detector: string): number => {
      const streams = readReference(join(folder, 'reference-scores', detector), files);
      assert.ok(streams);
      return scoreNab(streams, standard).score;
    };
    assert.ok(Math.abs(scoreOf('ARTime') - 75.05) < 0.05, String(scoreOf('ARTime')));
    assert.ok(Math.abs(scoreOf('windowedGaussian') - 47.35) < 0.05);
  });
});
