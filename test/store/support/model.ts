import { LEVEL_NAMES } from '../../../src/model/level.ts';
import type { Block, RecordQuery, RecordStore, StoredRecord } from '../../../src/store/store.ts';
import { decode } from './codec.ts';

/** What a query must answer: a filter and a sort over everything, in one array. */
export function expected(blocks: readonly Block[], query: RecordQuery): readonly StoredRecord[] {
  const sign = query.order === 'asc' ? 1 : -1;
  return allRecords(blocks)
    .filter((record) => matches(record, query))
    .sort(
      (a, b) =>
        sign * (timeOf(a, query) - timeOf(b, query) || a.lsn - b.lsn || a.ordinal - b.ordinal),
    );
}

export function allRecords(blocks: readonly Block[]): StoredRecord[] {
  return blocks.flatMap(({ entries }) =>
    entries.flatMap(({ payload, subject, observedAt, lsn, templates }) =>
      decode(payload).map((record, ordinal) => ({
        ...record,
        ...((templates?.[ordinal] ?? '') !== '' && { template_id: templates?.[ordinal] as string }),
        subject,
        observed_at: observedAt,
        lsn,
        ordinal,
      })),
    ),
  );
}

function matches(record: StoredRecord, query: RecordQuery): boolean {
  const subject = query.subject ?? record.subject;
  return (
    timeOf(record, query) >= query.from &&
    timeOf(record, query) < query.to &&
    (subject === record.subject || subject === `user:${record.user_id}`) &&
    record.service === (query.service ?? record.service) &&
    record.user_id === (query.user ?? record.user_id) &&
    LEVEL_NAMES.indexOf(record.level) >= LEVEL_NAMES.indexOf(query.level ?? 'DEBUG') &&
    record.message.toLowerCase().includes((query.text ?? '').toLowerCase())
  );
}

function timeOf(record: StoredRecord, { axis }: RecordQuery): number {
  return axis === 'ingest' ? record.observed_at : record.timestamp;
}

/** Follows cursors to the end. */
export async function everyPage(
  store: RecordStore,
  query: RecordQuery,
): Promise<readonly (readonly StoredRecord[])[]> {
  const pages: (readonly StoredRecord[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ ...query, ...(cursor !== undefined && { cursor }) });
    pages.push(page.records);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}
