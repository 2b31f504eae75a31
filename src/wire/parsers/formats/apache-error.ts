import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `[Sun Dec 04 04:47:44 2005] [error] mod_jk child in error state 6`; 2.4 adds microseconds, `module:level` and `[pid 1:tid 2]`. */
const LINE =
  /^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (\d{4})\] \[(?:(\w*):)?(\w+)\] (?:\[pid (\d+)(?::tid (\d+))?\] )?(.*)$/;
const CLIENT = /^(?:\([^)]{1,200}\)[^:]{0,200}: )?\[client ([^\]\s]{1,64}?)(?::(\d{1,5}))?\]/;
const CODE = /\b(AH\d{5}):/;
/** The client and the code stand at the front of a message. */
const FRONT = 400;

export const apacheError: LineParser = {
  id: 'apache',
  about: 'error log of the Apache HTTP server, 2.2 and 2.4',
  service: 'apache',
  parse: (line, context) => {
    const [, month, day, hour, minute, second, fraction, year, module, word, pid, tid, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second, fraction }, context);
    const severity = severityOfWord(/^trace\d$/.test(word) ? 'trace' : word);
    if (timestamp === undefined || severity === undefined) return undefined;
    const front = message.slice(0, FRONT);
    const [, ip, port] = CLIENT.exec(front) ?? [];
    const attributes: Record<string, unknown> = {
      ...(module === undefined || module === '' ? {} : { module }),
      ...(pid === undefined ? {} : { pid: Number(pid) }),
      ...(tid === undefined ? {} : { tid: Number(tid) }),
      ...(ip === undefined ? {} : { client_ip: ip }),
      ...(port === undefined ? {} : { client_port: Number(port) }),
      ...(severity.text === undefined ? {} : { severity_text: word }),
    };
    const errorCode = CODE.exec(front)?.[1];
    return buildRecord({ timestamp, severity, message, errorCode, attributes }, context, 'apache');
  },
};
