import { expectedRate, learnContext, restingRate, writeBasis } from './effort-context.ts';
import type { Minute } from './minute.ts';
import { stepModes } from './rate-modes.ts';
import {
  BLOCK_PACE,
  JOINT_PACE,
  learnTail,
  tailSurprise,
  tailValue,
  VIEW_PACE,
} from './tail-track.ts';
import { AT, BASIS, MODE, TAIL } from './vitals-layout.ts';
import type { VitalsCondition, VitalsVerdict } from './vitals-verdict.ts';

/** Readings further apart than this are not the same reading held. */
const GREATEST_HOLD_MINUTES = 15;
const MOVING_LOAD = 0.03;
const VIGOROUS_LOAD = 0.25;
const VIGOROUS_STEPS = 60;
const VIGOROUS_INTENSITY = 2;
const LEARNING = { deviation: 1e-3, step: 2e-3 } as const;
/** Variance that a minute counts with in the regression: minutes of an hour are nearly one. */
const MINUTE_NOISE = 2_500;
/** A general look counts for a tenth of one for a cause that is known. */
const GENERAL_PENALTY = 1;
/** −log10 of what lies beyond either end of the band. */
const BAND_SURPRISE = -Math.log10(0.005);

const basis = new Float64Array(BASIS);

/** A look at the minute: its tail, its value, and what it would be called. */
interface Look {
  readonly name: string;
  readonly tail: number;
  value: number;
  surprise: number;
}

const look = (name: string, tail: number): Look => ({ name, tail, value: 0, surprise: 0 });
const above = [0, 1, 2].map((activity) => look('above', TAIL.above + activity));
const below = [0, 1, 2].map((activity) => look('below', TAIL.below + activity));
const erratic = [0, 1, 2].map((activity) => look('erratic', TAIL.erratic + activity));
const flat = look('flat', TAIL.flat);
const odds = [MODE.raised, MODE.lowered, MODE.frozen, MODE.deaf].map((mode) =>
  look(`odds ${mode}`, TAIL.odds + mode - 1),
);
const both = ['raised', 'lowered', 'frozen', 'deaf'].map((name, index) =>
  look(name, TAIL.both + index),
);

/**
 * Judges a complete minute, then learns from it. `rarity` is −log10 of the
 * share of half hours that may hold a false alarm. Changes `state`.
 */
export function judgeMinute(state: Float64Array, minute: Minute, rarity: number): VitalsVerdict {
  writeBasis(state, minute, basis);
  const expected = expectedRate(state, basis);
  const residual = minute.rate - expected;
  const activity = activityOf(state, minute);
  const motion = activity === 0 ? 0 : 1;
  const wasEqual = (state[AT.flatMinutes] as number) > 0;
  const isEqual = isHeld(state, minute);
  followFlat(state, minute, { isEqual, wasEqual });
  const modes = stepModes(state, {
    minutes: minute.minutes,
    residual,
    aboveRest: minute.rate - restingRate(state, basis),
    motion,
    isEqual,
    wasEqual,
  });
  const step = Math.min(4, Math.abs(modes.innovation) / Math.sqrt(modes.variance));
  state[AT.erratic] = (state[AT.erratic] as number) + 0.2 * (step - (state[AT.erratic] as number));
  const deviation = state[AT.deviation + activity] as number;
  const best = lookAt(state, { activity, score: residual / deviation, odds: modes.odds });
  const band = bandOf(state, { expected, deviation, activity });
  learn(state, { minute, activity, motion, isEqual, residual, modes });
  const surprise = tailSurprise(state, TAIL.most, best.surprise);
  learnTail(state, { tail: TAIL.most, value: best.surprise, pace: JOINT_PACE });
  const alarm = alarmOf(state, { surprise, rarity, minutes: minute.minutes });
  return {
    timestamp: minute.timestamp,
    surprise,
    condition: conditionOf(best.name, activity),
    heartRate: minute.rate,
    expected,
    ...band,
    flatMinutes: state[AT.flatMinutes] as number,
    members: membersOf(activity),
    ...alarm,
  };
}

/** Once given, an alarm lasts until the surprise is ten times as common. */
function alarmOf(
  state: Float64Array,
  { surprise, rarity, minutes }: Readonly<Record<'surprise' | 'rarity' | 'minutes', number>>,
): Pick<VitalsVerdict, 'threshold' | 'isAlarm'> {
  const threshold = Math.max(1, tailValue(state, TAIL.block, rarity));
  const isAlarm = surprise >= (state[AT.isAlarm] === 1 ? threshold - 1 : threshold);
  state[AT.isAlarm] = isAlarm ? 1 : 0;
  followBlock(state, surprise, minutes);
  return { threshold, isAlarm };
}

const BLOCK_MINUTES = 30;

/** Unusual minutes come in runs: the rate of alarms is that of half hours that hold one. */
function followBlock(state: Float64Array, surprise: number, minutes: number): void {
  const most = Math.max(state[AT.blockMost] as number, surprise);
  // A longer pause was no wear.
  const worn = (state[AT.blockMinutes] as number) + Math.min(1, minutes);
  const isOver = worn >= BLOCK_MINUTES;
  if (isOver) learnTail(state, { tail: TAIL.block, value: most, pace: BLOCK_PACE });
  state[AT.blockMost] = isOver ? 0 : most;
  state[AT.blockMinutes] = isOver ? 0 : worn;
}

