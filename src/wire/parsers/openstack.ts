import type { LineFormat } from './line-format.ts';
import { levelFromWord } from './line-level.ts';
import { lineTime } from './line-time.ts';

/** `nova-api.log.1… 2017-05-16 00:00:00.008 25746 INFO component [req-… …] text`; the file name in front is optional. */
const LINE =
  /^(?:([a-z][a-z-]*)\.log\S* )?(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3}) (\d+) (\w+) (\S+) \[([^\]]*)\] (.*)$/;
const REQUEST = /^req-[0-9a-f-]+/;
/** Its web server states the time of a request in seconds. */
const SECONDS = /\btime: (\d+(?:\.\d+)?)$/;

export const openStack: LineFormat = {
  name: 'openstack',
  about: 'OpenStack services (oslo.log), with request ids and durations',
  service: 'openstack',
  parse: (line, context) => {
    const [, file, year, month, day, hour, minute, second, ms, pid, word, component, ids, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || component === undefined || message === undefined) return undefined;
    const time = { year, month, day, hour, minute, second, millisecond: ms };
    const timestamp = lineTime(time, context.reference);
    const level = levelFromWord(word);
    if (timestamp === undefined || level === undefined) return undefined;
    const request = REQUEST.exec(ids ?? '')?.[0];
    const seconds = SECONDS.exec(message)?.[1];
    return {
      timestamp,
      level,
      service: context.service ?? file ?? component.split('.')[0] ?? 'openstack',
      message,
      ...(request === undefined ? {} : { request_id: request }),
      ...(seconds === undefined ? {} : { duration_ms: Number(seconds) * 1000 }),
      attributes: { component, pid: Number(pid) },
    };
  },
};
