import { buildRecord } from '../fields/build-record.ts';
import { severityOfWord } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `03-17 16:13:38.811  1702  2395 D WindowManager: text` (logcat, "threadtime", with or without year). */
const HEAD =
  /^(?:(\d{4})-)?(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3,6}) +(\d+) +(\d+) ([VDIWEFA]) /;

export const android: LineParser = {
  id: 'android',
  about: 'logcat of Android in its threadtime format',
  service: 'android',
  parse: (line, context) => {
    const [head, year, month, day, hour, minute, second, fraction, pid, tid, letter] =
      HEAD.exec(line) ?? [];
    if (head === undefined || letter === undefined) return undefined;
    const colon = line.indexOf(':', head.length);
    const timestamp = lineTime({ year, month, day, hour, minute, second, fraction }, context);
    const severity = severityOfWord(letter);
    if (colon < 0 || timestamp === undefined || severity === undefined) return undefined;
    const component = line.slice(head.length, colon).trimEnd();
    const message = line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    const attributes = { component, pid: Number(pid), tid: Number(tid) };
    return buildRecord({ timestamp, severity, message, attributes }, context, 'android');
  },
};
