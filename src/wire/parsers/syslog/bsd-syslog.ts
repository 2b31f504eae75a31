import { isSubjectName } from '../../../model/subject.ts';
import { buildRecord } from '../fields/build-record.ts';
import type { LineContext, LineParser } from '../line-parser.ts';
import { isoTime, lineTime } from '../line-time.ts';
import { sshAuthentication } from './authentication.ts';
import { levelOfWord } from '../../records/levels.ts';
import { readPriority, type Priority } from './priority.ts';
import { syslogRecord, type SyslogLine } from './syslog-record.ts';

/** `Dec 10 06:55:46 `, in some devices with year, fraction or zone. */
const BSD_TIME =
  /^([A-Z][a-z]{2}) +(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: (?:[A-Z]{3,4}|[+-]\d\d:?\d\d))?(?: (\d{4}))?:? /;
/** rsyslog and syslog-ng write files with such times by default. */
const ISO_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) /;
/** Cisco puts a sequence number before the time. */
const SEQUENCE = /^(\d{1,10}): \*?(?=[A-Z][a-z]{2} )/;
const HOST_AND_PROGRAM = /^(\S{1,255}) (?!(?:CEF|LEEF):\d)([^:[]{1,64}?)(?:\[(\d{1,10})\])?: ?/;
const PROGRAM = /^(?!(?:CEF|LEEF):\d)([^:[\s]{1,64})(?:\[(\d{1,10})\])?: ?/;
/** A tag without time and host before it (RFC 3164, 4.1.3 and 4.3.3): only what can hardly be anything else. */
const TAG = /^(?!(?:CEF|LEEF):\d)([A-Za-z][A-Za-z0-9_./-]{0,31})(?:\[(\d{1,10})\])?: /;
/** Security events have no program in front. */
const HOST_OF_EVENT = /^(\S{1,255}) (?=(?:CEF|LEEF):\d)/;
const NOT_IN_A_NAME = /[^A-Za-z0-9._@-]+/g;

/** One host is one service: a name for each program would make every short-lived one look down later. */
export const linuxSyslog: LineParser = {
  id: 'syslog',
  about: 'syslog file of a Linux host (/var/log/messages, /var/log/auth.log), BSD or ISO times',
  service: 'syslog',
  parse: (line, context) => {
    const found = readFileLine(line, context);
    if (found === undefined) return undefined;
    const { host } = found;
    return syslogRecord(
      found,
      context,
      host !== undefined && isSubjectName(host) ? host : 'syslog',
    );
  },
};

export const openSsh: LineParser = {
  id: 'openssh',
  about: "OpenSSH server's lines in auth.log, with failed logins as errors of their user",
  service: 'sshd',
  parse: (line, context) => {
    const found = readFileLine(line, context);
    if (found === undefined) return undefined;
    const { timestamp, message } = found;
    const { level, userId, errorCode, attributes } = sshAuthentication(message);
    const parts = {
      timestamp,
      severity: { level },
      service: programName(found.program ?? ''),
      message,
      userId,
      errorCode,
      attributes: { ...found.attributes, ...attributes },
    };
    return buildRecord(parts, context, 'sshd');
  },
};

/** RFC 3164 with its priority, as it comes over the network; what follows may be anything. */
export const rfc3164: LineParser = {
  id: 'rfc3164',
  about: 'BSD syslog with priority (RFC 3164), as devices send it',
  service: 'syslog',
  parse: (line, context) => {
    const priority = readPriority(line);
    if (priority === undefined) return undefined;
    const read = readNetworkLine(line, priority, context);
    const { host, program } = read;
    const isTagged = host === undefined && program !== undefined;
    return syslogRecord(read, context, isTagged ? programName(program) : undefined);
  },
};

function readFileLine(line: string, context: LineContext): SyslogLine | undefined {
  const time = readTime(line, context);
  if (time?.timestamp === undefined) return undefined;
  const rest = line.slice(time.length);
  const [head, host, named, pid] = HOST_AND_PROGRAM.exec(rest) ?? HOST_OF_EVENT.exec(rest) ?? [];
  if (head === undefined || host === undefined) return undefined;
  const program = named?.trim();
  const attributes = {
    host,
    ...(program === undefined ? {} : { component: program }),
    ...(pid === undefined ? {} : { pid: Number(pid) }),
  };
  return { timestamp: time.timestamp, host, program, message: rest.slice(head.length), attributes };
}

function readNetworkLine(line: string, priority: Priority, context: LineContext): SyslogLine {
  const { severity, facility } = priority;
  const whole = line.slice(priority.length);
  const sequence = isDigit(whole.charCodeAt(0)) ? SEQUENCE.exec(whole) : null;
  const text = whole.slice(sequence?.[0].length ?? 0);
  const time = readTime(text, context);
  const rest = text.slice(time?.length ?? 0);
  const attributes: Record<string, unknown> = { facility };
  if (sequence !== null) attributes['sequence'] = Number(sequence[1]);
  const named = time === undefined ? readTag(rest) : readNames(rest);
  const { host, program, pid } = named ?? {};
  if (host !== undefined) attributes['host'] = host;
  if (program !== undefined) attributes['component'] = program;
  if (pid !== undefined) attributes['pid'] = Number(pid);
  const message = named === undefined ? rest : rest.slice(named.length);
  return { timestamp: time?.timestamp, severity, host, program, message, attributes };
}

interface Names {
  readonly host?: string | undefined;
  readonly program?: string | undefined;
  readonly pid?: string | undefined;
  readonly length: number;
}

/** `host program[pid]: `, or a device's `%NAME-5-CODE: ` without a host, or a host alone. */
function readNames(text: string): Names {
  if (text.startsWith('%') || text.startsWith(': %'))
    return { length: text.startsWith(':') ? 2 : 0 };
  const both = HOST_AND_PROGRAM.exec(text);
  if (both !== null && !/\s/.test(both[2]?.trim() ?? '')) {
    return { host: both[1], program: both[2], pid: both[3], length: both[0].length };
  }
  const program = PROGRAM.exec(text);
  if (program !== null) return { program: program[1], pid: program[2], length: program[0].length };
  const host = /^(\S{1,255}) /.exec(text);
  return host === null ? { length: 0 } : { host: host[1], length: host[0].length };
}

/** Programs that log by themselves leave time and host to the relay: Python's handlers, for one. */
function readTag(text: string): Names | undefined {
  const [head, program, pid] = TAG.exec(text) ?? [];
  if (head === undefined || program === undefined) return undefined;
  // `error: no space left` is a message.
  if (pid === undefined && levelOfWord(program) !== undefined) return undefined;
  return { program, pid, length: head.length };
}

interface LineTime {
  readonly timestamp: number | undefined;
  readonly length: number;
}

function readTime(text: string, context: LineContext): LineTime | undefined {
  const first = text.charCodeAt(0);
  if (isDigit(first)) {
    const iso = ISO_TIME.exec(text);
    return iso === null
      ? undefined
      : { timestamp: isoTime(iso[1] ?? '', context), length: iso[0].length };
  }
  // The name of a month, which hardly any other line begins with.
  if (!(first >= 0x41 && first <= 0x5a)) return undefined;
  const [head, month, day, before, hour, minute, second, fraction, after] =
    BSD_TIME.exec(text) ?? [];
  if (head === undefined) return undefined;
  const year = before ?? after;
  const timestamp = lineTime({ year, month, day, hour, minute, second, fraction }, context);
  return timestamp === undefined ? undefined : { timestamp, length: head.length };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** `sshd(pam_unix)` and `syslogd 1.4.1` are the programs `sshd` and `syslogd`. */
function programName(program: string): string {
  const words = program.replace(/\(.*$/, '').split(NOT_IN_A_NAME);
  return words.find((word) => /[A-Za-z0-9]/.test(word)) ?? 'syslog';
}
