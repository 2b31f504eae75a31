import type { Alert } from '../../model/alert.ts';
import { subjectKind, subjectName, type SubjectId } from '../../model/subject.ts';
import type { WireRecord } from '../../model/wire-record.ts';
import type { RecordLookup } from '../../store/store.ts';
import { lookUp, lookUpOne, type LookupKeys } from '../../streams/enrichment/enrich.ts';
import type { LookupTables } from '../../streams/enrichment/lookup-table.ts';

/** Adds what the tables say to records that are read; `undefined` when there are no tables. */
export function recordLookup(tables: LookupTables): RecordLookup | undefined {
  if (tables.tables.length === 0 && tables.shifts.length === 0) return undefined;
  return {
    attribute: (record, subject, name) => lookUpOne(keysOf(record, subject), name, tables),
    enrich: (record) => {
      const added = lookUp(keysOf(record, record.subject), tables);
      if (added === undefined) return record;
      return { ...record, attributes: { ...added, ...record.attributes } };
    },
  };
}

/** What the tables say of an alert's subject, and the shift in which it opened; `undefined` when that is nothing. */
export function alertEnrichment(
  { subject, openedAt }: Pick<Alert, 'subject' | 'openedAt'>,
  tables: LookupTables,
): Readonly<Record<string, string>> | undefined {
  return lookUp({ [subjectKind(subject)]: subjectName(subject), timestamp: openedAt }, tables);
}

/** The watch that sent a record is named by the entry, when the record does not. */
function keysOf(record: WireRecord, subject: SubjectId): LookupKeys {
  const { service, user_id: user, timestamp } = record;
  const device =
    record.device_id ?? (subjectKind(subject) === 'device' ? subjectName(subject) : undefined);
  return { device, service, user, timestamp };
}
