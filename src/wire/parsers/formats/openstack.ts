import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `nova-api.log.1… 2017-05-16 00:00:00.008 25746 INFO component [req-… …] text`; the file name in front is optional. */
const LINE =
  /^(?:([a-z][a-z-]*)\.log\S* )?(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3}) (\d+) (\w+) (\S+) \[([^\]]*)\] (.*)$/;
const REQUEST = /^req-[0-9a-f-]+/;
/** Its web server states the time of a request in seconds, at the end. */
const SECONDS = /\btime: (\d{1,12}(?:\.\d{1,12})?)$/;
const LAST_WORDS = 40;

export const openStack: LineParser = {
  id: 'openstack',
  about: 'OpenStack services (oslo.log), with request ids and durations',
  service: 'openstack',
  parse: (line, context) => {
    const [
      ,
      file,
      year,
      month,
      day,
      hour,
      minute,
      second,
      fraction,
      pid,
      word,
      component,
      ids,
      message,
    ] = LINE.exec(line) ?? [];
    if (word === undefined || component === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second, fraction }, context);
    const severity = severityOfWord(word);
    if (timestamp === undefined || severity === undefined) return undefined;
    const seconds = SECONDS.exec(message.slice(-LAST_WORDS))?.[1];
    const parts = {
      timestamp,
      severity,
      service: file ?? component.split('.', 1)[0],
      message,
      requestId: REQUEST.exec(ids ?? '')?.[0],
      durationMs: seconds === undefined ? undefined : Number(seconds) * 1000,
      attributes: { component, pid: Number(pid) },
    };
    return buildRecord(parts, context, 'openstack');
  },
};
