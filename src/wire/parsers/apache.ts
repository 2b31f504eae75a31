import type { LineFormat } from './line-format.ts';
import { levelFromWord } from './line-level.ts';
import { lineTime } from './line-time.ts';

/** `[Sun Dec 04 04:47:44 2005] [error] mod_jk child in error state 6`; newer servers add microseconds and `module:level`. */
const LINE =
  /^\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{3})\d*)? (\d{4})\] \[(?:\w+:)?(\w+)\] (.*)$/;

export const apacheError: LineFormat = {
  name: 'apache',
  about: 'error log of the Apache HTTP server',
  service: 'apache',
  parse: (line, context) => {
    const [, month, day, hour, minute, second, millisecond, year, word, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || message === undefined) return undefined;
    const time = { year, month, day, hour, minute, second, millisecond };
    const timestamp = lineTime(time, context.reference);
    const level = levelFromWord(word);
    if (timestamp === undefined || level === undefined) return undefined;
    return { timestamp, level, service: context.service ?? 'apache', message };
  },
};