/** 0 at rest, 1 in motion, 2 in vigorous or unknown motion: each has tails of its own. */
function activityOf(state: Float64Array, minute: Minute): 0 | 1 | 2 {
  const { stepRate, intensity, isEffortUnknown } = minute;
  const isVigorous =
    (state[AT.effort + 1] as number) > VIGOROUS_LOAD ||
    intensity >= VIGOROUS_INTENSITY ||
    stepRate >= VIGOROUS_STEPS;
  if (isVigorous || isEffortUnknown) return 2;
  return (state[AT.effort] as number) > MOVING_LOAD || stepRate > 0 ? 1 : 0;
}

function isHeld(state: Float64Array, minute: Minute): boolean {
  const isSame = minute.isConstant && minute.rate === state[AT.previousRate];
  return isSame && minute.minutes <= GREATEST_HOLD_MINUTES;
}

function followFlat(
  state: Float64Array,
  minute: Minute,
  { isEqual, wasEqual }: { readonly isEqual: boolean; readonly wasEqual: boolean },
): void {
  state[AT.previousRate] = minute.rate;
  if (!isEqual) {
    state[AT.flatMinutes] = 0;
    state[AT.flatContinuity] = 1;
    return;
  }
  if (!wasEqual) state[AT.flatContinuity] = state[AT.continuity] as number;
  state[AT.flatMinutes] = (state[AT.flatMinutes] as number) + minute.minutes;
}

interface Seen {
  readonly activity: 0 | 1 | 2;
  /** Residual in deviations of this activity. */
  readonly score: number;
  readonly odds: Float64Array;
}

/** Looks in every way, learns each, and gives the most surprising. */
function lookAt(state: Float64Array, seen: Seen): Look {
  const { activity, score } = seen;
  const up = see(state, above[activity] as Look, score);
  const down = see(state, below[activity] as Look, -score);
  const held = (state[AT.flatMinutes] as number) * (state[AT.flatContinuity] as number);
  const still = see(state, flat, held);
  const level = [up, down, still, down];
  let best = see(state, erratic[activity] as Look, state[AT.erratic] as number);
  best.surprise = Math.max(0, best.surprise - GENERAL_PENALTY);
  for (let index = 0; index < both.length; index += 1) {
    const mode = odds[index] as Look;
    see(state, mode, seen.odds[index + 1] as number);
    const one = both[index] as Look;
    see(state, one, (level[index] as Look).surprise + mode.surprise);
    if (one.surprise > best.surprise) best = one;
  }
  return best;
}

function see(state: Float64Array, one: Look, value: number): Look {
  one.value = value;
  one.surprise = tailSurprise(state, one.tail, value);
  learnTail(state, { tail: one.tail, value, pace: VIEW_PACE });
  return one;
}

function bandOf(
  state: Float64Array,
  context: { readonly expected: number; readonly deviation: number; readonly activity: number },
): { readonly low: number; readonly high: number } {
  const { expected, deviation, activity } = context;
  const up = tailValue(state, TAIL.above + activity, BAND_SURPRISE);
  const down = tailValue(state, TAIL.below + activity, BAND_SURPRISE);
  return {
    low: expected - deviation * Math.max(0, down),
    high: expected + deviation * Math.max(0, up),
  };
}

interface Lesson {
  readonly minute: Minute;
  readonly activity: 0 | 1 | 2;
  readonly motion: 0 | 1;
  readonly isEqual: boolean;
  readonly residual: number;
  readonly modes: { readonly innovation: number; readonly variance: number };
}

/** What is probably an anomaly teaches little. */
function learn(state: Float64Array, lesson: Lesson): void {
  const { minute, activity, motion, isEqual, residual, modes } = lesson;
  const trust = state[AT.probability] as number;
  const far = Math.abs(residual);
  const deviation = AT.deviation + activity;
  state[deviation] = moved(
    state[deviation] as number,
    Math.min(25, 1.25 * far),
    LEARNING.deviation,
  );
  state[deviation] = Math.max(1, state[deviation] as number);
  if (minute.minutes <= GREATEST_HOLD_MINUTES) {
    const at = AT.stepVariance + motion;
    const variance = state[at] as number;
    const square = Math.min(modes.innovation ** 2, 9 * modes.variance);
    const target = (1.15 * square * variance) / modes.variance;
    state[at] = Math.max(1, Math.min(200, moved(variance, target, LEARNING.step * trust)));
    if ((state[AT.flatMinutes] as number) < 4) {
      const equal = AT.equalShare + motion;
      state[equal] = moved(state[equal] as number, isEqual ? 1 : 0, LEARNING.step * trust);
    }
  }
  const weight = trust * Math.min(1, 20 / Math.max(1, far));
  if (weight < 1e-3) return;
  learnContext(state, basis, { residual, noise: MINUTE_NOISE / weight, minutes: minute.minutes });
}

function moved(value: number, target: number, rate: number): number {
  return value + rate * (target - value);
}

function membersOf(activity: 0 | 1 | 2): VitalsVerdict['members'] {
  return [...both, erratic[activity] as Look].map(({ name, surprise }) => ({ name, surprise }));
}

function conditionOf(name: string, activity: 0 | 1 | 2): VitalsCondition {
  if (name === 'raised') return activity === 0 ? 'tachycardia_at_rest' : 'unexpected_rate';
  if (name === 'lowered') return 'bradycardia';
  if (name === 'frozen') return 'stuck_sensor';
  return name === 'deaf' ? 'no_response' : 'unexpected_rate';
}
