import assert from 'node:assert/strict';

import { Random } from '../../../src/core/random.ts';
import { ewmaResidual } from '../../../src/ml/series/ewma-residual.ts';
import { flatRun } from '../../../src/ml/series/flat-run.ts';
import { histogramDivergence } from '../../../src/ml/series/histogram-divergence.ts';
import { levelShift } from '../../../src/ml/series/level-shift.ts';
import { nearestWindow } from '../../../src/ml/series/nearest-window.ts';
import { rangeNovelty } from '../../../src/ml/series/range-novelty.ts';
import { DAY_MS, seasonalProfile } from '../../../src/ml/series/seasonal-profile.ts';
import type { SeriesModel } from '../../../src/ml/series/series-model.ts';
import { describe } from '../../support/suite.ts';

const STEP_MS = 600_000;
const A_DAY = DAY_MS / STEP_MS;

/** Scores of `values` ten minutes apart. */
function run(model: SeriesModel, values: readonly number[]): number[] {
  return values.map((value, index) => model.observe(index * STEP_MS, value));
}

/** `length` values of `make` and what `seed` adds. */
function series(length: number, make: (index: number, random: Random) => number): number[] {
  const random = new Random(8, 'behaviour');
  return Array.from({ length }, (_, index) => make(index, random));
}

const largest = (scores: readonly number[]) => Math.max(...scores);
const at = (scores: readonly number[], index: number): number => scores[index] as number;

describe('what stream models find', (it) => {
  it('range novelty: values beyond, and in a gap; each once', () => {
    const scores = run(rangeNovelty.create(), [0, 10, 0.1, 9.9, 20, 5, 20, 5]);
    assert.equal(at(scores, 1), 1, 'the first other value');
    assert.equal(at(scores, 4), 0.5, 'beyond by as much as the range');
    assert.ok(Math.abs(at(scores, 5) - 4.9 / 24.9) < 1e-12, 'in the gap between 0.1 and 9.9');
    assert.deepEqual(scores.slice(6), [0, 0]);
  });

  it('range novelty: keeps its resolution over many values', () => {
    const model = rangeNovelty.create();
    run(
      model,
      series(20_000, (_, random) => random.unit()),
    );
    assert.ok(model.bytes < 20_000);
    assert.ok(model.observe(0, 0.5) < 2e-3);
    assert.ok(Math.abs(model.observe(0, 2) - 0.5) < 0.01);
  });

  it('seasonal profile: a usual value at an unusual time, only where there is a season', () => {
    const wave = (index: number) => Math.sin((index / A_DAY) * 2 * Math.PI);
    const values = series(A_DAY * 10, (index, random) => wave(index) + random.normal(0, 0.02));
    const night = A_DAY * 9 + Math.round(A_DAY * 0.75);
    values[night] = 1;
    const scores = run(seasonalProfile.create(), values);
    assert.ok(at(scores, night) > 0.3, String(at(scores, night)));
    assert.ok(largest(scores.slice(A_DAY * 3, night)) < 0.1);
    const noise = series(A_DAY * 10, (_, random) => random.normal(0, 1));
    assert.ok(largest(run(seasonalProfile.create(), noise).slice(A_DAY * 3)) < 0.05);
  });

  it('nearest window: usual values in an unusual order', () => {
    const values = series(600, (index) => (index % 20 < 10 ? index % 10 : 10 - (index % 10)));
    for (let index = 500; index < 508; index += 1) values[index] = index % 2 === 0 ? 9 : 1;
    const scores = run(nearestWindow.create(), values);
    assert.equal(largest(scores.slice(100, 500)), 0);
    assert.ok(largest(scores.slice(500, 510)) > 0.02);
  });

  it('nearest window: is the nearest by definition', () => {
    const values = series(200, (_, random) => random.integer(0, 50));
    const length = 4;
    const model = nearestWindow.create({ length, history: 30 });
    const known: number[] = [];
    let low = Infinity;
    let high = -Infinity;
    for (const [index, value] of values.entries()) {
      const score = model.observe(index, value);
      const distance = nearestByHand(values, index, { length, history: 30 });
      if (distance !== undefined) {
        const apart =
          known.length === 0 ? 0 : Math.min(...known.map((d) => Math.abs(d - distance)));
        const wanted = apart > 0 ? apart / (apart + high - low) : 0;
        // Distances closer than 1/1024 of their spread stand for each other.
        assert.ok(Math.abs(score - wanted) < 2e-3, `${index}: ${score} for ${wanted}`);
        known.push(distance);
      }
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  });

  it('level shift: a new level under noise, and not its return', () => {
    const levels = [0, 0, 3, 0, 3];
    const values = series(1000, (index, random) => {
      return (levels[Math.floor(index / 200)] as number) + random.normal(0, 1);
    });
    const scores = run(levelShift.create(), values);
    const first = largest(scores.slice(400, 460));
    assert.ok(first > 0.03, String(first));
    assert.ok(largest(scores.slice(800, 900)) < first / 2);
  });

  it('EWMA residual: a step that is unusual, on drift that is not', () => {
    const values = series(1000, (index, random) => index / 10 + random.normal(0, 0.5));
    values[900] = (values[900] as number) - 30;
    const step = run(ewmaResidual.create(), values);
    assert.ok(at(step, 900) > 0.15);
    assert.ok(largest(step.slice(300, 900)) < 0.02);
  });

  it('histogram divergence: usual values of one kind only', () => {
    const values = series(3000, (index, random) => {
      return index < 2500 ? random.unit() : 0.4 + random.unit() * 0.05;
    });
    const scores = run(histogramDivergence.create(), values);
    assert.ok(largest(scores.slice(1000, 2500)) < 0.5);
    assert.ok(largest(scores.slice(2500)) > 0.05);
    // What was found grows until all of the latest points are of that kind.
    assert.ok(scores.slice(2505, 2552).filter((score) => score > 0).length > 20);
  });

  it('flat run: a stuck sensor, growing surer; short runs are usual', () => {
    const values = series(300, (index) => (index < 200 ? Math.floor(index / 3) : 7));
    const scores = run(flatRun.create(), values);
    assert.equal(largest(scores.slice(0, 220)), 0);
    assert.ok(at(scores, 299) > 0.5 && at(scores, 299) > at(scores, 260));
  });

  it('takes options within bounds only', () => {
    assert.throws(() => nearestWindow.create({ length: 1 }), { code: 'MODEL_INPUT' });
    assert.throws(() => levelShift.create({ window: 2.5 }), { code: 'MODEL_INPUT' });
    assert.throws(() => seasonalProfile.create({ period: 0 }), { code: 'MODEL_INPUT' });
    assert.throws(() => ewmaResidual.create({ span: Number.NaN }), { code: 'MODEL_INPUT' });
    assert.throws(() => histogramDivergence.create({ recent: 1 }), { code: 'MODEL_INPUT' });
  });
});

function nearestByHand(
  values: readonly number[],
  end: number,
  { length, history }: { readonly length: number; readonly history: number },
): number | undefined {
  let least: number | undefined;
  for (let lag = length; lag <= history && end - lag - length + 1 >= 0; lag += 1) {
    let sum = 0;
    for (let back = 0; back < length; back += 1) {
      sum += ((values[end - back] as number) - (values[end - back - lag] as number)) ** 2;
    }
    least = Math.min(least ?? Infinity, Math.sqrt(sum / length));
  }
  return least;
}
