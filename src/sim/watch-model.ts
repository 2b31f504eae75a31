import { Random } from '../core/random.ts';
import { ACTIVITY, localHour, nextActivity, type Activity } from './activity.ts';
import type { WatchProfile } from './watch-profile.ts';

/** What a simulated watch knows from one sample to the next; plain data. */
export interface WatchState {
  /** Time of the last sample in ms. */
  readonly at: number;
  readonly activity: Activity;
  /** When the wearer does something else, in ms. */
  readonly until: number;
  /** Beats per minute, before measurement noise. */
  readonly heartRate: number;
  /** Percent. */
  readonly battery: number;
  readonly charging: boolean;
  /** Fraction of a step carried over. */
  readonly stepCarry: number;
}

/** A sample of the body and the battery, before any fault. A sensor that does not touch skin gives nothing. */
export interface WatchSample {
  readonly activity: Activity;
  readonly worn: boolean;
  readonly charging: boolean;
  readonly battery: number;
  readonly rssi: number;
  readonly body:
    | {
        readonly heartRate: number;
        readonly hrv: number;
        readonly spo2: number;
        readonly skinTemperature: number;
        readonly steps: number;
      }
    | undefined;
}

const CHARGE_BELOW = 18;
const CHARGE_TO = 96;
const CHARGE_PER_HOUR = 70;
/** The heart follows effort within seconds and recovers slower: time constants in ms. */
const RISE_MS = 25_000;
const FALL_MS = 70_000;

/** A watch that starts in the middle of its day. */
export function initialWatch(profile: WatchProfile, now: number): WatchState {
  const random = new Random(profile.seed, `start/${profile.id}`);
  return {
    at: now,
    activity: nextActivity(profile, now, random),
    until: now + random.between(1, 10) * 60_000,
    heartRate: profile.restingHeartRate + 4,
    battery: random.between(35, 95),
    charging: false,
    stepCarry: 0,
  };
}

/** One step: the state at `now` and what the sensors read. Pure: chance comes from (seed, watch, now) alone. */
export function stepWatch(
  profile: WatchProfile,
  state: WatchState,
  now: number,
): { readonly state: WatchState; readonly sample: WatchSample } {
  const random = new Random(profile.seed, `${profile.id}@${now}`);
  const elapsedMs = Math.max(0, now - state.at);
  const { activity, until } = currentActivity(profile, state, { now, random });
  const power = batteryAfter(profile, state, { elapsedMs, activity });
  const target = targetHeartRate(profile, activity, now);
  const constant = target > state.heartRate ? RISE_MS : FALL_MS;
  const heartRate = target + (state.heartRate - target) * Math.exp(-elapsedMs / constant);
  const walked = power.charging
    ? 0
    : (ACTIVITY[activity].cadence * random.between(0.9, 1.1) * elapsedMs) / 60_000 +
      state.stepCarry;
  const steps = Math.floor(walked);
  const next = { at: now, activity, until, heartRate, ...power, stepCarry: walked - steps };
  const body = power.charging ? undefined : readBody(profile, next, { now, steps, random });
  const rssi = Math.round(random.normal(-62, 5));
  const battery = Math.round(power.battery * 10) / 10;
  return {
    state: next,
    sample: { activity, worn: !power.charging, charging: power.charging, battery, rssi, body },
  };
}

function currentActivity(
  profile: WatchProfile,
  state: WatchState,
  { now, random }: { readonly now: number; readonly random: Random },
): Pick<WatchState, 'activity' | 'until'> {
  if (now < state.until) return { activity: state.activity, until: state.until };
  const activity = nextActivity(profile, now, random);
  const [shortest, longest] = ACTIVITY[activity].minutes;
  return { activity, until: now + random.between(shortest, longest) * 60_000 };
}

function batteryAfter(
  profile: WatchProfile,
  state: WatchState,
  { elapsedMs, activity }: { readonly elapsedMs: number; readonly activity: Activity },
): Pick<WatchState, 'battery' | 'charging'> {
  const hours = elapsedMs / 3_600_000;
  const gps = activity === 'run' ? 9 : 0;
  const change = state.charging ? CHARGE_PER_HOUR : -(profile.drainPerHour + gps);
  const battery = Math.min(100, Math.max(0, state.battery + change * hours));
  const charging = state.charging
    ? battery < CHARGE_TO
    : battery < CHARGE_BELOW && activity !== 'run';
  return { battery, charging };
}

/** Resting rate, plus effort on the reserve, plus the day's wave (lowest about 4:30, highest about 16:30). */
function targetHeartRate(profile: WatchProfile, activity: Activity, now: number): number {
  const reserve = profile.maxHeartRate - profile.restingHeartRate;
  const asleep = activity === 'sleep' ? -6 : 0;
  return (
    profile.restingHeartRate +
    ACTIVITY[activity].effort * reserve +
    3 * dayWave(profile, now) +
    asleep
  );
}

function dayWave(profile: WatchProfile, now: number): number {
  return Math.cos(((localHour(now, profile.zoneHours) - 16.5) / 24) * 2 * Math.PI);
}

function readBody(
  profile: WatchProfile,
  state: WatchState,
  { now, steps, random }: { readonly now: number; readonly steps: number; readonly random: Random },
): NonNullable<WatchSample['body']> {
  const reserve = profile.maxHeartRate - profile.restingHeartRate;
  const effort = Math.min(1, Math.max(0, (state.heartRate - profile.restingHeartRate) / reserve));
  const asleep = state.activity === 'sleep' ? 1 : 0;
  const warmth = 0.6 * asleep - 0.2 * dayWave(profile, now) - 0.8 * effort;
  return {
    heartRate: Math.round(state.heartRate + random.normal(0, 1.1)),
    hrv: tenths(Math.max(4, profile.restingHrv * Math.exp(-3.2 * effort) + random.normal(0, 2.5))),
    spo2: tenths(Math.min(100, profile.usualSpo2 - 0.9 * asleep + random.normal(0, 0.35))),
    skinTemperature: tenths(profile.usualSkinTemperature + warmth + random.normal(0, 0.05)),
    steps,
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
