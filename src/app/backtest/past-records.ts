import type { DecodedBatch, Opener, RecordDecoder } from '../../actors/ports.ts';
import { IMPORTER } from '../../actors/subject-of.ts';
import { ENTRY } from '../../model/journal-entry.ts';
import { LEVEL_BY_NAME } from '../../model/level.ts';
import type { LogRecord } from '../../model/record.ts';
import {
  isSubjectName,
  subjectId,
  subjectKind,
  subjectName,
  type SubjectId,
} from '../../model/subject.ts';
import { recordVitals } from '../../store/record-vitals.ts';
import type { StoredRecord } from '../../store/store.ts';
import type { PastEntry } from './virtual-journal.ts';

const NONE: readonly never[] = Object.freeze([]);
const IMPORTED = subjectId('service', IMPORTER);

/** The body of an entry of history: no bytes, but the records themselves. */
class PastBody extends Uint8Array {
  readonly records: readonly LogRecord[];

  constructor(records: readonly LogRecord[]) {
    super(0);
    this.records = records;
  }
}

/**
 * Records of the store as journal entries, and what opens these again in the
 * actors' turn. Nothing is sealed or encoded anew.
 */
export class PastRecords {
  /** The entry whose records these are: of one subject, in order. */
  entry(
    records: readonly StoredRecord[],
    {
      lsn,
      subject,
      observedAt,
    }: Omit<PastEntry, 'kind' | 'subject' | 'body'> & {
      readonly subject: SubjectId;
    },
  ): PastEntry {
    const isDevice = subjectKind(subject) === 'device';
    const name = subjectName(subject);
    const watch = isDevice ? name : undefined;
    const body = new PastBody(records.map((record) => logRecordOf(record, watch)));
    return {
      kind: isDevice ? ENTRY.deviceGroup : ENTRY.group,
      subject: name,
      lsn,
      observedAt,
      body,
    };
  }

  readonly opener: Opener = {
    verifyHello: () => {
      throw new Error('History holds no hellos.');
    },
    session: () => ({}),
    open: (_, frame) => frame,
    openGroup: (body) => ({ service: '', payload: body }),
  };

  readonly decoder: RecordDecoder = {
    decode: (payload) => batchOf(payload instanceof PastBody ? payload.records : [], payload),
    wire: () => [],
  };
}

/** What is kept of a batch for the store is left empty: nothing is stored. */
function batchOf(records: readonly LogRecord[], payload: Uint8Array): DecodedBatch {
  let [minTimestamp, maxTimestamp] = [Infinity, -Infinity];
  const levels: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  for (const { timestamp, level } of records) {
    if (timestamp < minTimestamp) minTimestamp = timestamp;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    levels[(level === LEVEL_BY_NAME.CRITICAL ? 4 : (level - LEVEL_BY_NAME.DEBUG) >> 2) as 0] += 1;
  }
  return {
    records,
    payload,
    rejected: NONE,
    clamped: 0,
    minTimestamp,
    maxTimestamp,
    levels,
    services: NONE,
    users: NONE,
  };
}

/** Whose entry a record is when history is played by event time: an imported one is its watch's or service's. */
export function ownerOf({
  subject,
  service,
  device_id: device,
}: StoredRecord): SubjectId | undefined {
  if (subject !== IMPORTED) return subject;
  const name = device ?? service;
  if (!isSubjectName(name)) return undefined;
  return subjectId(device === undefined ? 'service' : 'device', name);
}

/** Imported records are of another time than the one they came in. */
export function isImported({ subject }: StoredRecord): boolean {
  return subject === IMPORTED;
}

/** The record as detectors saw it when it came in; the inverse of `toWireRecord`. */
function logRecordOf(record: StoredRecord, watch: string | undefined): LogRecord {
  return {
    timestamp: record.timestamp,
    level: LEVEL_BY_NAME[record.level],
    service: record.service,
    message: record.message,
    userId: record.user_id,
    requestId: record.request_id,
    errorCode: record.error_code,
    durationMs: record.duration_ms,
    deviceId: watch ?? record.device_id,
    attributes: record.attributes,
    vitals: hasVitals(record) ? recordVitals(record) : undefined,
    templateId: undefined,
    isNewTemplate: undefined,
    templateRarity: undefined,
  };
}

function hasVitals(record: StoredRecord): boolean {
  return (
    record.heart_rate !== undefined ||
    record.battery !== undefined ||
    record.worn !== undefined ||
    REST.some((name) => record[name] !== undefined)
  );
}

/** Vitals that seldom come without the others. */
const REST = ['hrv', 'spo2', 'skin_temperature', 'steps', 'rssi', 'charging'] as const;
