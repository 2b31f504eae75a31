import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `081109 203615 148 INFO dfs.DataNode$PacketResponder: text`, the year of this century in two digits. */
const LINE = /^(\d\d)(\d\d)(\d\d) (\d\d)(\d\d)(\d\d) (\d+) (\w+) ([^:\s]+): ?(.*)$/;
const BLOCK = /\bblk_-?\d+/;

export const hdfs: LineParser = {
  id: 'hdfs',
  about: 'Hadoop distributed file system (data nodes and name node)',
  service: 'hdfs',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, pid, word, component, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || component === undefined || message === undefined) return undefined;
    const time = { year: `20${year}`, month, day, hour, minute, second };
    const timestamp = lineTime(time, context);
    const severity = severityOfWord(word);
    if (timestamp === undefined || severity === undefined) return undefined;
    const requestId = BLOCK.exec(message)?.[0];
    const attributes = { component, pid: Number(pid) };
    return buildRecord({ timestamp, severity, message, requestId, attributes }, context, 'hdfs');
  },
};
