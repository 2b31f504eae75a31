import { isSubjectName } from '../../model/subject.ts';
import { AUTO_PARSERS, findLineParser } from '../../wire/parsers/registry.ts';
import { createSourceParser, type SourceParser } from '../../wire/parsers/source/source-parser.ts';
import { readJsonItems } from '../../wire/records/intake.ts';
import type { KafkaMessage } from './kafka-client.ts';
import type { KafkaInputConfig } from './kafka-config.ts';

/** What a message holds, or why nothing can be made of it. */
export type MessageContent =
  | { readonly items: readonly unknown[]; readonly isRaw: boolean }
  | { readonly refusal: Refusal; readonly reason: string };

type Refusal = 'empty' | 'too_large' | 'unreadable';

/** Reads the messages of one partition; never throws. */
export type MessageReader = (message: KafkaMessage, now: number) => MessageContent;

/** Lines without a time, and records without a timestamp, take the time of their message. */
export function createMessageReader(config: KafkaInputConfig, topic: string): MessageReader {
  const read = config.parser === 'json' ? jsonReader(config, topic) : lineReader(config, topic);
  const { messageBytes } = config.limits;
  return ({ value, timestamp }, now) => {
    if (value === null || value.length === 0) {
      return { refusal: 'empty', reason: 'The message has no value.' };
    }
    if (value.length > messageBytes) {
      const reason = `The message has ${value.length} bytes; "message_bytes" is ${messageBytes}.`;
      return { refusal: 'too_large', reason };
    }
    const at = Number(timestamp);
    return read(value, Number.isSafeInteger(at) && at > 0 ? at : now);
  };
}

type Read = (value: Uint8Array, at: number) => MessageContent;

function jsonReader({ service }: KafkaInputConfig, topic: string): Read {
  const fixed = service === '' ? {} : { service };
  const fallback = isSubjectName(topic) ? { service: topic } : {};
  return (value, timestamp) => {
    try {
      const items = readJsonItems(value, 'json').map((item) =>
        isMap(item) ? { timestamp, ...fallback, ...item, ...fixed } : item,
      );
      return { items, isRaw: false };
    } catch {
      return { refusal: 'unreadable', reason: 'Expected JSON: a record, or an array of records.' };
    }
  };
}

function lineReader({ parser, service }: KafkaInputConfig, topic: string): Read {
  const byTopic = isSubjectName(topic) ? { defaultService: topic } : {};
  const lines = lineParser(parser, service === '' ? byTopic : { service });
  return (value, at) => {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
    const { record, parser: reader } = lines.parse(text.replace(/\r?\n$/, ''), at);
    return { items: record === undefined ? [] : [record], isRaw: reader === undefined };
  };
}

type Hints = NonNullable<Parameters<typeof createSourceParser>[0]['hints']>;

function lineParser(name: string, hints: Hints): SourceParser {
  if (name === 'auto') return createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto', hints });
  const found = findLineParser(name);
  return createSourceParser({ parsers: found === undefined ? [] : [found], mode: 'chain', hints });
}

function isMap(item: unknown): item is Record<string, unknown> {
  return typeof item === 'object' && item !== null && !Array.isArray(item);
}
