import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `2015-07-29 17:41:44,747 - INFO  [node:component@774] - text` (log4j); node and component may hold brackets and colons. */
const LINE =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d),(\d{3}) - (\w+) +\[(.*?)@(-?\d{1,9})\] - (.*)$/;

export const zooKeeper: LineParser = {
  id: 'zookeeper',
  about: 'Apache ZooKeeper (log4j pattern with thread and line number)',
  service: 'zookeeper',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, fraction, word, component, at, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || component === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second, fraction }, context);
    const severity = severityOfWord(word);
    if (timestamp === undefined || severity === undefined) return undefined;
    const attributes = { component, line: Number(at) };
    return buildRecord({ timestamp, severity, message, attributes }, context, 'zookeeper');
  },
};
