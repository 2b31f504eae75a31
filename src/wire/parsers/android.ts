import type { LineFormat } from './line-format.ts';
import { levelFromWord } from './line-level.ts';
import { lineTime } from './line-time.ts';

/** `03-17 16:13:38.811  1702  2395 D WindowManager: text` (logcat, "threadtime"). */
const LINE =
  /^(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3}) +(\d+) +(\d+) ([VDIWEF]) (.*?)\s*: ?(.*)$/;

export const android: LineFormat = {
  name: 'android',
  about: 'logcat of Android in its threadtime format',
  service: 'android',
  parse: (line, context) => {
    const [, month, day, hour, minute, second, millisecond, pid, tid, letter, component, message] =
      LINE.exec(line) ?? [];
    if (letter === undefined || component === undefined || message === undefined) return undefined;
    const time = { month, day, hour, minute, second, millisecond };
    const timestamp = lineTime(time, context.reference);
    const level = levelFromWord(letter);
    if (timestamp === undefined || level === undefined) return undefined;
    return {
      timestamp,
      level,
      service: context.service ?? 'android',
      message,
      attributes: { component, pid: Number(pid), tid: Number(tid) },
    };
  },
};
