import type { Alert } from '../../model/alert.ts';
import type { Evidence } from '../../model/finding.ts';
import type { Stored } from './connection.ts';
import { escapeKeys, renameFields, toCamel, toSnake, unescapeKeys } from './field-names.ts';

/** Fields of an alert that are times; they are stored as dates. */
const TIMES = ['openedAt', 'updatedAt', 'acknowledgedAt', 'resolvedAt'] as const;
/** Likewise, where it has a label. */
const OPTIONAL_TIMES = ['labelledAt'] as const;

/** An alert as an operator reads it: field names in snake_case, times as dates, what is not known as null. */
export function alertDocument(alert: Alert): Stored {
  const { id, evidence, ...fields } = alert;
  const times = Object.fromEntries(
    [...TIMES, ...OPTIONAL_TIMES.filter((name) => name in alert)].map((name) => {
      const time = alert[name];
      return [name, time === undefined ? undefined : new Date(time)];
    }),
  );
  const { samples, facts, ...rest } = evidence;
  return {
    _id: id,
    ...nulls(renameFields({ ...fields, ...times }, toSnake)),
    evidence: {
      ...renameFields(rest, toSnake),
      samples: samples.map((sample) => nulls(renameFields(sample, toSnake))),
      facts: escapeKeys(facts),
    },
  };
}

export function alertOf({ _id, evidence, ...fields }: Stored): Alert {
  const plain = undefineds(renameFields(fields, toCamel));
  for (const name of [...TIMES, ...OPTIONAL_TIMES]) {
    const time = plain[name];
    if (time instanceof Date) plain[name] = time.getTime();
  }
  return { id: _id, ...plain, evidence: evidenceOf(evidence as EvidenceDocument) } as Alert;
}

interface EvidenceDocument {
  readonly samples: readonly object[];
  readonly facts: object;
}

function evidenceOf({ samples, facts, ...rest }: EvidenceDocument): Evidence {
  return {
    ...renameFields(rest, toCamel),
    samples: samples.map((sample) => undefineds(renameFields(sample, toCamel))),
    facts: unescapeKeys(facts),
  } as unknown as Evidence;
}

function nulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value ?? null]));
}

function undefineds(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, value ?? undefined]),
  );
}
