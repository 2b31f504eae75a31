import { addAttribute, safeKey } from '../fields/attributes.ts';
import { buildRecord } from '../fields/build-record.ts';
import { durationOf } from '../fields/duration-text.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { ParsedLine } from '../line-parser.ts';
import { anyTime } from '../line-time.ts';

const OWN_FIELDS = new Set([
  ...['timestamp', 'level', 'service', 'message', 'user_id'],
  ...['request_id', 'error_code', 'duration_ms', 'device_id'],
]);
const PREFIX = 'attributes.';

/** A record while filters change it: its own fields and its attributes by one name each. */
export class RecordDraft {
  readonly #own: Record<string, unknown>;
  readonly #attributes: Record<string, unknown>;
  readonly #before: ParsedLine;

  constructor(record: ParsedLine) {
    const { attributes, ...own } = record;
    this.#before = record;
    this.#own = own;
    this.#attributes = { ...attributes };
  }

  get(name: string): unknown {
    const [fields, key] = this.#place(name);
    return Object.hasOwn(fields, key) ? fields[key] : undefined;
  }

  set(name: string, value: unknown): void {
    const [fields, key] = this.#place(name);
    fields[key] = value;
  }

  /** Adds to what is there: a name that is taken becomes a list. */
  add(name: string, value: unknown): void {
    const [fields, key] = this.#place(name);
    if (fields === this.#own) fields[key] = value;
    else addAttribute(fields, key, value);
  }

  remove(name: string): void {
    const [fields, key] = this.#place(name);
    Reflect.deleteProperty(fields, key);
  }

  /** The record; own fields that are no longer valid keep what they were, or become attributes. */
  finish(): ParsedLine {
    const before = this.#before;
    const level = this.get('level');
    const severity = typeof level === 'string' ? severityOfWord(level) : undefined;
    const duration = this.get('duration_ms');
    return buildRecord(
      {
        timestamp:
          anyTime(this.get('timestamp'), { receivedAt: before.timestamp }) ?? before.timestamp,
        severity: severity ?? { level: before.level },
        service: this.#text('service'),
        message: this.#text('message') ?? '',
        userId: this.#text('user_id'),
        requestId: this.#text('request_id'),
        errorCode: this.#text('error_code'),
        durationMs: durationOf(duration, 1),
        deviceId: this.#text('device_id'),
        attributes: this.#attributes,
      },
      { receivedAt: before.timestamp },
      before.service,
    );
  }

  #text(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || value === null || value === '') return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
  }

  #place(name: string): readonly [Record<string, unknown>, string] {
    if (OWN_FIELDS.has(name)) return [this.#own, name];
    const key = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
    return [this.#attributes, safeKey(key)];
  }
}
