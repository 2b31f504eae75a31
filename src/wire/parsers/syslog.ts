import type { WireRecord } from '../../model/wire-record.ts';
import type { LineContext, LineFormat } from './line-format.ts';
import { pamAuthentication, sshAuthentication, type Authentication } from './authentication.ts';
import { lineTime } from './line-time.ts';

/** `Dec 10 06:55:46 host sshd[24200]: text`, as the BSD syslog writes to files (RFC 3164 without its priority). */
const LINE =
  /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\S+) ([^:[]{1,64}?)(?:\[(\d+)\])?: ?(.*)$/;
/** A few programs write their name and version without a colon: `syslogd 1.4.1: restart.` fits LINE; `-- root[1]` too. */
const NOT_IN_A_NAME = /[^A-Za-z0-9._@-]+/g;

export const linuxSyslog: LineFormat = {
  name: 'syslog',
  about: 'BSD syslog file of a Linux host (/var/log/messages, /var/log/auth.log)',
  service: 'syslog',
  parse: (line, context) => parseSyslog(line, context, pamAuthentication),
};

export const openSsh: LineFormat = {
  name: 'openssh',
  about: "OpenSSH server's lines in auth.log, with failed logins as errors of their user",
  service: 'sshd',
  parse: (line, context) => parseSyslog(line, context, sshAuthentication),
};

function parseSyslog(
  line: string,
  context: LineContext,
  authentication: (message: string) => Authentication,
): WireRecord | undefined {
  const [, month, day, hour, minute, second, host, program, pid, message] = LINE.exec(line) ?? [];
  if (host === undefined || program === undefined || message === undefined) return undefined;
  const timestamp = lineTime({ month, day, hour, minute, second }, context.reference);
  if (timestamp === undefined) return undefined;
  return {
    timestamp,
    service: context.service ?? serviceOf(program),
    message,
    ...authentication(message),
    attributes: {
      host,
      component: program.trim(),
      ...(pid === undefined ? {} : { pid: Number(pid) }),
    },
  };
}

/** `sshd(pam_unix)` and `syslogd 1.4.1` are the services `sshd` and `syslogd`. */
function serviceOf(program: string): string {
  const words = program.replace(/\(.*$/, '').split(NOT_IN_A_NAME);
  return words.find((word) => /[A-Za-z0-9]/.test(word)) ?? 'syslog';
}
