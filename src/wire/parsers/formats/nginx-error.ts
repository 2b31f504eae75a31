import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `2024/01/02 03:04:05 [error] 12#34: *56 open() "/x" failed (2: No such file), client: 192.0.2.1, server: …`. */
const LINE =
  /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d) \[(\w+)\] (\d+)#(\d+): (?:\*(\d+) )?(.*)$/;
const DETAIL =
  /, (client|server|upstream|host|referrer|subrequest|request|login): (?:"([^"]*)"|([^",]*))/g;
/** The system's error number, as `(111: Connection refused)`. */
const SYSTEM_ERROR = /\((\d{1,5}): [^)]{1,200}\)/;
const FRONT = 2048;

export const nginxError: LineParser = {
  id: 'nginx-error',
  about: 'error log of nginx',
  service: 'nginx',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, word, pid, tid, connection, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second }, context);
    const severity = severityOfWord(word);
    if (timestamp === undefined || severity === undefined) return undefined;
    const front = message.slice(0, FRONT);
    const attributes: Record<string, unknown> = { pid: Number(pid), tid: Number(tid) };
    if (connection !== undefined) attributes['connection'] = Number(connection);
    for (const [, key = '', quotedText, bare] of front.matchAll(DETAIL)) {
      attributes[key === 'client' ? 'client_ip' : key] = quotedText ?? bare;
    }
    const number = SYSTEM_ERROR.exec(front)?.[1];
    const errorCode = number === undefined ? undefined : `ERRNO_${number}`;
    return buildRecord({ timestamp, severity, message, errorCode, attributes }, context, 'nginx');
  },
};
