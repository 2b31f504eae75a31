import type { ModelSnapshot } from '../model.ts';
import { ewmaResidual } from './ewma-residual.ts';
import { flatRun } from './flat-run.ts';
import { histogramDivergence } from './histogram-divergence.ts';
import { levelShift } from './level-shift.ts';
import { nearestWindow } from './nearest-window.ts';
import { rangeNovelty } from './range-novelty.ts';
import { DAY_MS, seasonalProfile } from './seasonal-profile.ts';
import type { SeriesModel } from './series-model.ts';

/** How a member comes about and counts. */
export interface MemberPlan {
  readonly name: string;
  /** By which its novelty is multiplied. */
  readonly weight: number;
  create(): SeriesModel;
  restore(snapshot: ModelSnapshot): SeriesModel;
}

/**
 * What the ensemble consists of. The first says most; those in the middle are
 * about averages, where the same share of the range is rarer; the last two
 * know no range, and are kept to what nobody else sees.
 */
const PLANS: readonly MemberPlan[] = [
  { name: 'range', weight: 1, create: () => rangeNovelty.create(), restore: rangeNovelty.restore },
  {
    name: 'time_of_day',
    weight: 0.5,
    create: () => seasonalProfile.create(),
    restore: seasonalProfile.restore,
  },
  {
    name: 'time_of_week',
    weight: 0.75,
    create: () => seasonalProfile.create({ period: 7 * DAY_MS, bins: 336, smooth: 6 }),
    restore: seasonalProfile.restore,
  },
  {
    name: 'shape',
    weight: 0.5,
    create: () => nearestWindow.create(),
    restore: nearestWindow.restore,
  },
  {
    name: 'step',
    weight: 0.35,
    create: () => ewmaResidual.create(),
    restore: ewmaResidual.restore,
  },
  { name: 'level', weight: 0.1, create: () => levelShift.create(), restore: levelShift.restore },
  {
    name: 'distribution',
    weight: 0.3,
    create: () => histogramDivergence.create(),
    restore: histogramDivergence.restore,
  },
  { name: 'flat', weight: 0.1, create: () => flatRun.create(), restore: flatRun.restore },
];

/** In the order of contributions. */
export const memberNames: readonly string[] = PLANS.map(({ name }) => name);

/** Members of these names, in the order of `memberNames`. */
export function plansOf(names: readonly string[]): readonly MemberPlan[] {
  return PLANS.filter(({ name }) => names.includes(name));
}
