import { isSubjectName } from '../../model/subject.ts';
import { FORMAT_READERS, type LineReaders } from '../../wire/parsers/config/line-readers.ts';
import { readJsonItems } from '../../wire/records/intake.ts';
import { keptRaw } from '../refused-records.ts';
import type { KafkaMessage } from './kafka-client.ts';
import type { KafkaInputConfig } from './kafka-config.ts';

/** What a message holds. What cannot be read is kept raw; only one without a value holds nothing. */
export interface MessageContent {
  readonly items: readonly unknown[];
  readonly isRaw: boolean;
  /** A filter dropped it. */
  readonly isDropped?: boolean;
  /** Its end does not fit a record. */
  readonly isCut?: boolean;
}

/** Reads the messages of one partition; never throws. */
export type MessageReader = (message: KafkaMessage, now: number) => MessageContent;

const EMPTY: MessageContent = { items: [], isRaw: false };
const DROPPED: MessageContent = { ...EMPTY, isDropped: true };
/** Service of what names none, in a topic whose name can be none. */
const UNNAMED = 'kafka';

/** A message that no reader may see, as a record. */
export function unreadMessage(
  { service, limits }: KafkaInputConfig,
  topic: string,
  about: { readonly value: Uint8Array; readonly reason: string; readonly timestamp: number },
): MessageContent {
  const named = service === '' ? (isSubjectName(topic) ? topic : UNNAMED) : service;
  const items = [keptRaw(about.value, { ...about, service: named })];
  return { items, isRaw: true, isCut: about.value.length > limits.messageBytes };
}

/** Lines without a time, and records without a timestamp, take the time of their message. */
export function createMessageReader(
  config: KafkaInputConfig,
  topic: string,
  readers: LineReaders = FORMAT_READERS,
): MessageReader {
  const isJson = config.parser === 'json';
  const read = isJson ? jsonReader(config, topic) : lineReader(config, topic, readers);
  const { messageBytes } = config.limits;
  return ({ value, timestamp: stamp }, now) => {
    if (value === null || value.length === 0) return EMPTY;
    const at = Number(stamp);
    const timestamp = Number.isSafeInteger(at) && at > 0 ? at : now;
    if (value.length <= messageBytes) return read(value, timestamp);
    const reason = `The message has ${value.length} bytes; "message_bytes" is ${messageBytes}.`;
    return unreadMessage(config, topic, { value, reason, timestamp });
  };
}

type Read = (value: Uint8Array, at: number) => MessageContent;

function jsonReader(config: KafkaInputConfig, topic: string): Read {
  const { service } = config;
  const fixed = service === '' ? {} : { service };
  const fallback = isSubjectName(topic) ? { service: topic } : {};
  return (value, timestamp) => {
    try {
      const items = readJsonItems(value, 'json').map((item) =>
        isMap(item) ? { timestamp, ...fallback, ...item, ...fixed } : item,
      );
      return { items, isRaw: false };
    } catch {
      const reason = 'Expected JSON: a record, or an array of records.';
      return unreadMessage(config, topic, { value, reason, timestamp });
    }
  };
}

function lineReader(
  { parser, service }: KafkaInputConfig,
  topic: string,
  readers: LineReaders,
): Read {
  const byTopic = isSubjectName(topic) ? { defaultService: topic } : {};
  const lines = readers.open(parser, service === '' ? byTopic : { service });
  return (value, at) => {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
    const { record, parser: reader } = lines.parse(text.replace(/\r?\n$/, ''), at);
    if (record === undefined) return DROPPED;
    return { items: [record], isRaw: reader === undefined };
  };
}

function isMap(item: unknown): item is Record<string, unknown> {
  return typeof item === 'object' && item !== null && !Array.isArray(item);
}
