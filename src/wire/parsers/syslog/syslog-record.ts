import { buildRecord } from '../fields/build-record.ts';
import type { Severity } from '../fields/severity.ts';
import type { LineContext, ParsedLine } from '../line-parser.ts';
import { authentication, type Authentication } from './authentication.ts';
import { cef } from './cef.ts';
import { leef } from './leef.ts';

/** What the header of a syslog line says. */
export interface SyslogLine {
  readonly timestamp: number | undefined;
  /** From the priority, where there is one. */
  readonly severity?: Severity | undefined;
  readonly host?: string | undefined;
  /** The program as it is written: `sshd(pam_unix)`. */
  readonly program?: string | undefined;
  readonly message: string;
  /** They become the record's. */
  readonly attributes: Record<string, unknown>;
}

/**
 * The record of a syslog line. Logins are recognised by program and words;
 * CEF and LEEF in the message are read. The level is the stronger one of the
 * priority's and the words'; a severity that is not the level is kept.
 */
export function syslogRecord(
  line: SyslogLine,
  context: LineContext,
  service: string | undefined,
): ParsedLine {
  const { message, timestamp } = line;
  const own = service ?? line.host;
  const inner = payloadRecord(line, context, own);
  if (inner !== undefined) return inner;
  const login = authentication(line.program ?? '', message);
  return buildRecord(
    {
      timestamp,
      severity: strongest(line.severity, login),
      service: own,
      message,
      userId: login.userId,
      errorCode: login.errorCode,
      attributes: Object.assign(line.attributes, login.attributes),
    },
    context,
    'syslog',
  );
}

/** `CEF:0`. */
const SHORTEST_PAYLOAD = 5;
const ORDER = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];

/** Without a priority the words decide; with one they can only raise the level of a login. */
function strongest(severity: Severity | undefined, login: Authentication): Severity {
  if (severity === undefined) return { level: login.level };
  const isLogin = login.errorCode !== undefined || 'auth_action' in login.attributes;
  const isRaised = isLogin && ORDER.indexOf(login.level) > ORDER.indexOf(severity.level);
  if (!isRaised) return severity;
  return { level: login.level, text: severity.text ?? severity.level.toLowerCase() };
}

/** Security events that travel inside syslog; the header's time and host fill in what they lack. */
function payloadRecord(
  line: SyslogLine,
  context: LineContext,
  service: string | undefined,
): ParsedLine | undefined {
  if (line.message.length < SHORTEST_PAYLOAD) return undefined;
  const start = /(?:CEF|LEEF):\d/.exec(line.message.slice(0, 64))?.index;
  if (start === undefined) return undefined;
  const text = line.message.slice(start);
  const format = text.startsWith('CEF') ? cef : leef;
  const record = format.parse(text, {
    ...context,
    ...(line.timestamp === undefined ? {} : { previous: line.timestamp }),
    ...(service === undefined ? {} : { defaultService: service }),
  });
  if (record === undefined) return undefined;
  return { ...record, attributes: { ...line.attributes, ...record.attributes } };
}
