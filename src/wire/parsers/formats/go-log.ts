import { buildRecord } from '../fields/build-record.ts';
import { levelFromMessage } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `2009/11/10 23:00:00.123456 file.go:23: text`; fraction and file depend on the flags. */
const LINE =
  /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (?:(\S{1,255}\.go):(\d{1,7}): )?(.*)$/;

export const goLog: LineParser = {
  id: 'go',
  about: "Go's standard log package",
  service: 'go',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, fraction, file, at, message] =
      LINE.exec(line) ?? [];
    if (message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second, fraction }, context);
    if (timestamp === undefined) return undefined;
    const severity = { level: levelFromMessage(message) };
    const attributes = file === undefined ? {} : { file, line: Number(at) };
    return buildRecord({ timestamp, severity, message, attributes }, context, 'go');
  },
};
