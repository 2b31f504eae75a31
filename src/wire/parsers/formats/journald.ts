import { safeKey } from '../fields/attributes.ts';
import type { Fields } from '../fields/map-fields.ts';
import type { LineContext, LineParser, ParsedLine } from '../line-parser.ts';
import { priorityOf } from '../syslog/priority.ts';
import { syslogRecord } from '../syslog/syslog-record.ts';
import { readJsonObject } from './json-lines.ts';

/**
 * `journalctl -o json`: MESSAGE is text, an array of bytes when it is not
 * UTF-8 or holds control characters, or null when it was too large (Journal
 * JSON Format). A field that the entry has several times is a list.
 */
export const journald: LineParser = {
  id: 'journald',
  about: "systemd's journal as JSON (journalctl -o json)",
  service: 'journal',
  parse: (line, context) => {
    if (!line.includes('"__REALTIME_TIMESTAMP"')) return undefined;
    const entry = readJsonObject(line);
    return entry === undefined ? undefined : recordOf(entry, context);
  },
};

const OWN_NAMES: Readonly<Record<string, string>> = {
  _HOSTNAME: 'host',
  _SYSTEMD_UNIT: 'unit',
};
/** Used for the record itself, or of use to the journal only. */
const LEFT_OUT = new Set([
  'MESSAGE',
  '__REALTIME_TIMESTAMP',
  '__CURSOR',
  '__SEQNUM',
  '__SEQNUM_ID',
]);

function recordOf(entry: Fields, context: LineContext): ParsedLine | undefined {
  const microseconds = Number(text(entry['__REALTIME_TIMESTAMP']));
  if (!Number.isFinite(microseconds)) return undefined;
  const program = text(entry['SYSLOG_IDENTIFIER']) ?? text(entry['_COMM']);
  const unit = text(entry['_SYSTEMD_UNIT'])?.replace(/\.service$/, '');
  const priority = text(entry['PRIORITY']) ?? '6';
  const severity = /^[0-7]$/.test(priority) ? priorityOf(Number(priority))?.severity : undefined;
  const attributes: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entry)) {
    if (LEFT_OUT.has(key) || value === null) continue;
    const own = Object.hasOwn(OWN_NAMES, key) ? OWN_NAMES[key] : undefined;
    attributes[safeKey(own ?? key)] = isBytes(value) ? decode(value) : value;
  }
  const pid = text(entry['_PID']) ?? text(entry['SYSLOG_PID']);
  if (pid !== undefined && /^\d{1,10}$/.test(pid)) attributes['pid'] = Number(pid);
  if (program !== undefined) attributes['component'] = program;
  const message = messageOf(entry['MESSAGE'], attributes);
  const timestamp = Math.floor(microseconds / 1000);
  const line = { timestamp, severity, program, message, attributes };
  return syslogRecord(line, context, program ?? unit ?? 'journal');
}

function messageOf(value: unknown, attributes: Record<string, unknown>): string {
  const message = text(value);
  if (message !== undefined) return message;
  if (value === null) attributes['message_left_out'] = true;
  return '';
}

/** The first value of a field as text. */
function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return undefined;
  if (isBytes(value)) return decode(value);
  return typeof value[0] === 'string' ? value[0] : undefined;
}

function isBytes(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => Number.isInteger(each) && each >= 0 && each <= 255)
  );
}

function decode(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
