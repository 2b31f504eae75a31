import type { LineFormat } from './line-format.ts';
import { levelFromWord } from './line-level.ts';
import { lineTime } from './line-time.ts';

/** `081109 203615 148 INFO dfs.DataNode$PacketResponder: text`, the year of this century in two digits. */
const LINE = /^(\d\d)(\d\d)(\d\d) (\d\d)(\d\d)(\d\d) (\d+) (\w+) ([^:\s]+): ?(.*)$/;
const BLOCK = /\bblk_-?\d+/;

export const hdfs: LineFormat = {
  name: 'hdfs',
  about: 'Hadoop distributed file system (data nodes and name node)',
  service: 'hdfs',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, pid, word, component, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || component === undefined || message === undefined) return undefined;
    const time = { year: `20${year}`, month, day, hour, minute, second };
    const timestamp = lineTime(time, context.reference);
    const level = levelFromWord(word);
    if (timestamp === undefined || level === undefined) return undefined;
    const block = BLOCK.exec(message)?.[0];
    return {
      timestamp,
      level,
      service: context.service ?? 'hdfs',
      message,
      ...(block === undefined ? {} : { request_id: block }),
      attributes: { component, pid: Number(pid) },
    };
  },
};
