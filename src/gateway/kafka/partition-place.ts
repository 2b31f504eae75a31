import { createHash } from 'node:crypto';
import { checkOf } from '../../wire/file-source.ts';
import { isSourceName, type SourceSpan } from '../../wire/source-position.ts';
import type { SourcePosition, SourcePositions } from '../sources/positions.ts';
import type { KafkaBatch, KafkaMessage } from './kafka-client.ts';

/** What is to be done with a batch. */
export type Placed =
  | { readonly fresh: readonly KafkaMessage[] }
  /** It may be from before; this offset tells. */
  | { readonly seek: number };

/**
 * How far the site took a partition in, by its own journal. The broker may
 * know less, because the site ended between making records durable and saying
 * so; and a topic that was deleted and made again begins anew under its old
 * name, which the message at the site's position tells.
 */
export class PartitionPlace {
  readonly #positions: Pick<SourcePositions, 'find'>;
  readonly #base: string;
  #version: number;
  /** Where reading goes on if the partition turns out to be a new one. */
  #rewind: number | undefined;

  constructor(input: string, batch: KafkaBatch, positions: Pick<SourcePositions, 'find'>) {
    this.#positions = positions;
    this.#base = sourceBase(`kafka:${input}/${batch.topic}/${batch.partition}`);
    this.#version = 1;
    while (positions.find(this.#name(this.#version + 1)) !== undefined) this.#version += 1;
  }

  get position(): SourcePosition | undefined {
    return this.#positions.find(this.#name(this.#version));
  }

  /** The messages of a batch that were not taken in before. */
  place({ messages, highWatermark }: KafkaBatch): Placed {
    const known = this.position;
    const first = offsetOf(messages[0]);
    if (known === undefined || first >= known.next) return this.#go(messages);
    const last = messages.find(({ offset }) => Number(offset) === known.next - 1);
    const isShorter = Number(highWatermark) < known.next;
    if (isShorter || (last !== undefined && stampOf(last) !== known.check)) {
      return this.#beginAnew(messages);
    }
    if (last === undefined && offsetOf(messages.at(-1)) < known.next - 1) {
      this.#rewind = Math.min(this.#rewind ?? first, first);
      return { seek: known.next - 1 };
    }
    return this.#go(messages.filter(({ offset }) => Number(offset) >= known.next));
  }

  /** The stretch from what was taken in before to the end of these messages. */
  span(messages: readonly KafkaMessage[]): SourceSpan {
    const last = messages.at(-1);
    return {
      source: this.#name(this.#version),
      from: this.position?.next ?? offsetOf(messages[0]),
      to: offsetOf(last) + 1,
      check: last === undefined ? '' : stampOf(last),
    };
  }

  #go(fresh: readonly KafkaMessage[]): Placed {
    this.#rewind = undefined;
    return { fresh };
  }

  #beginAnew(messages: readonly KafkaMessage[]): Placed {
    this.#version += 1;
    const from = this.#rewind;
    this.#rewind = undefined;
    return from === undefined || from >= offsetOf(messages[0])
      ? { fresh: messages }
      : { seek: from };
  }

  #name(version: number): string {
    return version === 1 ? this.#base : `${this.#base}:${version}`;
  }
}

const MOST_CHARACTERS = 90;

function sourceBase(name: string): string {
  if (name.length <= MOST_CHARACTERS && isSourceName(name)) return name;
  return `kafka:${createHash('sha256').update(name).digest('base64url').slice(0, 22)}`;
}

function offsetOf(message: KafkaMessage | undefined): number {
  return Number(message?.offset ?? 0);
}

/** Tells a message from another at the same offset. */
function stampOf({ timestamp, key, value }: KafkaMessage): string {
  return checkOf(Buffer.concat([Buffer.from(`${timestamp}|`), key ?? EMPTY, BAR, value ?? EMPTY]));
}

const EMPTY = Buffer.alloc(0);
const BAR = Buffer.from('|');
