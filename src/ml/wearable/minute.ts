import { AT } from './vitals-layout.ts';
import type { VitalsSample } from './vitals-verdict.ts';

/** A minute, complete: what the readings since the minute judged before add up to. */
export interface Minute {
  readonly timestamp: number;
  /** Since the minute before; 1 for the first, at most a day. */
  readonly minutes: number;
  /** Mean beats per minute. */
  readonly rate: number;
  /** All readings were this one. */
  readonly isConstant: boolean;
  /** Steps a minute; 0 when unknown. */
  readonly stepRate: number;
  /** 0 to 3; −1 when unknown. */
  readonly intensity: number;
  /** Neither steps nor intensity is known. */
  readonly isEffortUnknown: boolean;
}

/** What is no heart rate of a person who wears the watch. */
const LEAST_RATE = 20;
const GREATEST_RATE = 400;
const GREATEST_STEP_RATE = 400;
/** Readings that come more often are one minute's until so much of it is over. */
const COMPLETE_MINUTES = 0.9;
/** A single reading so long after the minute before is a minute: a watch that reads once a minute does not keep to the second. */
const LONE_MINUTES = 0.5;
const DAY_MINUTES = 1_440;
const DAY_MS = 86_400_000;

/**
 * Adds a reading, and gives the minute when it is complete. Off the wrist or
 * charging nothing counts, and what the minute held is dropped. A reading that
 * is not newer is passed over, but for one that is more than a day older: the
 * watch's clock was wrong before, and time begins anew. Changes `state`.
 */
export function takeReading(state: Float64Array, sample: VitalsSample): Minute | undefined {
  const { timestamp } = sample;
  const newest = state[AT.newest] as number;
  if (!Number.isFinite(timestamp) || (timestamp <= newest && timestamp > newest - DAY_MS)) {
    return undefined;
  }
  if (timestamp < newest) state[AT.judged] = 0;
  state[AT.newest] = timestamp;
  if (sample.worn === false || sample.charging === true) {
    clearMinute(state);
    state[AT.flatMinutes] = 0;
    state[AT.isAlarm] = 0;
    return undefined;
  }
  add(state, sample);
  const judged = state[AT.judged] as number;
  const minutes = judged === 0 ? 1 : (timestamp - judged) / 60_000;
  const count = state[AT.rateCount] as number;
  if (count === 0 || minutes < (count === 1 ? LONE_MINUTES : COMPLETE_MINUTES)) return undefined;
  const minute = complete(state, timestamp, Math.min(DAY_MINUTES, minutes));
  state[AT.judged] = timestamp;
  clearMinute(state);
  return minute;
}

function add(state: Float64Array, { heartRate, steps, intensity }: VitalsSample): void {
  if (heartRate !== undefined && heartRate >= LEAST_RATE && heartRate <= GREATEST_RATE) {
    const isFirst = state[AT.rateCount] === 0;
    state[AT.rateSum] = (state[AT.rateSum] as number) + heartRate;
    state[AT.rateCount] = (state[AT.rateCount] as number) + 1;
    state[AT.rateLow] = isFirst ? heartRate : Math.min(state[AT.rateLow] as number, heartRate);
    state[AT.rateHigh] = isFirst ? heartRate : Math.max(state[AT.rateHigh] as number, heartRate);
  }
  if (steps !== undefined && steps >= 0) {
    state[AT.steps] = Math.min(1e9, (state[AT.steps] as number) + steps);
    state[AT.isStepsKnown] = 1;
  }
  if (intensity !== undefined && intensity >= 0) {
    state[AT.intensitySum] = (state[AT.intensitySum] as number) + Math.min(3, intensity);
    state[AT.intensityCount] = (state[AT.intensityCount] as number) + 1;
  }
}

function complete(state: Float64Array, timestamp: number, minutes: number): Minute {
  const count = state[AT.rateCount] as number;
  const isConstant = state[AT.rateLow] === state[AT.rateHigh];
  const intensities = state[AT.intensityCount] as number;
  return {
    timestamp,
    minutes,
    // A mean of equal numbers may round to another one.
    rate: isConstant ? (state[AT.rateLow] as number) : (state[AT.rateSum] as number) / count,
    isConstant,
    stepRate: Math.min(GREATEST_STEP_RATE, (state[AT.steps] as number) / minutes),
    intensity: intensities > 0 ? (state[AT.intensitySum] as number) / intensities : -1,
    isEffortUnknown: intensities === 0 && state[AT.isStepsKnown] === 0,
  };
}

function clearMinute(state: Float64Array): void {
  state.fill(0, AT.rateSum, AT.intensityCount + 1);
}
