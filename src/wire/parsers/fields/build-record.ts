import { isSubjectName } from '../../../model/subject.ts';
import { MAX_MESSAGE_LENGTH, type LineContext, type ParsedLine } from '../line-parser.ts';
import { storableAttributes } from './attributes.ts';
import type { Severity } from './severity.ts';

/** What a parser found; fields that the schema would refuse are moved to the attributes. */
export interface RecordParts {
  /** `undefined` takes the time of the line before, else of receipt. */
  readonly timestamp: number | undefined;
  readonly severity: Severity;
  /** Name that the line itself gives to the service. */
  readonly service?: string | undefined;
  readonly message: string;
  readonly userId?: string | undefined;
  readonly requestId?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly deviceId?: string | undefined;
  readonly attributes?: Record<string, unknown>;
  /** Leaves a message that is too long for the schema to refuse, instead of cutting it. */
  readonly isUncut?: boolean | undefined;
}

type Draft = { -readonly [Key in keyof ParsedLine]: ParsedLine[Key] };

const MAX_REQUEST_ID = 256;
const MAX_ERROR_CODE = 128;
const NOT_IN_A_NAME = /[^A-Za-z0-9._@:-]+/g;

/** Builds a record that the schema accepts; nothing that the line said is left out. */
export function buildRecord(
  parts: RecordParts,
  context: LineContext,
  fallback: string,
): ParsedLine {
  const attributes = parts.attributes ?? {};
  const record: Draft = {
    timestamp: parts.timestamp ?? context.previous ?? context.receivedAt,
    level: parts.severity.level,
    service: serviceOf(parts.service, context, fallback),
    message: parts.message,
  };
  if (parts.message.length > MAX_MESSAGE_LENGTH && parts.isUncut !== true) {
    record.message = parts.message.slice(0, MAX_MESSAGE_LENGTH);
    attributes['cut_from'] = parts.message.length;
  }
  if (parts.service !== undefined && context.service === undefined) {
    if (record.service !== parts.service) attributes['service_original'] = parts.service;
  }
  if (parts.severity.text !== undefined) attributes['severity_text'] ??= parts.severity.text;
  setNames(record, parts, attributes);
  setDuration(record, parts, attributes);
  if (Object.keys(attributes).length > 0) record.attributes = storableAttributes(attributes);
  return record;
}

function setNames(record: Draft, parts: RecordParts, attributes: Record<string, unknown>): void {
  const { userId, requestId, errorCode, deviceId } = parts;
  if (userId !== undefined) {
    if (isSubjectName(userId)) record.user_id = userId;
    else attributes['user'] ??= userId;
  }
  if (deviceId !== undefined) {
    if (isSubjectName(deviceId)) record.device_id = deviceId;
    else attributes['device'] ??= deviceId;
  }
  if (requestId !== undefined) {
    if (requestId.length <= MAX_REQUEST_ID) record.request_id = requestId;
    else attributes['request_id'] = requestId;
  }
  if (errorCode !== undefined) {
    if (errorCode.length <= MAX_ERROR_CODE) record.error_code = errorCode;
    else attributes['error_code'] = errorCode;
  }
}

function setDuration(record: Draft, parts: RecordParts, attributes: Record<string, unknown>): void {
  const { durationMs } = parts;
  if (durationMs === undefined) return;
  if (durationMs >= 0 && Number.isFinite(durationMs)) record.duration_ms = durationMs;
  else attributes['duration'] = String(durationMs);
}

function serviceOf(own: string | undefined, context: LineContext, fallback: string): string {
  if (context.service !== undefined) return context.service;
  if (own !== undefined) {
    if (isSubjectName(own)) return own;
    const cleaned = own.slice(0, 128).replace(NOT_IN_A_NAME, '-').replace(/^-|-$/g, '');
    if (cleaned !== '') return cleaned;
  }
  return context.defaultService ?? fallback;
}
