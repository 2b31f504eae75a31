import type { LogRecord } from '../../model/record.ts';
import { countDistinct, DISTINCT_WORDS, markDistinct } from './distinct.ts';
import type { DistinctBits } from './distinct.ts';
import { countDuration, durationQuantile, DURATION_BUCKETS } from './durations.ts';
import type { DurationCounts } from './durations.ts';
import { defineFeatureSet } from './feature-set.ts';
import type { FeatureSet } from './feature-set.ts';
import { zeros, type FeatureWindow } from './window.ts';

/** A minute, or another stretch, of one service's records: bounded plain data, 700 bytes. */
export interface ServiceWindow extends FeatureWindow {
  /** Records of DEBUG, INFO, WARNING, ERROR, CRITICAL. */
  readonly levels: number[];
  readonly durations: DurationCounts;
  readonly messages: DistinctBits;
  readonly templates: DistinctBits;
  /** Durations known, templates known, new templates, sum and greatest of rarity, bytes of messages, sum and greatest of log(1 + duration). */
  readonly counts: number[];
}

const COUNT = {
  durations: 0,
  templates: 1,
  newTemplates: 2,
  rarity: 3,
  rarest: 4,
  bytes: 5,
  slowness: 6,
  slowest: 7,
};
const LEVELS = [5, 9, 13, 17, 18];

export function emptyServiceWindow(): ServiceWindow {
  return {
    levels: zeros(LEVELS.length),
    counts: zeros(8),
    durations: zeros(DURATION_BUCKETS),
    messages: zeros(DISTINCT_WORDS),
    templates: zeros(DISTINCT_WORDS),
  };
}

export function copyServiceWindow(window: ServiceWindow): ServiceWindow {
  return {
    levels: window.levels.slice(),
    counts: window.counts.slice(),
    durations: window.durations.slice(),
    messages: window.messages.slice(),
    templates: window.templates.slice(),
  };
}

/** Adds one record. Changes `window`. */
export function addServiceRecord(window: ServiceWindow, record: LogRecord): void {
  const { levels, counts } = window;
  const level = Math.max(0, LEVELS.indexOf(record.level));
  add(levels, level, 1);
  markDistinct(window.messages, record.message);
  add(counts, COUNT.bytes, Buffer.byteLength(record.message));
  addDuration(window, record.durationMs);
  if (record.templateId === undefined) return;
  markDistinct(window.templates, record.templateId);
  add(counts, COUNT.templates, 1);
  if (record.isNewTemplate === true) add(counts, COUNT.newTemplates, 1);
  const rarity = record.templateRarity ?? 0;
  if (!Number.isFinite(rarity)) return;
  add(counts, COUNT.rarity, rarity);
  counts[COUNT.rarest] = Math.max(counts[COUNT.rarest] as number, rarity);
}

/** What a service wrote in a stretch: counts on a logarithmic scale, shares, and quantiles of durations. */
export const serviceFeatures: FeatureSet<ServiceWindow> = defineFeatureSet({
  name: 'service',
  version: 2,
  columns: [
    'debug_log',
    'info_log',
    'warning_log',
    'error_log',
    'critical_log',
    'records_log',
    'error_share',
    'duration_p50_log',
    'duration_p95_log',
    'duration_p99_log',
    'duration_mean_log',
    'duration_greatest_log',
    'duration_missing',
    'messages_log',
    'templates_log',
    'templates_missing',
    'new_templates_log',
    'new_template_share',
    'rarity_mean',
    'rarity_greatest',
    'bytes_log',
    'bytes_mean_log',
  ],
  probe: probe(),
  vector: write,
});

function write(window: ServiceWindow, out: Float64Array): void {
  const { levels, counts, durations } = window;
  const records = levels.reduce((sum, count) => sum + count, 0);
  const errors = (levels[3] as number) + (levels[4] as number);
  const templates = counts[COUNT.templates] as number;
  const bytes = counts[COUNT.bytes] as number;
  const row = [
    ...Array.from(levels, Math.log1p),
    Math.log1p(records),
    errors / Math.max(1, records),
    Math.log1p(durationQuantile(durations, 0.5)),
    Math.log1p(durationQuantile(durations, 0.95)),
    Math.log1p(durationQuantile(durations, 0.99)),
    (counts[COUNT.slowness] as number) / Math.max(1, counts[COUNT.durations] as number),
    counts[COUNT.slowest] as number,
    counts[COUNT.durations] === 0 ? 1 : 0,
    Math.log1p(countDistinct(window.messages)),
    Math.log1p(countDistinct(window.templates)),
    templates === 0 ? 1 : 0,
    Math.log1p(counts[COUNT.newTemplates] as number),
    (counts[COUNT.newTemplates] as number) / Math.max(1, templates),
    (counts[COUNT.rarity] as number) / Math.max(1, templates),
    counts[COUNT.rarest] as number,
    Math.log1p(bytes),
    Math.log1p(bytes / Math.max(1, records)),
  ];
  out.set(row);
}

function addDuration({ counts, durations }: ServiceWindow, durationMs: number | undefined): void {
  if (durationMs === undefined || !(durationMs >= 0) || durationMs === Infinity) return;
  const slowness = Math.log1p(durationMs);
  add(counts, COUNT.durations, 1);
  add(counts, COUNT.slowness, slowness);
  counts[COUNT.slowest] = Math.max(counts[COUNT.slowest] as number, slowness);
  countDuration(durations, durationMs);
}

function add(values: number[], at: number, value: number): void {
  values[at] = (values[at] as number) + value;
}

function probe(): ServiceWindow {
  const window = emptyServiceWindow();
  for (const [index, level] of ([5, 9, 13, 17, 18] as const).entries()) {
    addServiceRecord(window, {
      timestamp: index,
      level,
      service: 'payment',
      message: `Paid order ${index % 3}.`,
      userId: undefined,
      requestId: undefined,
      errorCode: undefined,
      durationMs: index === 2 ? undefined : 12.5 * 3 ** index,
      deviceId: undefined,
      attributes: undefined,
      vitals: undefined,
      templateId: `t${index % 2}`,
      isNewTemplate: index < 2,
      templateRarity: index / 2,
    });
  }
  return window;
}
