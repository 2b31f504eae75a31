import type { EvidenceSample } from '../../model/finding.ts';
import type { LogRecord } from '../../model/record.ts';
import { detached } from '../../core/detached.ts';

/** How many records a finding shows. */
export const SAMPLES = 5;

const LONGEST_MESSAGE = 300;

/** What a finding shows of a record; keeps nothing of the payload alive. */
export function toSample(record: LogRecord): EvidenceSample {
  return {
    timestamp: record.timestamp,
    level: record.level,
    service: record.service,
    message: detached(record.message.slice(0, LONGEST_MESSAGE)),
    requestId: detachedOrNone(record.requestId),
    errorCode: detachedOrNone(record.errorCode),
    durationMs: record.durationMs,
    userId: record.userId,
  };
}

/** Adds a record to the newest {@link SAMPLES} by event time; ties go by arrival. Changes `newest`. */
export function keepNewest(
  newest: (LogRecord | EvidenceSample)[],
  record: LogRecord | EvidenceSample,
): void {
  const { timestamp } = record;
  let place = newest.length;
  if (place < SAMPLES) newest.push(record);
  else {
    if (timestamp < (newest[0]?.timestamp ?? 0)) return;
    place -= 1;
    for (let at = 0; at < place; at += 1) newest[at] = newest[at + 1] ?? record;
  }
  for (; place > 0; place -= 1) {
    const before = newest[place - 1];
    if (before === undefined || before.timestamp <= timestamp) break;
    newest[place] = before;
  }
  newest[place] = record;
}

/** Detaches what is still a record; leaves samples as they are. */
export function asSample(record: LogRecord | EvidenceSample): EvidenceSample {
  return 'attributes' in record ? toSample(record) : record;
}

function detachedOrNone(text: string | undefined): string | undefined {
  return text === undefined ? undefined : detached(text);
}
