import type { LineContext, ParsedLine } from '../line-parser.ts';
import { safeKey } from './attributes.ts';
import { buildRecord } from './build-record.ts';
import { NESTED_GROUPS, roleOf, type FieldRole, type Role } from './field-roles.ts';
import { roleValue, type RoleValues, type ValueHints } from './field-values.ts';
import { levelFromMessage, levelOfStatus, type NumberScale, type Severity } from './severity.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface MapFieldsOptions {
  /** Text of the record when no field is a message. */
  readonly line: string;
  readonly context: LineContext;
  /** Service when neither a field nor the context names one. */
  readonly fallback: string;
  /** Whose numbers the severities are. */
  readonly scale?: NumberScale;
  /** Whether `name` is the service, as in pino and bunyan. */
  readonly isNameService?: boolean;
}

/** A record from the fields of a structured line: known names to the record's own fields, the others to its attributes. */
export function mapFields(fields: Fields, options: MapFieldsOptions): ParsedLine {
  const chosen = choose(fields, options);
  const { values, attributes } = chosen;
  const message = values.message ?? options.line;
  return buildRecord(
    {
      timestamp: values.timestamp,
      severity: values.level ?? severityWithout(values),
      service: values.service,
      message,
      userId: values.user,
      requestId: values.request,
      errorCode: values.error,
      durationMs: values.duration,
      deviceId: values.device,
      attributes,
    },
    options.context,
    options.fallback,
  );
}

/** Lines without a level: by the HTTP status, else by the message's words. */
function severityWithout({ status, message }: RoleValues): Severity {
  if (status !== undefined) return { level: levelOfStatus(status) };
  return { level: message === undefined ? 'INFO' : levelFromMessage(message) };
}

interface Chosen {
  readonly values: RoleValues;
  readonly attributes: Record<string, unknown>;
}

interface Winner {
  readonly key: string;
  readonly rank: number;
  readonly raw: unknown;
}

/** For each role the value of the first-ranked field that can serve; all others are kept as attributes. */
function choose(fields: Fields, options: MapFieldsOptions): Chosen {
  const values: Record<string, unknown> = {};
  const winners = new Map<FieldRole, Winner>();
  const attributes: Record<string, unknown> = {};
  const take = (key: string, raw: unknown, isNested: boolean): boolean => {
    const known = options.isNameService === true && key === 'name' ? NAME : roleOf(key);
    if (known === undefined) return false;
    const before = winners.get(known.role);
    if (before !== undefined && before.rank <= known.rank) return false;
    const value = roleValue(known.role, raw, hintsOf(known, options));
    if (value === undefined) return false;
    if (before !== undefined && !isNestedKey(before.key)) attributes[before.key] = before.raw;
    winners.set(known.role, { key, rank: known.rank, raw });
    values[known.role] = value;
    // What is nested stays in its group; a status stays an attribute beside the level that it gives.
    return !isNested && known.role !== 'status';
  };
  for (const key of Object.keys(fields)) {
    const raw = fields[key];
    if (raw === undefined || raw === null) continue;
    if (!take(key, raw, false)) attributes[safeKey(key)] = raw;
  }
  for (const group of NESTED_GROUPS) takeNested(group, fields, take);
  return { values, attributes };
}

const NAME: Role = { role: 'service', rank: 1000 };

function isNestedKey(key: string): boolean {
  return key.includes('.') && NESTED_GROUPS.includes(key.split('.', 1)[0] ?? '');
}

type Take = (key: string, raw: unknown, isNested: boolean) => boolean;

function takeNested(group: string, fields: Fields, take: Take): void {
  const inner = Object.hasOwn(fields, group) ? fields[group] : undefined;
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return;
  for (const [key, value] of Object.entries(inner)) take(`${group}.${key}`, value, true);
}

function hintsOf(
  known: ValueHints,
  { context, scale }: MapFieldsOptions,
): ValueHints & { readonly reference: LineContext } {
  const wanted = known.scale ?? scale;
  return {
    reference: context,
    isTextOnly: known.isTextOnly === true,
    ...(known.unitMs === undefined ? {} : { unitMs: known.unitMs }),
    ...(wanted === undefined ? {} : { scale: wanted }),
  };
}
