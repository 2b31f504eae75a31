import type { LineContext, ParsedLine } from '../line-parser.ts';
import { safeKey } from './attributes.ts';
import { buildRecord, type RecordParts } from './build-record.ts';
import { NESTED_GROUPS, roleOf, type FieldRole, type Role } from './field-roles.ts';
import { roleValue, type RoleValues, type ValueHints } from './field-values.ts';
import { levelFromMessage, levelOfStatus, type NumberScale, type Severity } from './severity.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface MapFieldsOptions {
  /** Text of the record when no field is a message. */
  readonly line: string | (() => string);
  readonly context: LineContext;
  /** Service when neither a field nor the context names one. */
  readonly fallback: string;
  /** Whose numbers the severities are. */
  readonly scale?: NumberScale | undefined;
  /** Whether `name` is the service, as in pino and bunyan. */
  readonly isNameService?: boolean | undefined;
  /** What a protocol says beside the fields; goes before what they say. */
  readonly given?: GivenValues | undefined;
  /** Fields that a protocol brings along; theirs stand in where the event's own say nothing. */
  readonly beside?: Fields | undefined;
  readonly isUncut?: RecordParts['isUncut'] | undefined;
}

export interface GivenValues {
  /** Ms since the epoch. */
  readonly timestamp?: number | undefined;
  /** A word or number; one that is none stays as `severity_text`. */
  readonly level?: unknown;
  readonly service?: string | undefined;
  readonly message?: string | undefined;
}

/** A record from the fields of a structured line: known names to the record's own fields, the others to its attributes. */
export function mapFields(fields: Fields, options: MapFieldsOptions): ParsedLine {
  const chosen = choose(fields, options);
  const { values, attributes } = chosen;
  const message =
    values.message === undefined ? textOf(options.line) : withoutLineEnd(values.message);
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
      isUncut: options.isUncut,
    },
    options.context,
    options.fallback,
  );
}

function textOf(line: string | (() => string)): string {
  return typeof line === 'string' ? line : line();
}

/** Some shippers pass the end of the line on with it. */
function withoutLineEnd(message: string): string {
  if (!message.endsWith('\n')) return message;
  return message.slice(0, message.endsWith('\r\n') ? -2 : -1);
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
  readonly nested?: Nested;
}

/** A group and the name within it. */
type Nested = readonly [group: string, name: string];

/** For each role the value of the first-ranked field that can serve; all others are kept as attributes. */
function choose(fields: Fields, options: MapFieldsOptions): Chosen {
  const chooser = new Chooser(options);
  for (const key of Object.keys(fields)) chooser.own(key, fields[key]);
  chooser.groups(fields);
  const { beside } = options;
  if (beside !== undefined) for (const key of Object.keys(beside)) chooser.beside(key, beside[key]);
  return chooser;
}

const NAME: Role = { role: 'service', rank: 1000 };
const GIVEN = ['timestamp', 'level', 'service', 'message'] as const;
/** Added to the ranks of fields that come beside the event. */
const BESIDE = 10_000;

class Chooser implements Chosen {
  readonly #options: MapFieldsOptions;
  readonly #winners: Partial<Record<FieldRole, Winner>> = {};
  readonly #values: Record<string, unknown> = {};
  readonly #groups: string[] = [];
  readonly attributes: Record<string, unknown> = {};

  constructor(options: MapFieldsOptions) {
    this.#options = options;
    const { given } = options;
    if (given !== undefined) for (const role of GIVEN) this.#give(role, given[role]);
  }

  /** Each value is what {@link roleValue} gives for its role. */
  get values(): RoleValues {
    return this.#values;
  }

  own(key: string, raw: unknown): void {
    if (raw === undefined || raw === null) return;
    if (typeof raw === 'object' && NESTED_GROUPS.has(key)) this.#groups.push(key);
    const isName = this.#options.isNameService === true && key === 'name';
    const known = isName ? NAME : roleOf(key);
    if (known === undefined || !this.#take({ key, raw, rank: known.rank }, known)) {
      this.attributes[safeKey(key)] = raw;
    }
  }

  /** Takes what it can out of the groups met; as received they stay untouched. */
  groups(fields: Fields): void {
    for (const group of this.#groups) this.#group(group, fields[group]);
  }

  #group(group: string, inner: unknown): void {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return;
    for (const [name, raw] of Object.entries(inner)) {
      const key = `${group}.${name}`;
      const known = roleOf(key);
      if (known === undefined || raw === null) continue;
      this.#take({ key, raw, rank: known.rank, nested: [group, name] }, known);
    }
  }

  /** A protocol's own fields are never an event's message or time. */
  beside(key: string, raw: unknown): void {
    if (raw === undefined || raw === null) return;
    const known = roleOf(key);
    if (known !== undefined && known.role !== 'message' && known.role !== 'timestamp') {
      if (this.#take({ key, raw, rank: known.rank + BESIDE }, known)) return;
    }
    this.#keep(safeKey(key), raw);
  }

  #give(role: (typeof GIVEN)[number], raw: unknown): void {
    if (raw === undefined || raw === null) return;
    const value = role === 'level' ? roleValue(role, raw, hintsOf({}, this.#options)) : raw;
    if (value === undefined) this.attributes['severity_text'] = raw;
    if (value === undefined) return;
    this.#values[role] = value;
    this.#winners[role] = { key: '', rank: -1, raw };
  }

  /** Whether the field is used up by its role. */
  #take(field: Winner, known: Role): boolean {
    const before = this.#winners[known.role];
    if (before !== undefined && before.rank <= field.rank) return false;
    const value = roleValue(known.role, field.raw, hintsOf(known, this.#options));
    if (value === undefined) return false;
    // A status stays an attribute beside the level that it gives.
    const isUsedUp = known.role !== 'status';
    if (isUsedUp && before !== undefined) this.#putBack(before);
    this.#winners[known.role] = field;
    this.#values[known.role] = value;
    if (isUsedUp && field.nested !== undefined) this.#takeOut(field.nested);
    return isUsedUp;
  }

  #putBack({ key, raw, nested }: Winner): void {
    if (nested === undefined) this.#keep(key, raw);
    else {
      const [group, name] = nested;
      this.attributes[group] = { ...groupIn(this.attributes, group), [name]: raw };
    }
  }

  #takeOut([group, name]: Nested): void {
    const { [name]: _taken, ...rest } = groupIn(this.attributes, group);
    if (Object.keys(rest).length > 0) this.attributes[group] = rest;
    else Reflect.deleteProperty(this.attributes, group);
  }

  /** Under its name; when another field has that, with a number. */
  #keep(name: string, raw: unknown): void {
    let free = name;
    for (let number = 2; Object.hasOwn(this.attributes, free); number += 1) {
      free = `${name}_${number}`;
    }
    this.attributes[free] = raw;
  }
}

function groupIn(attributes: Fields, group: string): Fields {
  const inner = Object.hasOwn(attributes, group) ? attributes[group] : undefined;
  return typeof inner === 'object' && inner !== null ? (inner as Fields) : {};
}

function hintsOf(
  known: ValueHints,
  { context, scale }: MapFieldsOptions,
): ValueHints & { readonly reference: LineContext } {
  const { isTextOnly, unitMs } = known;
  return { reference: context, isTextOnly, unitMs, scale: known.scale ?? scale };
}
