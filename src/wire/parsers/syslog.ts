import { isSubjectName } from '../../model/subject.ts';
import type { LineContext, LineFormat } from './line-format.ts';
import { pamAuthentication, sshAuthentication } from './authentication.ts';
import { lineTime } from './line-time.ts';

/** `Dec 10 06:55:46 host sshd[24200]: text`, as the BSD syslog writes to files (RFC 3164 without its priority). */
const LINE =
  /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\S+) ([^:[]{1,64}?)(?:\[(\d+)\])?: ?(.*)$/;
const NOT_IN_A_NAME = /[^A-Za-z0-9._@-]+/g;

/** One host is one service: a name for each program would make every short-lived one look down later. */
export const linuxSyslog: LineFormat = {
  name: 'syslog',
  about: 'BSD syslog file of a Linux host (/var/log/messages, /var/log/auth.log)',
  service: 'syslog',
  parse: (line, context) => {
    const found = parseLine(line, context);
    if (found === undefined) return undefined;
    const { host } = found.attributes;
    const service = context.service ?? (isSubjectName(host) ? host : 'syslog');
    return { ...found, service, ...pamAuthentication(found.message) };
  },
};

export const openSsh: LineFormat = {
  name: 'openssh',
  about: "OpenSSH server's lines in auth.log, with failed logins as errors of their user",
  service: 'sshd',
  parse: (line, context) => {
    const found = parseLine(line, context);
    if (found === undefined) return undefined;
    const service = context.service ?? programName(found.attributes.component);
    return { ...found, service, ...sshAuthentication(found.message) };
  },
};

interface SyslogLine {
  readonly timestamp: number;
  readonly message: string;
  readonly attributes: { readonly host: string; readonly component: string; readonly pid?: number };
}

function parseLine(line: string, context: LineContext): SyslogLine | undefined {
  const [, month, day, hour, minute, second, host, program, pid, message] = LINE.exec(line) ?? [];
  if (host === undefined || program === undefined || message === undefined) return undefined;
  const timestamp = lineTime({ month, day, hour, minute, second }, context.reference);
  if (timestamp === undefined) return undefined;
  const process = pid === undefined ? {} : { pid: Number(pid) };
  return { timestamp, message, attributes: { host, component: program.trim(), ...process } };
}

/** `sshd(pam_unix)` and `syslogd 1.4.1` are the programs `sshd` and `syslogd`. */
function programName(program: string): string {
  const words = program.replace(/\(.*$/, '').split(NOT_IN_A_NAME);
  return words.find((word) => /[A-Za-z0-9]/.test(word)) ?? 'syslog';
}
