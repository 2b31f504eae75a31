import { Random } from '../core/random.ts';

/** A wearer and a watch: what stays the same during a simulation. */
export interface WatchProfile {
  readonly id: string;
  readonly seed: number;
  /** Beats per minute, lying still in the morning. */
  readonly restingHeartRate: number;
  /** Beats per minute; 208 − 0.7 · age (Tanaka, Monahan and Seals, 2001). */
  readonly maxHeartRate: number;
  /** RMSSD in ms at rest. */
  readonly restingHrv: number;
  /** Percent. */
  readonly usualSpo2: number;
  /** Degrees Celsius at the wrist. */
  readonly usualSkinTemperature: number;
  /** Local hour of getting up, 5 to 9, and of going to bed, 21 to 24. */
  readonly wakeHour: number;
  readonly sleepHour: number;
  /** Hours east of UTC. */
  readonly zoneHours: number;
  /** 0 (sits all day) to 1 (trains daily). */
  readonly fitness: number;
  /** Percent of the battery per hour at rest. */
  readonly drainPerHour: number;
  readonly firmware: string;
}

/** The n-th wearer of a simulation; the same seed gives the same people. */
export function watchProfile(seed: number, index: number): WatchProfile {
  const id = `watch-${String(index + 1).padStart(3, '0')}`;
  const random = new Random(seed, `profile/${id}`);
  const age = random.integer(19, 74);
  const fitness = random.unit();
  return {
    id,
    seed,
    restingHeartRate: round(72 - 18 * fitness + random.normal(0, 3), 1),
    maxHeartRate: round(208 - 0.7 * age, 1),
    restingHrv: round(Math.max(14, 78 - 0.7 * age + 22 * fitness + random.normal(0, 6)), 1),
    usualSpo2: round(random.between(96.4, 98.6), 1),
    usualSkinTemperature: round(random.normal(32.8, 0.4), 1),
    wakeHour: round(random.between(5.5, 8.5), 2),
    sleepHour: round(random.between(21.5, 23.9), 2),
    zoneHours: random.integer(-1, 2),
    fitness: round(fitness, 3),
    drainPerHour: round(random.between(1.6, 3.4), 2),
    firmware: random.pick(['4.1.0', '4.2.3', '4.2.4']),
  };
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
