import type { VitalPoint } from '../../model/feed.ts';
import type { LogRecord } from '../../model/record.ts';

/** The vital signs among the records, oldest first as they came. */
export function vitalPoints(records: readonly LogRecord[]): readonly VitalPoint[] {
  const points: VitalPoint[] = [];
  for (const { vitals, timestamp } of records) {
    if (vitals !== undefined) points.push({ timestamp, ...vitals });
  }
  return points;
}

/** The last vital sign among the records; `undefined` when there is none. */
export function lastVitals(records: readonly LogRecord[]): VitalPoint | undefined {
  for (let index = records.length - 1; index >= 0; index -= 1) {
    const record = records[index];
    if (record?.vitals !== undefined) return { timestamp: record.timestamp, ...record.vitals };
  }
  return undefined;
}
