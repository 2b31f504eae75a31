import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord, type Severity } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

const HEAD =
  /^\[?(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)[.,](\d{3,9})(Z|[+-]\d\d:?\d\d)?\]? +/;
const WORD = /^\[?([A-Za-z]{4,8})\]? +/;
const THREAD = /^(?:--- )?\[([^\]]{0,128})\] +/;
const PID = /^(\d{1,10}) +/;
const LOGGER = /^([\w.$[\]/-]{1,200}) *(?: - |: )/;
/** Level, process, thread and logger, each once at most. */
const MAX_PARTS = 4;

/**
 * Log4j, Logback and Spring Boot with their usual patterns:
 * `2024-01-02 03:04:05,678 INFO  [main] com.example.Main - text`, level and
 * thread in either order.
 */
export const log4j: LineParser = {
  id: 'log4j',
  about: 'Log4j, Logback and Spring Boot with their usual patterns',
  service: 'java',
  parse: (line, context) => {
    const [head, year, month, day, hour, minute, second, fraction, zone] = HEAD.exec(line) ?? [];
    if (head === undefined) return undefined;
    const time = { year, month, day, hour, minute, second, fraction, zone };
    const timestamp = lineTime(time, context);
    const parts = readParts(line.slice(head.length));
    if (timestamp === undefined || parts.severity === undefined) return undefined;
    const { severity, attributes, message } = parts;
    return buildRecord({ timestamp, severity, message, attributes }, context, 'java');
  },
};

interface Parts {
  readonly severity: Severity | undefined;
  readonly attributes: Record<string, unknown>;
  readonly message: string;
}

function readParts(text: string): Parts {
  const attributes: Record<string, unknown> = {};
  let severity: Severity | undefined;
  let rest = text;
  for (let part = 0; part < MAX_PARTS; part += 1) {
    const word = severity === undefined ? WORD.exec(rest) : null;
    const level = word === null ? undefined : severityOfWord(word[1] ?? '');
    const thread = THREAD.exec(rest);
    const pid = PID.exec(rest);
    const found = level === undefined ? (thread ?? pid) : word;
    if (found === null) break;
    if (level !== undefined) severity = level;
    else if (thread !== null) attributes['thread'] = (thread[1] ?? '').trim();
    else attributes['pid'] = Number(pid?.[1]);
    rest = rest.slice(found[0].length);
  }
  const [head, logger] = LOGGER.exec(rest) ?? [];
  if (head === undefined) return { severity, attributes, message: rest.replace(/^(?:- |: )/, '') };
  attributes['component'] = logger;
  return { severity, attributes, message: rest.slice(head.length) };
}
