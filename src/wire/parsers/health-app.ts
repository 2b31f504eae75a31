import type { LineFormat } from './line-format.ts';
import { levelFromMessage } from './line-level.ts';
import { lineTime } from './line-time.ts';

/** `20171223-22:15:29:606|Step_LSC|30002312|onStandStepChanged 3579`; parts of the time are not padded. */
const LINE = /^(\d{4})(\d\d)(\d\d)-(\d{1,2}):(\d{1,2}):(\d{1,2}):(\d{1,3})\|([^|]*)\|(\d+)\|(.*)$/;

export const healthApp: LineFormat = {
  name: 'healthapp',
  about: "a phone's health app: time|component|pid|text",
  service: 'health-app',
  parse: (line, context) => {
    const [, year, month, day, hour, minute, second, millisecond, component, pid, message] =
      LINE.exec(line) ?? [];
    if (component === undefined || message === undefined) return undefined;
    const time = { year, month, day, hour, minute, second, millisecond };
    const timestamp = lineTime(time, context.reference);
    if (timestamp === undefined) return undefined;
    return {
      timestamp,
      level: levelFromMessage(message),
      service: context.service ?? 'health-app',
      message,
      attributes: { component, pid: Number(pid) },
    };
  },
};
