import { buildRecord } from '../fields/build-record.ts';
import { levelFromMessage, severityOfWord } from '../fields/severity.ts';
import type { LineContext, LineParser, ParsedLine } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';
import { priorityOf, readPriority } from '../syslog/priority.ts';

/** `[    0.000000] text`: seconds since the start of the machine. */
const UPTIME = /^\[ {0,7}(\d{1,10}\.\d{3,9})\](?:\[ *[TC]\d{1,9}\])? ?(.*)$/;
/** `[Mon Jan  1 00:00:00 2024] text` (dmesg -T). */
const WALL =
  /^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\] (?!\[)(.*)$/;
/** `kern  :info  : [    0.000000] text` (dmesg -x). */
const DECODED = /^(kern|user|daemon) *:(\w{3,6}) *: /;
/** `6,339,5140900,-;text` (/dev/kmsg): priority, number, µs since the start. */
const KMSG = /^(\d{1,3}),(\d{1,19}),(\d{1,17}),[^;]{1,64};(.*)$/;

/** Lines that name only the uptime have the time of receipt; the uptime is an attribute. */
export const kernel: LineParser = {
  id: 'dmesg',
  about: "the kernel's messages (dmesg, with or without -T and -x, and /dev/kmsg)",
  service: 'kernel',
  parse: (line, context) => kmsg(line, context) ?? dmesg(line, context),
};

function kmsg(line: string, context: LineContext): ParsedLine | undefined {
  const [, number, sequence, microseconds, message] = KMSG.exec(line) ?? [];
  const priority = number === undefined ? undefined : priorityOf(Number(number));
  if (priority === undefined || message === undefined) return undefined;
  const attributes = {
    facility: priority.facility,
    sequence: Number(sequence),
    uptime_s: Number(microseconds) / 1e6,
  };
  const parts = { timestamp: undefined, severity: priority.severity, message, attributes };
  return buildRecord(parts, context, 'kernel');
}

function dmesg(line: string, context: LineContext): ParsedLine | undefined {
  const decoded = DECODED.exec(line);
  const priority = readPriority(line);
  const text = line.slice(decoded?.[0].length ?? priority?.length ?? 0);
  const body = readBody(text, context);
  if (body === undefined) return undefined;
  const facility = decoded?.[1] ?? priority?.facility;
  const attributes: Record<string, unknown> = { ...body.attributes };
  if (facility !== undefined) attributes['facility'] = facility;
  const severity = priority?.severity ??
    severityOfWord(decoded?.[2] ?? '') ?? { level: levelFromMessage(body.message) };
  const { timestamp, message } = body;
  return buildRecord({ timestamp, severity, message, attributes }, context, 'kernel');
}

interface Body {
  readonly timestamp: number | undefined;
  readonly message: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

function readBody(text: string, context: LineContext): Body | undefined {
  const [, uptime, message] = UPTIME.exec(text) ?? [];
  if (message !== undefined) {
    return { timestamp: undefined, message, attributes: { uptime_s: Number(uptime) } };
  }
  const [, month, day, hour, minute, second, year, words] = WALL.exec(text) ?? [];
  if (words === undefined) return undefined;
  const timestamp = lineTime({ year, month, day, hour, minute, second }, context);
  return timestamp === undefined ? undefined : { timestamp, message: words, attributes: {} };
}
