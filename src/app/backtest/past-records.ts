import type { DecodedBatch, Opener, RecordDecoder } from '../../actors/ports.ts';
import { IMPORTER } from '../../actors/subject-of.ts';
import { ENTRY } from '../../model/journal-entry.ts';
import { LEVEL_BY_NAME } from '../../model/level.ts';
import type { LogRecord, Vitals } from '../../model/record.ts';
import {
  isSubjectName,
  subjectId,
  subjectKind,
  subjectName,
  type SubjectId,
} from '../../model/subject.ts';
import type { StoredRecord } from '../../store/store.ts';
import type { PastEntry } from './virtual-journal.ts';

const IMPORTED = subjectId('service', IMPORTER);

/**
 * Records of the store as journal entries, and what opens these again in the
 * actors' turn. Nothing is sealed or encoded anew: an entry's body is a key to
 * its records, which are let go once they are decoded.
 */
export class PastRecords {
  readonly #records = new WeakMap<Uint8Array, readonly LogRecord[]>();

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
    const body = new Uint8Array(0);
    this.#records.set(
      body,
      records.map((record) => logRecordOf(record, isDevice ? name : undefined)),
    );
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
    decode: (payload) => batchOf(this.#records.get(payload) ?? [], payload),
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
    ...{ records, payload, minTimestamp, maxTimestamp, levels },
    ...{ rejected: [], clamped: 0, services: [], users: [] },
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
    vitals: vitalsOf(record),
    templateId: undefined,
    isNewTemplate: undefined,
    templateRarity: undefined,
  };
}

function vitalsOf(record: StoredRecord): Vitals | undefined {
  const vitals = {
    heartRate: record.heart_rate,
    hrv: record.hrv,
    spo2: record.spo2,
    skinTemperature: record.skin_temperature,
    steps: record.steps,
    battery: record.battery,
    rssi: record.rssi,
    worn: record.worn,
    charging: record.charging,
  };
  for (const name in vitals) if (vitals[name as keyof Vitals] !== undefined) return vitals;
  return undefined;
}
