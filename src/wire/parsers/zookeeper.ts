import type { LineFormat } from './line-format.ts';
import { levelFromWord } from './line-level.ts';
import { lineTime } from './line-time.ts';

/** `2015-07-29 17:41:44,747 - INFO  [node:component@774] - text` (log4j); node and component may hold brackets and colons. */
const LINE =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d),(\d{3}) - (\w+) +\[(.*?)@(-?\d+)\] - (.*)$/;

export const zooKeeper: LineFormat = {
  name: 'zookeeper',
  about: 'Apache ZooKeeper (log4j pattern with thread and line number)',
  service: 'zookeeper',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, millisecond, word, component, at, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || component === undefined || message === undefined) return undefined;
    const time = { year, month, day, hour, minute, second, millisecond };
    const timestamp = lineTime(time, context.reference);
    const level = levelFromWord(word);
    if (timestamp === undefined || level === undefined) return undefined;
    return {
      timestamp,
      level,
      service: context.service ?? 'zookeeper',
      message,
      attributes: { component, line: Number(at) },
    };
  },
};
