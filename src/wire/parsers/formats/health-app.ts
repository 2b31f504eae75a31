import { buildRecord } from '../fields/build-record.ts';
import { levelFromMessage } from '../fields/severity.ts';
import type { LineParser } from '../line-parser.ts';
import { lineTime } from '../line-time.ts';

/** `20171223-22:15:29:606|Step_LSC|30002312|onStandStepChanged 3579`; parts of the time are not padded. */
const LINE = /^(\d{4})(\d\d)(\d\d)-(\d{1,2}):(\d{1,2}):(\d{1,2}):(\d{1,3})\|([^|]*)\|(\d+)\|(.*)$/;

export const healthApp: LineParser = {
  id: 'healthapp',
  about: "a phone's health app: time|component|pid|text",
  service: 'health-app',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, millisecond, component, pid, message] =
      LINE.exec(line) ?? [];
    if (component === undefined || message === undefined) return undefined;
    const timestamp = lineTime({ year, month, day, hour, minute, second, millisecond }, context);
    if (timestamp === undefined) return undefined;
    const severity = { level: levelFromMessage(message) };
    const attributes = { component, pid: Number(pid) };
    return buildRecord({ timestamp, severity, message, attributes }, context, 'health-app');
  },
};
