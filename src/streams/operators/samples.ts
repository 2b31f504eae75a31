import type { EvidenceSample } from '../../model/finding.ts';
import type { LogRecord } from '../../model/record.ts';
import { detached } from './template.ts';

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
  let place = newest.length;
  while (place > 0 && (newest[place - 1]?.timestamp ?? 0) > record.timestamp) place -= 1;
  if (newest.length === SAMPLES) {
    if (place === 0) return;
    newest.shift();
    place -= 1;
  }
  newest.splice(place, 0, record);
}

/** Detaches what is still a record; leaves samples as they are. */
export function asSample(record: LogRecord | EvidenceSample): EvidenceSample {
  return 'attributes' in record ? toSample(record) : record;
}

function detachedOrNone(text: string | undefined): string | undefined {
  return text === undefined ? undefined : detached(text);
}
