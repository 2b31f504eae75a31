import type { LineFormat } from './line-format.ts';
import { levelFromWord } from './line-level.ts';
import { lineTime } from './line-time.ts';

/** `2016-09-28 04:30:30, Info                  CBS    text`. */
const LINE = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d), (\w+) +(\w+) *(.*)$/;

export const windowsServicing: LineFormat = {
  name: 'windows',
  about: 'Windows component servicing (CBS.log)',
  service: 'windows-servicing',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, word, component, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || component === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second }, context.reference);
    const level = levelFromWord(word);
    if (timestamp === undefined || level === undefined) return undefined;
    return {
      timestamp,
      level,
      service: context.service ?? 'windows-servicing',
      message,
      attributes: { component },
    };
  },
};
