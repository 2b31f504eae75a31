import type { LogFields } from './logger.ts';

/** Under which name the site's own log lines are records. */
export const OWN_SERVICE = 'watchkeeper';

/** Levels that own lines have. */
export type OwnLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';

/** A line of the site's own log, as `config/log_schema.yaml` has it. */
export interface OwnRecord {
  readonly timestamp?: number | string;
  readonly level: OwnLevel;
  readonly service: typeof OWN_SERVICE;
  readonly message: string;
  readonly error_code?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

interface OwnLine {
  readonly level: OwnLevel;
  readonly message: string;
  readonly fields: LogFields | undefined;
  /** Ms since the epoch, or RFC 3339 text. */
  readonly at: number | string | undefined;
}

const MESSAGE_LENGTH = 2_000;
const FIELDS_LENGTH = 8_000;
const CODE_LENGTH = 128;

/** A log line as a record; what is too long is cut, and what cannot be written as JSON is left out. */
export function ownRecord({ level, message, fields, at }: OwnLine): OwnRecord {
  const code = fields?.['code'];
  const attributes = fields === undefined ? undefined : plainFields(fields);
  return {
    ...(at === undefined ? {} : { timestamp: at }),
    level,
    service: OWN_SERVICE,
    message: message.slice(0, MESSAGE_LENGTH),
    ...(typeof code === 'string' ? { error_code: code.slice(0, CODE_LENGTH) } : {}),
    ...(attributes === undefined ? {} : { attributes }),
  };
}

function plainFields(fields: LogFields): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = JSON.stringify(fields, (_key, value: unknown) =>
      value instanceof Error ? value.message : typeof value === 'bigint' ? String(value) : value,
    );
    if (text.length > FIELDS_LENGTH) return { cut: text.slice(0, FIELDS_LENGTH) };
    const plain = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return Object.keys(plain).length === 0 ? undefined : plain;
  } catch {
    return { cut: 'fields that cannot be written as JSON' };
  }
}
