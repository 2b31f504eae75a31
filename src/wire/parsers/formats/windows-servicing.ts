import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `2016-09-28 04:30:30, Info                  CBS    text`. */
const LINE = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d), (\w+) +(\w+) *(.*)$/;

export const windowsServicing: LineParser = {
  id: 'windows',
  about: 'Windows component servicing (CBS.log)',
  service: 'windows-servicing',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, word, component, message] =
      LINE.exec(line) ?? [];
    if (word === undefined || component === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second }, context);
    const severity = severityOfWord(word);
    if (timestamp === undefined || severity === undefined) return undefined;
    const attributes = { component };
    return buildRecord({ timestamp, severity, message, attributes }, context, 'windows-servicing');
  },
};
