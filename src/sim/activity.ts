import type { Random } from '../core/random.ts';
import type { WatchProfile } from './watch-profile.ts';

export type Activity = 'sleep' | 'rest' | 'walk' | 'run';

export interface ActivityTraits {
  /** Share of the heart-rate reserve that it asks for (Karvonen's scale). */
  readonly effort: number;
  /** Steps per minute. */
  readonly cadence: number;
  /** Shortest and longest time in minutes. */
  readonly minutes: readonly [number, number];
}

export const ACTIVITY: Readonly<Record<Activity, ActivityTraits>> = {
  sleep: { effort: 0, cadence: 0, minutes: [20, 60] },
  rest: { effort: 0.06, cadence: 1.5, minutes: [5, 40] },
  walk: { effort: 0.32, cadence: 104, minutes: [2, 15] },
  run: { effort: 0.72, cadence: 163, minutes: [12, 35] },
};

/** Local hour of the day, 0 to 24, with its fraction. */
export function localHour(now: number, zoneHours: number): number {
  return (((now / 3_600_000 + zoneHours) % 24) + 24) % 24;
}

/** What the wearer does next, by the time of day and by how fit they are. */
export function nextActivity(profile: WatchProfile, now: number, random: Random): Activity {
  const hour = localHour(now, profile.zoneHours);
  const isNight = hour < profile.wakeHour || hour >= profile.sleepHour;
  if (isNight) return random.chance(0.94) ? 'sleep' : 'rest';
  const isTraining = hour > profile.wakeHour + 0.5 && hour < profile.sleepHour - 1;
  if (isTraining && random.chance(0.02 + 0.08 * profile.fitness)) return 'run';
  return random.chance(0.4) ? 'walk' : 'rest';
}
