import type { LineParser } from '../line-parser.ts';
import { isoTime } from '../line-time.ts';
import { readPriority } from './priority.ts';
import { readStructuredData } from './structured-data.ts';
import { syslogRecord } from './syslog-record.ts';

/** `1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID `, the lengths as section 6 limits them. */
const HEADER = /^1 (\S{1,64}) (\S{1,255}) (\S{1,128}) (\S{1,128}) (\S{1,64}) /;
/** Section 6.2.3: capital T and Z, and at most 6 digits of a second. */
const VALID_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;
const BOM = '\uFEFF';

/**
 * RFC 5424. The structured data stands in `attributes.sd` by id. A time that
 * the RFC does not allow (nanoseconds) is kept in `timestamp_text` too.
 */
export const rfc5424: LineParser = {
  id: 'rfc5424',
  about: 'syslog with structured data (RFC 5424)',
  service: 'syslog',
  parse: (line, context) => {
    const priority = readPriority(line);
    if (priority === undefined) return undefined;
    const text = line.slice(priority.length);
    const [head, time, host, app, process, messageId] = HEADER.exec(text) ?? [];
    if (head === undefined || time === undefined) return undefined;
    const timestamp = time === '-' ? undefined : isoTime(time, context);
    if (timestamp === undefined && time !== '-') return undefined;
    const data = readStructuredData(text, head.length);
    if (data === undefined) return undefined;
    const attributes: Record<string, unknown> = { facility: priority.facility };
    if (time !== '-' && !VALID_TIME.test(time)) attributes['timestamp_text'] = time;
    put(attributes, 'host', host);
    put(attributes, 'component', app);
    if (process !== '-')
      attributes['pid'] = /^\d{1,10}$/.test(process ?? '') ? Number(process) : process;
    put(attributes, 'message_id', messageId);
    if (data.elements !== undefined) attributes['sd'] = data.elements;
    const message = withoutMark(text.slice(data.end));
    const { severity } = priority;
    const program = valued(app);
    const found = { timestamp, severity, host: valued(host), program, message, attributes };
    return syslogRecord(found, context, program ?? valued(host));
  },
};

function valued(text: string | undefined): string | undefined {
  return text === '-' ? undefined : text;
}

function put(attributes: Record<string, unknown>, key: string, text: string | undefined): void {
  if (text !== '-') attributes[key] = text;
}

/** The byte order mark says that the text is UTF-8, and is not part of it. */
function withoutMark(message: string): string {
  return message.startsWith(BOM) ? message.slice(1) : message;
}
