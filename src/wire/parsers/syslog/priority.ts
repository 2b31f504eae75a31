import { severityOfSyslog, type Severity } from '../fields/severity.ts';

/** What `<34>` says (RFC 5424, 6.2.1: facility times 8 plus severity). */
export interface Priority {
  readonly severity: Severity;
  readonly facility: string;
  /** Characters of the line that it takes. */
  readonly length: number;
}

const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron'],
  ...['authpriv', 'ftp', 'ntp', 'security', 'console', 'clock'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
] as const;
const LARGEST = 191;
const LESS = 0x3c;
const PRIORITY = /^<(0|[1-9]\d{0,2})>/;

/** Reads the priority in front of a line; `undefined` when there is none from 0 to 191. */
export function readPriority(line: string): Priority | undefined {
  if (line.charCodeAt(0) !== LESS) return undefined;
  const [text, digits] = PRIORITY.exec(line) ?? [];
  if (text === undefined || Number(digits) > LARGEST) return undefined;
  return priorityOf(Number(digits), text.length);
}

/** The priority of a number from 0 to 191. */
export function priorityOf(number: number, length = 0): Priority | undefined {
  const severity = severityOfSyslog(number & 7);
  const facility = FACILITIES[number >> 3];
  return severity === undefined || facility === undefined
    ? undefined
    : { severity, facility, length };
}
