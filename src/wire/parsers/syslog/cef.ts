import { buildRecord } from '../fields/build-record.ts';
import type { LineParser } from '../line-parser.ts';
import { anyTime } from '../line-time.ts';
import {
  eventSeverity,
  firstText,
  readExtension,
  splitHeader,
  unescapeValue,
} from './event-fields.ts';

const HEADER_FIELDS = 8;

/**
 * `CEF:0|Vendor|Product|Version|Event class|Name|Severity|key=value …`
 * (ArcSight Common Event Format). The keys become attributes, `src` also
 * `source_ip`; the user is who acted (`suser`), else who was acted on.
 */
export const cef: LineParser = {
  id: 'cef',
  about: 'Common Event Format of firewalls and other security devices',
  service: 'cef',
  parse: (line, context) => {
    if (!line.startsWith('CEF:')) return undefined;
    const [version, vendor, product, release, eventClass, name, severity, extension] = splitHeader(
      line,
      HEADER_FIELDS,
    );
    if (!/^CEF:\d{1,3}$/.test(version ?? '')) return undefined;
    if (name === undefined || severity === undefined || eventClass === undefined) return undefined;
    const fields = readExtension(extension ?? '');
    const time = firstText(fields, ['rt', 'end', 'start', 'deviceReceiptTime']);
    const timestamp = anyTime(time, context);
    const message = firstText(fields, ['msg', 'message']);
    const source = firstText(fields, ['src', 'sourceAddress']);
    const attributes: Record<string, unknown> = {
      ...fields,
      vendor: unescapeValue(vendor ?? ''),
      product: unescapeValue(product ?? ''),
      product_version: unescapeValue(release ?? ''),
      event_class: unescapeValue(eventClass),
      event_name: unescapeValue(name),
      ...(source === undefined ? {} : { source_ip: source }),
    };
    return buildRecord(
      {
        timestamp,
        severity: eventSeverity(severity.trim()),
        message: message ?? unescapeValue(name),
        userId: firstText(fields, ['suser', 'duser']),
        attributes,
      },
      context,
      'cef',
    );
  },
};
