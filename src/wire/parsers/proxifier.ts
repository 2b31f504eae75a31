import type { LineFormat } from './line-format.ts';
import { levelFromMessage } from './line-level.ts';
import { lineTime } from './line-time.ts';

/** `[10.30 16:49:06] chrome.exe - host:5070 close, 0 bytes sent`; 64-bit programs have ` *64` behind their name. */
const LINE = /^\[(\d\d)\.(\d\d) (\d\d):(\d\d):(\d\d)\] (.+?) - (.*)$/;

export const proxifier: LineFormat = {
  name: 'proxifier',
  about: 'Proxifier, one line per connection of a program',
  service: 'proxifier',
  parse: (line, context) => {
    const [, month, day, hour, minute, second, program, message] = LINE.exec(line) ?? [];
    if (program === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ month, day, hour, minute, second }, context.reference);
    if (timestamp === undefined) return undefined;
    return {
      timestamp,
      level: levelFromMessage(message),
      service: context.service ?? 'proxifier',
      message,
      attributes: { component: program },
    };
  },
};
