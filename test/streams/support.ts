import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectRoot } from '../../src/core/root.ts';
import { LEVEL_BY_NAME } from '../../src/model/level.ts';
import type { LevelName } from '../../src/model/level.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { Detector } from '../../src/streams/detector.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';

const FILE = 'config/anomaly_schema.yaml';

export const CONFIG_TEXT = readFileSync(join(projectRoot(), FILE), 'utf8');
export const CONFIG = compileDetectors(CONFIG_TEXT, FILE);

export const START = Date.UTC(2026, 0, 1);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const SERVICE = subjectId('service', 'payment');
export const USER = subjectId('user', 'u42');

/** The detector of the shipped configuration. */
export function shipped(id: string): Detector {
  const detector = CONFIG.detectors.find((each) => each.id === id);
  if (detector === undefined) throw new Error(`No detector "${id}".`);
  return detector;
}

/** One detector with other options. */
export function configured(id: string, options: Record<string, unknown>): Detector {
  const text = JSON.stringify({ anomalies: [{ id, ...options }] });
  return compileDetectors(text, 'test.yaml').detectors[0]!;
}

type Fields = Partial<Omit<LogRecord, 'level'>> & { readonly level?: LevelName };

/** A record `at` ms after START, with what the test is not about filled in. */
export function record(at: number, { level = 'INFO', ...fields }: Fields = {}): LogRecord {
  return {
    timestamp: START + at,
    level: LEVEL_BY_NAME[level],
    service: 'payment',
    message: 'Paid.',
    userId: undefined,
    requestId: undefined,
    errorCode: undefined,
    durationMs: undefined,
    deviceId: undefined,
    attributes: undefined,
    vitals: undefined,
    ...fields,
  };
}

export const error = (at: number, fields: Fields = {}): LogRecord =>
  record(at, { level: 'ERROR', message: `Timeout after ${at} ms`, ...fields });

/** `count` records, `every` ms apart from `from` on. */
export function series(
  count: number,
  { from = 0, every = SECOND }: { readonly from?: number; readonly every?: number } = {},
  make: (at: number) => LogRecord = error,
): LogRecord[] {
  return Array.from({ length: count }, (_, index) => make(from + index * every));
}

/** Freezes plain data all the way down; typed arrays cannot be frozen and are compared instead. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
