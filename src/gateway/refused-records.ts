import { isSubjectName } from '../model/subject.ts';
import type { WireRecord } from '../model/wire-record.ts';
import {
  encodeRecords,
  readRecords,
  type ReadOptions,
  type ReadRecords,
} from '../wire/records/intake.ts';

export interface KeepOptions {
  readonly read: ReadOptions;
  /** Service of what names none that it may have. */
  readonly fallback: string;
}

/** Bytes of a refused record that stays as it is, and of the text of one that does not. */
const MAX_PAYLOAD_BYTES = 48 * 1024;
const MAX_TEXT_BYTES = 32 * 1024;

/**
 * Groups that make refused records durable beside the accepted ones, for
 * senders that hear no more than that all is taken in. A record that the
 * schema refuses goes into the journal as it came: who folds it refuses it
 * again, and keeps it as a dead letter that can be replayed. One that is too
 * large, of a service that the sender may not have, or no map at all becomes
 * a record whose message is its text and whose attribute `rejected` says why.
 */
export function refusedGroups(
  items: readonly unknown[],
  rejected: ReadRecords['rejected'],
  options: KeepOptions,
): ReadRecords['groups'] {
  return rejected.flatMap(({ index, pointer, reason }) => {
    const item = items[index];
    const service = serviceOf(item, options);
    const payload = pointer === '/service' ? undefined : payloadOf(item);
    if (payload !== undefined) return [{ service, payload, count: 0, urgent: false }];
    const kept = rawRecord(item, `${pointer} ${reason}`.trim(), { service, options });
    return readRecords([kept], options.read).groups;
  });
}

function serviceOf(item: unknown, { read, fallback }: KeepOptions): string {
  if (read.service !== undefined) return read.service;
  const own = typeof item === 'object' && item !== null && 'service' in item ? item.service : '';
  return typeof own === 'string' && isSubjectName(own) ? own : fallback;
}

/** A payload that holds the item as it is; `undefined` when it cannot be one. */
function payloadOf(item: unknown): Uint8Array | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const payload = encodeRecords([item as WireRecord]);
  return payload.length > MAX_PAYLOAD_BYTES ? undefined : payload;
}

function rawRecord(
  item: unknown,
  reason: string,
  { service, options }: { readonly service: string; readonly options: KeepOptions },
): WireRecord {
  const text = typeof item === 'string' ? item : (JSON.stringify(item) ?? 'null');
  return keptRaw(Buffer.from(text), { reason, service, timestamp: options.read.observedAt });
}

/** A record of what cannot be one: its text, cut to fit, and as attribute `rejected` the reason. */
export function keptRaw(
  text: Uint8Array,
  about: { readonly reason: string; readonly service: string; readonly timestamp: number },
): WireRecord {
  const { buffer, byteOffset, byteLength } = text;
  const bytes = Buffer.from(buffer, byteOffset, Math.min(byteLength, MAX_TEXT_BYTES - 3));
  return {
    timestamp: about.timestamp,
    level: 'INFO',
    service: about.service,
    message: bytes.toString('utf8'),
    attributes: { rejected: about.reason },
  };
}
