import { defineFeatureSet } from '../../ml/features/feature-set.ts';
import type { FeatureSet } from '../../ml/features/feature-set.ts';
import { isError } from '../../model/level.ts';
import type { LogRecord } from '../../model/record.ts';
import type { SubjectKind } from '../../model/subject.ts';

/** Sums over the records of one window: what its features are made of. */
export type WindowSums = Float64Array;

/** Features of one kind of subject: how a window of its records becomes a vector. */
export interface WindowFeatures {
  readonly subject: SubjectKind;
  /** How many sums a window keeps. */
  readonly sums: number;
  readonly set: FeatureSet<WindowSums>;
  matches(record: LogRecord): boolean;
  /** Adds a record to the sums of its window. */
  add(sums: WindowSums, record: LogRecord): void;
}

/** Sums that end in a flag for "none were there" where a mean of nothing would be 0. */
const mean = (sum: number, count: number): number => (count === 0 ? 0 : sum / count);

const RARE = 3;

/** How busy a service is, how often it fails, how slow it is, and how much of what it says is new. */
const service: WindowFeatures = {
  subject: 'service',
  sums: 7,
  matches: () => true,
  add(sums, { level, durationMs, isNewTemplate, templateRarity }) {
    bump(sums, 0, 1);
    if (isError(level)) bump(sums, 1, 1);
    if (durationMs !== undefined) {
      const size = Math.log1p(Math.max(0, durationMs));
      bump(sums, 2, 1);
      bump(sums, 3, size);
      raise(sums, 4, size);
    }
    if (isNewTemplate === true) bump(sums, 5, 1);
    if ((templateRarity ?? 0) >= RARE) bump(sums, 6, 1);
  },
  set: defineFeatureSet<WindowSums>({
    name: 'service_window',
    version: 1,
    columns: [
      'records_log',
      'error_share',
      'duration_log_mean',
      'duration_log_max',
      'has_durations',
      'new_templates_log',
      'rare_templates_log',
    ],
    probe: Float64Array.of(40, 3, 30, 150, 9, 2, 4),
    vector(sums, out) {
      const [records = 0, errors = 0, timed = 0, size = 0, greatest = 0, fresh = 0, rare = 0] =
        sums;
      out[0] = Math.log1p(records);
      out[1] = mean(errors, records);
      out[2] = mean(size, timed);
      out[3] = greatest;
      out[4] = timed > 0 ? 1 : 0;
      out[5] = Math.log1p(fresh);
      out[6] = Math.log1p(rare);
    },
  }),
};

/** What a wearer's body did: pulse, its spread, movement, oxygen, temperature, variability. */
const vitals: WindowFeatures = {
  subject: 'device',
  sums: 11,
  matches: ({ vitals: own }) =>
    own?.heartRate !== undefined && own.worn !== false && own.charging !== true,
  add(sums, { vitals: own }) {
    const rate = own?.heartRate;
    if (own === undefined || rate === undefined) return;
    bump(sums, 0, 1);
    bump(sums, 1, rate);
    bump(sums, 2, rate * rate);
    raise(sums, 3, rate);
    bump(sums, 4, own.steps ?? 0);
    pair(sums, 5, own.spo2);
    pair(sums, 7, own.skinTemperature);
    pair(sums, 9, own.hrv);
  },
  set: defineFeatureSet<WindowSums>({
    name: 'vitals_window',
    version: 1,
    columns: [
      'heart_rate_mean',
      'heart_rate_deviation',
      'heart_rate_max',
      'steps_log',
      'spo2_mean',
      'skin_temperature_mean',
      'hrv_mean',
    ],
    probe: Float64Array.of(10, 720, 52_000, 90, 140, 5, 485, 4, 132, 6, 270),
    vector(sums, out) {
      const [count = 0, sum = 0, squares = 0, greatest = 0, steps = 0] = sums;
      const center = mean(sum, count);
      out[0] = center;
      out[1] = Math.sqrt(Math.max(0, mean(squares, count) - center * center));
      out[2] = greatest;
      out[3] = Math.log1p(Math.max(0, steps));
      for (let column = 0; column < 3; column += 1) {
        const at = 5 + 2 * column;
        out[4 + column] = mean(sums[at + 1] ?? 0, sums[at] ?? 0);
      }
    },
  }),
};

const HOUR_MS = 3_600_000;

/** What a user does: how much, how often it fails, how long, and at which hours. */
const user: WindowFeatures = {
  subject: 'user',
  sums: 6,
  matches: () => true,
  add(sums, { timestamp, level, durationMs }) {
    bump(sums, 0, 1);
    if (isError(level)) bump(sums, 1, 1);
    pair(sums, 2, durationMs === undefined ? undefined : Math.log1p(Math.max(0, durationMs)));
    const angle = ((timestamp % (24 * HOUR_MS)) / (24 * HOUR_MS)) * 2 * Math.PI;
    bump(sums, 4, Math.sin(angle));
    bump(sums, 5, Math.cos(angle));
  },
  set: defineFeatureSet<WindowSums>({
    name: 'user_window',
    version: 1,
    columns: ['records_log', 'error_share', 'duration_log_mean', 'hour_sin', 'hour_cos'],
    probe: Float64Array.of(12, 2, 7, 31, 5, -3),
    vector(sums, out) {
      const [records = 0, errors = 0, timed = 0, size = 0, sine = 0, cosine = 0] = sums;
      out[0] = Math.log1p(records);
      out[1] = mean(errors, records);
      out[2] = mean(size, timed);
      out[3] = mean(sine, records);
      out[4] = mean(cosine, records);
    },
  }),
};

/** By the name that the configuration gives. */
export const WINDOW_FEATURES: Readonly<Record<'service' | 'vitals' | 'user', WindowFeatures>> =
  Object.freeze({ service, vitals, user });

function bump(sums: WindowSums, at: number, by: number): void {
  sums[at] = (sums[at] as number) + by;
}

function raise(sums: WindowSums, at: number, to: number): void {
  if (to > (sums[at] as number)) sums[at] = to;
}

/** A count and a sum, of a value that may be missing. */
function pair(sums: WindowSums, at: number, value: number | undefined): void {
  if (value === undefined) return;
  bump(sums, at, 1);
  bump(sums, at + 1, value);
}
