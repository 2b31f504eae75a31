import { ewmaResidual } from '../../../src/ml/series/ewma-residual.ts';
import { flatRun } from '../../../src/ml/series/flat-run.ts';
import { histogramDivergence } from '../../../src/ml/series/histogram-divergence.ts';
import { levelShift } from '../../../src/ml/series/level-shift.ts';
import { nearestWindow } from '../../../src/ml/series/nearest-window.ts';
import { rangeNovelty } from '../../../src/ml/series/range-novelty.ts';
import { seasonalProfile } from '../../../src/ml/series/seasonal-profile.ts';
import { seriesEnsemble } from '../../../src/ml/series/series-ensemble.ts';
import type { SeriesModel } from '../../../src/ml/series/series-model.ts';
import type { ModelSnapshot } from '../../../src/ml/model.ts';
import { Random } from '../../../src/core/random.ts';

/** A kind with options that make short streams reach all of it. */
export interface TestedKind {
  readonly name: string;
  create(): SeriesModel;
  restore(snapshot: ModelSnapshot): SeriesModel;
}

const HOUR_MS = 3_600_000;

export const KINDS: readonly TestedKind[] = [
  { name: 'range_novelty', create: () => rangeNovelty.create(), restore: rangeNovelty.restore },
  {
    name: 'seasonal_profile',
    create: () => seasonalProfile.create({ period: 2 * HOUR_MS, bins: 6, smooth: 3 }),
    restore: seasonalProfile.restore,
  },
  {
    name: 'nearest_window',
    create: () => nearestWindow.create({ length: 5, history: 40 }),
    restore: nearestWindow.restore,
  },
  { name: 'ewma_residual', create: () => ewmaResidual.create(), restore: ewmaResidual.restore },
  {
    name: 'level_shift',
    create: () => levelShift.create({ window: 6 }),
    restore: levelShift.restore,
  },
  {
    name: 'histogram_divergence',
    create: () => histogramDivergence.create({ recent: 20, reference: 100 }),
    restore: histogramDivergence.restore,
  },
  { name: 'flat_run', create: () => flatRun.create(), restore: flatRun.restore },
  {
    name: 'series_ensemble',
    create: () => seriesEnsemble.create(),
    restore: seriesEnsemble.restore,
  },
];

export interface Points {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** A daily wave with noise, a level shift, spikes, a stuck stretch and a jump in time. */
export function eventfulStream(seed: number, length: number): Points {
  const random = new Random(seed, 'series');
  const times = new Float64Array(length);
  const values = new Float64Array(length);
  let time = 1_700_000_000_000;
  for (let index = 0; index < length; index += 1) {
    time += random.chance(0.01) ? random.integer(-2, 40) * 300_000 : 300_000;
    times[index] = time;
    const wave = Math.sin((time / (2 * HOUR_MS)) * 2 * Math.PI);
    const shift = index > length * 0.7 ? 2 : 0;
    const spike = random.chance(0.01) ? random.between(-9, 9) : 0;
    const isStuck = index > length * 0.5 && index < length * 0.6;
    const value = Math.round((wave + shift + spike + random.normal(0, 0.2)) * 1024) / 1024;
    values[index] = isStuck ? (values[index - 1] as number) : value;
  }
  return { times, values };
}

export function scoresOf(model: SeriesModel, { times, values }: Points, from = 0): number[] {
  const scores: number[] = [];
  for (let index = from; index < values.length; index += 1) {
    scores.push(model.observe(times[index] as number, values[index] as number));
  }
  return scores;
}

/** The first points. */
export function prefixOf({ times, values }: Points, length: number): Points {
  return { times: times.subarray(0, length), values: values.subarray(0, length) };
}
