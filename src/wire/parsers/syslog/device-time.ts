import { lineTime, type TimeReference } from '../line-time.ts';

const TIME =
  /^([A-Z][a-z]{2}) (\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: (?:[A-Z]{3,4}|([+-]\d\d:?\d\d)))?$/;

/** Reads `MMM dd yyyy HH:mm:ss.SSS` as CEF and LEEF write it; `undefined` when it is none. */
export function deviceTime(text: string | undefined, reference: TimeReference): number | undefined {
  if (text === undefined || text.length > 64) return undefined;
  const [, month, day, year, hour, minute, second, fraction, zone] = TIME.exec(text) ?? [];
  if (month === undefined) return undefined;
  return lineTime({ year, month, day, hour, minute, second, fraction, zone }, reference);
}
