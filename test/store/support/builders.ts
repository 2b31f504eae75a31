import type { Alert } from '../../../src/model/alert.ts';
import { LEVEL_NAMES } from '../../../src/model/level.ts';
import { partitionOf, subjectId, type SubjectId } from '../../../src/model/subject.ts';
import type { Block, BlockEntry, DeadLetter, WireRecord } from '../../../src/store/store.ts';
import { encode } from './codec.ts';

export const NOON = Date.UTC(2026, 0, 10, 12);
export const DAY_MS = 86_400_000;

export function record(fields: Partial<WireRecord> = {}): WireRecord {
  return { timestamp: NOON, level: 'INFO', service: 'api', message: 'ok', ...fields };
}

/** An entry whose ranges and sets are worked out from its records. */
export function entry(
  lsn: number,
  records: readonly WireRecord[],
  fields: Partial<BlockEntry> = {},
): BlockEntry {
  const times = records.map(({ timestamp }) => timestamp);
  const count = (level: number): number =>
    records.filter((each) => each.level === LEVEL_NAMES[level]).length;
  return {
    lsn,
    subject: subjectId('device', 'watch-1'),
    observedAt: Math.max(...times),
    payload: encode(records),
    count: records.length,
    minTimestamp: Math.min(...times),
    maxTimestamp: Math.max(...times),
    levels: [count(0), count(1), count(2), count(3), count(4)],
    services: [...new Set(records.map(({ service }) => service))],
    users: [...new Set(records.flatMap(({ user_id }) => (user_id === undefined ? [] : [user_id])))],
    ...fields,
  };
}

export function block(entries: readonly BlockEntry[], fields: Partial<Block> = {}): Block {
  const first = entries[0]!;
  return {
    day: new Date(first.observedAt).toISOString().slice(0, 10),
    partition: partitionOf(first.subject),
    firstLsn: first.lsn,
    entries,
    ...fields,
  };
}

export function device(id: string): SubjectId {
  return subjectId('device', id);
}

export function alert(fields: Partial<Alert> = {}): Alert {
  return {
    id: 'a1',
    site: 'test',
    type: 'error_spike',
    detector: 'error_spike',
    detectorVersion: 1,
    severity: 'high',
    subject: subjectId('service', 'api'),
    key: '',
    state: 'open',
    summary: '150 errors in 5 minutes',
    actionRequired: 'Investigate immediately',
    openedAt: NOON,
    updatedAt: NOON,
    acknowledgedAt: undefined,
    acknowledgedBy: undefined,
    note: undefined,
    resolvedAt: undefined,
    resolvedBy: undefined,
    count: 1,
    revision: 1,
    trigger: '7.0',
    evidence: {
      value: 150,
      threshold: 100,
      unit: 'errors',
      windowMs: 300_000,
      samples: [
        {
          timestamp: NOON,
          level: 17,
          service: 'api',
          message: 'refused',
          requestId: 'r-1',
          errorCode: undefined,
          durationMs: 12,
          userId: undefined,
        },
      ],
      facts: { 'http.status': [500, 502], $top: { 'a.b': 'c' }, rate: 0.5 },
    },
    configHash: 'c0ffee',
    ...fields,
  };
}

export function letter(fields: Partial<DeadLetter> = {}): DeadLetter {
  const { lsn = 1, ordinal = 0, stage = 'decode' } = fields;
  return {
    id: `${lsn}.${ordinal}.${stage}`,
    lsn,
    ordinal,
    subject: 'watch-1',
    stage,
    reason: 'not a map',
    pointer: '/0',
    at: NOON,
    body: Uint8Array.of(1, 2, 3),
    ...fields,
  };
}
