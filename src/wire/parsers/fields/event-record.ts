import type { ParsedLine } from '../line-parser.ts';
import { withIdentity } from './identity-event.ts';
import { mapFields, type Fields, type MapFieldsOptions } from './map-fields.ts';

export type EventRecordOptions = Omit<MapFieldsOptions, 'scale' | 'isNameService'>;

/**
 * The record of an event as loggers and shippers write it: pino, bunyan,
 * winston, zap, logrus, structlog, Serilog, journald, GELF, the Elastic Common
 * Schema. All inputs read events by this, so that the same event becomes the
 * same record whatever way it takes.
 */
export function recordOfEvent(event: Fields, options: EventRecordOptions): ParsedLine {
  const isGelf = 'short_message' in event && 'version' in event;
  const fields = withoutOwnAttributes(isGelf ? gelfFields(event) : event);
  const isNameService = 'pid' in fields || 'hostname' in fields;
  const { line, context, fallback, given, beside, isUncut } = options;
  // Written out: a spread would be a good part of what a small event costs.
  const record = mapFields(fields, {
    line,
    context,
    fallback,
    given,
    beside,
    isUncut,
    isNameService,
    scale: isGelf ? 'syslog' : undefined,
  });
  return withIdentity(record, fields);
}

/** GELF 1.1 has syslog's severities, no severity means alert, and calls the source `host`. */
function gelfFields(fields: Fields): Fields {
  const named = '_service' in fields || '_app' in fields || !('host' in fields);
  return { level: 1, ...fields, ...(named ? {} : { service: fields['host'] }) };
}

/** Attributes that an event names so are not nested once more, unless they would hide another field. */
function withoutOwnAttributes(fields: Fields): Fields {
  const own = Object.hasOwn(fields, 'attributes') ? fields['attributes'] : undefined;
  if (typeof own !== 'object' || own === null || Array.isArray(own)) return fields;
  const keys = Object.keys(own);
  if (keys.some((key) => Object.hasOwn(fields, key) || key === '__proto__')) return fields;
  const { attributes: _own, ...rest } = fields;
  return { ...rest, ...own };
}
