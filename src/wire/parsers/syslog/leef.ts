import { addAttribute } from '../fields/attributes.ts';
import { buildRecord } from '../fields/build-record.ts';
import type { LineParser } from '../line-parser.ts';
import { anyTime } from '../line-time.ts';
import { eventSeverity, firstText, splitHeader, unescapeValue } from './event-fields.ts';

/**
 * `LEEF:1.0|Vendor|Product|Version|EventID|` and tab-separated pairs; 2.0 may
 * name another delimiter, as a character or in hex (`x5E`), before them
 * (IBM QRadar Log Event Extended Format).
 */
export const leef: LineParser = {
  id: 'leef',
  about: 'Log Event Extended Format 1.0 and 2.0 of security devices',
  service: 'leef',
  parse: (line, context) => {
    const header = readHeader(line);
    if (header === undefined) return undefined;
    const fields = readPairs(header.pairs, header.delimiter);
    const time = firstText(fields, ['devTime']);
    const timestamp = anyTime(time, context);
    const source = firstText(fields, ['src']);
    const attributes: Record<string, unknown> = {
      ...fields,
      ...header.names,
      ...(source === undefined ? {} : { source_ip: source }),
    };
    return buildRecord(
      {
        timestamp,
        severity: eventSeverity((firstText(fields, ['sev']) ?? '0').trim()),
        message: firstText(fields, ['msg', 'message']) ?? eventText(header, fields),
        userId: firstText(fields, ['usrName', 'userName', 'accountName']),
        attributes,
      },
      context,
      'leef',
    );
  },
};

interface Header {
  readonly names: Readonly<Record<string, string>>;
  readonly event: string;
  readonly delimiter: string;
  readonly pairs: string;
}

function readHeader(line: string): Header | undefined {
  if (!/^LEEF:[12](?:\.0)?\|/.test(line)) return undefined;
  const isSecond = line.startsWith('LEEF:2');
  const parts = splitHeader(line, isSecond ? 7 : 6);
  const [, vendor = '', product = '', release = '', event] = parts;
  if (event === undefined || parts.length < 6) return undefined;
  const names = {
    vendor: unescapeValue(vendor),
    product: unescapeValue(product),
    product_version: unescapeValue(release),
    event_class: unescapeValue(event),
  };
  const delimiter = isSecond ? delimiterOf(parts[5] ?? '') : '\t';
  if (delimiter !== undefined) {
    return { names, event, delimiter, pairs: (isSecond ? parts[6] : parts[5]) ?? '' };
  }
  // Version 2.0 whose delimiter is left out: the pairs follow the event at once.
  return { names, event, delimiter: '\t', pairs: parts.slice(5).join('|') };
}

/** `undefined` when the text is no delimiter but already the pairs. */
function delimiterOf(text: string): string | undefined {
  if (text === '') return '\t';
  if (text.length === 1) return text;
  const hex = /^(?:0?x|\\x)([0-9A-Fa-f]{1,4})$/.exec(text)?.[1];
  return hex === undefined ? undefined : String.fromCharCode(Number.parseInt(hex, 16));
}

function readPairs(text: string, delimiter: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const pair of text.split(delimiter)) {
    const equals = pair.indexOf('=');
    if (equals <= 0) continue;
    addAttribute(fields, pair.slice(0, equals).trim(), unescapeValue(pair.slice(equals + 1)));
  }
  return fields;
}

function eventText({ event }: Header, fields: Readonly<Record<string, unknown>>): string {
  const category = firstText(fields, ['cat']);
  return category === undefined ? event : `${event} ${category}`;
}
