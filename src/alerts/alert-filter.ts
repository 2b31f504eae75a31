import { compileFilter } from '../core/filter/compile-filter.ts';
import type { FieldType } from '../core/filter/fields.ts';
import type { Filter } from '../core/filter/filter.ts';
import { parseFilter } from '../core/filter/parse-filter.ts';
import { closedVocabulary } from '../core/filter/vocabulary.ts';
import type { Alert } from '../model/alert.ts';
import { SEVERITIES } from '../model/severity.ts';
import { subjectKind, subjectName } from '../model/subject.ts';

/** Which alerts an expression means, in the language of docs/query-language.md. */
export type AlertFilter = (alert: Alert) => boolean;

/** `message`, which bare words look in, is the summary. */
const FIELDS = new Map<string, FieldType | readonly string[]>([
  ['severity', SEVERITIES],
  ['type', 'name'],
  ['subject', 'name'],
  ['service', 'name'],
  ['device_id', 'name'],
  ['user_id', 'name'],
  ['site', 'name'],
  ['state', 'name'],
  ['detector', 'name'],
  ['label', 'name'],
  ['key', 'name'],
  ['count', 'number'],
  ['opened_at', 'time'],
  ['updated_at', 'time'],
  ['message', 'text'],
]);

/** What a filter over alerts may name. */
export const ALERT_FIELDS = closedVocabulary(
  FIELDS,
  new Map([
    ['device', 'device_id'],
    ['user', 'user_id'],
    ['summary', 'message'],
    ['text', 'message'],
  ]),
);

const OWN_FIELD = { service: 'service', device: 'device_id', user: 'user_id' } as const;

/**
 * Compiles an expression over alerts: `severity>=high service:payment* -type:service_down`.
 * @throws QUERY_INVALID with the column and a caret under it
 */
export function alertFilter(expression: string): AlertFilter {
  return filterAlerts(parseFilter(expression, ALERT_FIELDS));
}

/** The same for an expression that was parsed with {@link ALERT_FIELDS}. */
export function filterAlerts(filter: Filter): AlertFilter {
  return compileFilter(filter, readAlert);
}

function readAlert(alert: Alert, field: string): unknown {
  switch (field) {
    case 'severity':
      return SEVERITIES.indexOf(alert.severity);
    case 'message':
      return alert.summary;
    case 'opened_at':
      return alert.openedAt;
    case 'updated_at':
      return alert.updatedAt;
    case 'service':
    case 'device_id':
    case 'user_id':
      return OWN_FIELD[subjectKind(alert.subject)] === field
        ? subjectName(alert.subject)
        : undefined;
    default:
      return alert[
        field as 'type' | 'subject' | 'site' | 'state' | 'detector' | 'label' | 'key' | 'count'
      ];
  }
}
