import { isError } from '../../model/level.ts';
import type { LogRecord } from '../../model/record.ts';
import { countDistinct, DISTINCT_WORDS, markDistinct } from './distinct.ts';
import type { DistinctBits } from './distinct.ts';
import { countDuration, durationQuantile, DURATION_BUCKETS } from './durations.ts';
import type { DurationCounts } from './durations.ts';
import { defineFeatureSet } from './feature-set.ts';
import type { FeatureSet } from './feature-set.ts';
import { withoutMinus, zeros, type FeatureWindow } from './window.ts';

/** A session, or five minutes, of one user's records: bounded plain data, 900 bytes. */
export interface UserWindow extends FeatureWindow {
  readonly services: DistinctBits;
  readonly templates: DistinctBits;
  readonly errorCodes: DistinctBits;
  readonly devices: DistinctBits;
  readonly durations: DurationCounts;
  /** Records, errors, durations known, oldest and newest event time, greatest and summed pause in ms, errors in a row, the longest such run, sum of log(1 + duration). */
  readonly counts: number[];
}

const COUNT = {
  records: 0,
  errors: 1,
  durations: 2,
  oldest: 3,
  newest: 4,
  pause: 5,
  pauses: 6,
  run: 7,
  longest: 8,
  slowness: 9,
};

export function emptyUserWindow(): UserWindow {
  return {
    counts: zeros(10),
    services: zeros(DISTINCT_WORDS),
    templates: zeros(DISTINCT_WORDS),
    errorCodes: zeros(DISTINCT_WORDS),
    devices: zeros(DISTINCT_WORDS),
    durations: zeros(DURATION_BUCKETS),
  };
}

export function copyUserWindow(window: UserWindow): UserWindow {
  return {
    counts: window.counts.slice(),
    services: window.services.slice(),
    templates: window.templates.slice(),
    errorCodes: window.errorCodes.slice(),
    devices: window.devices.slice(),
    durations: window.durations.slice(),
  };
}

/** Adds one record. Changes `window`. */
export function addUserRecord(window: UserWindow, record: LogRecord): void {
  const { counts } = window;
  followTime(counts, record.timestamp);
  const failed = isError(record.level);
  add(counts, COUNT.records, 1);
  if (failed) add(counts, COUNT.errors, 1);
  counts[COUNT.run] = failed ? (counts[COUNT.run] as number) + 1 : 0;
  counts[COUNT.longest] = Math.max(counts[COUNT.longest] as number, counts[COUNT.run] as number);
  markDistinct(window.services, record.service);
  markDistinct(window.templates, record.templateId ?? record.message);
  if (record.errorCode !== undefined) markDistinct(window.errorCodes, record.errorCode);
  if (record.deviceId !== undefined) markDistinct(window.devices, record.deviceId);
  addDuration(window, record.durationMs);
}

/** What a user did in a stretch: how much, how varied, how it failed, how fast, and when. */
export const userFeatures: FeatureSet<UserWindow> = defineFeatureSet({
  name: 'user',
  version: 2,
  columns: [
    'records_log',
    'errors_log',
    'error_share',
    'longest_error_run_log',
    'services_log',
    'templates_log',
    'error_codes_log',
    'devices_log',
    'duration_p50_log',
    'duration_p95_log',
    'duration_mean_log',
    'duration_missing',
    'span_minutes_log',
    'rate_log',
    'pause_mean_log',
    'pause_greatest_log',
    'day_sine',
    'day_cosine',
  ],
  probe: probe(),
  vector: write,
});

function write(window: UserWindow, out: Float64Array): void {
  const { counts, durations } = window;
  const records = counts[COUNT.records] as number;
  const errors = counts[COUNT.errors] as number;
  const newest = counts[COUNT.newest] as number;
  const minutes = (newest - (counts[COUNT.oldest] as number)) / 60_000;
  const angle = (2 * Math.PI * (newest % 86_400_000)) / 86_400_000;
  out.set([
    Math.log1p(records),
    Math.log1p(errors),
    errors / Math.max(1, records),
    Math.log1p(counts[COUNT.longest] as number),
    Math.log1p(countDistinct(window.services)),
    Math.log1p(countDistinct(window.templates)),
    Math.log1p(countDistinct(window.errorCodes)),
    Math.log1p(countDistinct(window.devices)),
    Math.log1p(durationQuantile(durations, 0.5)),
    Math.log1p(durationQuantile(durations, 0.95)),
    (counts[COUNT.slowness] as number) / Math.max(1, counts[COUNT.durations] as number),
    counts[COUNT.durations] === 0 ? 1 : 0,
    Math.log1p(minutes),
    Math.log1p(records / Math.max(1, minutes)),
    Math.log1p((counts[COUNT.pauses] as number) / Math.max(1, records - 1) / 1_000),
    Math.log1p((counts[COUNT.pause] as number) / 1_000),
    records === 0 ? 0 : Math.sin(angle),
    records === 0 ? 0 : Math.cos(angle),
  ]);
}

function addDuration({ counts, durations }: UserWindow, durationMs: number | undefined): void {
  if (durationMs === undefined || !(durationMs >= 0) || durationMs === Infinity) return;
  add(counts, COUNT.durations, 1);
  add(counts, COUNT.slowness, Math.log1p(durationMs));
  countDuration(durations, durationMs);
}

function followTime(counts: number[], given: number): void {
  if (!Number.isFinite(given)) return;
  const timestamp = withoutMinus(given);
  if (counts[COUNT.records] === 0) {
    counts[COUNT.oldest] = timestamp;
    counts[COUNT.newest] = timestamp;
    return;
  }
  const pause = Math.max(0, timestamp - (counts[COUNT.newest] as number));
  counts[COUNT.pause] = Math.max(counts[COUNT.pause] as number, pause);
  add(counts, COUNT.pauses, pause);
  counts[COUNT.oldest] = Math.min(counts[COUNT.oldest] as number, timestamp);
  counts[COUNT.newest] = Math.max(counts[COUNT.newest] as number, timestamp);
}

function add(values: number[], at: number, value: number): void {
  values[at] = (values[at] as number) + value;
}

function probe(): UserWindow {
  const window = emptyUserWindow();
  for (const [index, level] of ([9, 17, 17, 9, 18] as const).entries()) {
    addUserRecord(window, {
      timestamp: 1_767_268_800_000 + index ** 2 * 7_000,
      level,
      service: `service-${index % 2}`,
      message: `Step ${index}.`,
      userId: 'u',
      requestId: undefined,
      errorCode: level === 9 ? undefined : 'E1',
      durationMs: index === 3 ? undefined : 20 * (index + 1),
      deviceId: `d${index % 3}`,
      attributes: undefined,
      vitals: undefined,
    });
  }
  return window;
}
