import { buildRecord } from '../fields/build-record.ts';
import { levelFromMessage } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `[10.30 16:49:06] chrome.exe - host:5070 close, 0 bytes sent`; 64-bit programs have ` *64` behind their name. */
const LINE = /^\[(\d\d)\.(\d\d) (\d\d):(\d\d):(\d\d)\] (.+?) - (.*)$/;

export const proxifier: LineParser = {
  id: 'proxifier',
  about: 'Proxifier, one line per connection of a program',
  service: 'proxifier',
  parse: (line, context) => {
    const [, month, day, hour, minute, second, program, message] = LINE.exec(line) ?? [];
    if (program === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ month, day, hour, minute, second }, context);
    if (timestamp === undefined) return undefined;
    const severity = { level: levelFromMessage(message) };
    const attributes = { component: program };
    return buildRecord({ timestamp, severity, message, attributes }, context, 'proxifier');
  },
};
