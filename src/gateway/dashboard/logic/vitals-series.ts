import type { VitalPoint } from '../../../model/feed.ts';

export type VitalName = 'heartRate' | 'spo2' | 'skinTemperature' | 'steps';

/** Times in seconds, and one value per time; null draws a gap. */
export interface Series {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** Points kept for one watch: ten minutes at one a second. */
export const VITALS_KEPT = 600;

/** Adds `later` points in order of time; a point of the same time replaces the older one. */
export function mergeVitals(
  known: readonly VitalPoint[],
  later: readonly VitalPoint[],
): readonly VitalPoint[] {
  const byTime = new Map(known.map((point) => [point.timestamp, point]));
  for (const point of later) byTime.set(point.timestamp, point);
  return [...byTime.values()]
    .sort((left, right) => left.timestamp - right.timestamp)
    .slice(-VITALS_KEPT);
}

/** One vital as a line; silence of over three usual intervals (and at least 5 s) is a gap. */
export function vitalSeries(points: readonly VitalPoint[], name: VitalName): Series {
  const limit = gapLimit(points);
  const times: number[] = [];
  const values: (number | null)[] = [];
  let previous: number | undefined;
  for (const point of points) {
    if (previous !== undefined && point.timestamp - previous > limit) {
      times.push((previous + point.timestamp) / 2000);
      values.push(null);
    }
    times.push(point.timestamp / 1000);
    values.push(point[name] ?? null);
    previous = point.timestamp;
  }
  return { times, values };
}

/** The newest value of a vital, however old. */
export function latestVital(points: readonly VitalPoint[], name: VitalName): number | undefined {
  return points.findLast((point) => point[name] !== undefined && point[name] !== null)?.[name];
}

function gapLimit(points: readonly VitalPoint[]): number {
  const steps = points
    .slice(1)
    .map((point, index) => point.timestamp - (points[index]?.timestamp ?? 0));
  const middle = steps.sort((left, right) => left - right)[Math.floor(steps.length / 2)] ?? 0;
  return Math.max(5000, middle * 3);
}
