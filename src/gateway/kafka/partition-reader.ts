import type { Clock } from '../../core/clock.ts';
import { messageOf, WatchkeeperError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { LineReaders } from '../../wire/parsers/config/line-readers.ts';
import type { RecordSink } from '../record-sink.ts';
import { TurnBudget } from '../turn-budget.ts';
import type { SourcePositions } from '../sources/positions.ts';
import type { InputCounter } from '../tcp/input-counts.ts';
import type { KafkaBatch, KafkaConsumer, KafkaMessage, KafkaTurn } from './kafka-client.ts';
import type { KafkaInputConfig } from './kafka-config.ts';
import { createMessageReader, unreadMessage, type MessageReader } from './message-reader.ts';
import { PartitionPlace } from './partition-place.ts';

export interface PartitionReaderOptions {
  readonly config: KafkaInputConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sink: RecordSink;
  readonly positions: SourcePositions;
  readonly counter: InputCounter;
  /** @default the formats */
  readonly readers?: LineReaders | undefined;
}

/** What says something about the site, not about a message. */
const SITE_ERRORS: readonly string[] = [
  ...['RATE_LIMITED', 'OVERLOADED', 'SHUTTING_DOWN', 'CONFLICT'],
  ...['JOURNAL_FULL', 'JOURNAL_FAILED', 'JOURNAL_CLOSED'],
];

/** Whether the site cannot take records now, whichever they are. */
export function isSiteError(error: unknown): error is WatchkeeperError {
  return error instanceof WatchkeeperError && SITE_ERRORS.includes(error.code);
}

/**
 * Takes the messages of one partition in, in order. A piece of them is durable
 * before the broker hears of it; what the site took in before is passed over;
 * what it cannot read or refuses is
 * durable too, raw or as a dead letter, since the broker hears only of offsets.
 */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #read: MessageReader;
  readonly #place: PartitionPlace;
  readonly #topic: string;
  #highWatermark = 0;
  #next = 0;

  constructor(batch: KafkaBatch, options: PartitionReaderOptions) {
    this.#options = options;
    this.#topic = batch.topic;
    this.#read = createMessageReader(options.config, batch.topic, options.readers);
    this.#place = new PartitionPlace(options.config.name, batch, options.positions);
  }

  /** Messages that the broker has and the site has not. */
  get lag(): number {
    return Math.max(0, this.#highWatermark - this.#next);
  }

  /** All before this offset is done with. */
  pass(next: number): void {
    this.#next = Math.max(this.#next, next);
    this.#highWatermark = Math.max(this.#highWatermark, next);
  }

  /** @throws WatchkeeperError when the site takes nothing now: the rest of the batch is to come again. */
  async take(turn: KafkaTurn, consumer: KafkaConsumer): Promise<void> {
    const { batch } = turn;
    const { topic, partition, messages } = batch;
    this.#highWatermark = Number(batch.highWatermark);
    const placed = this.#place.place(batch);
    if ('seek' in placed) {
      consumer.seek({ topic, partition, offset: String(placed.seek) });
      return;
    }
    const { fresh } = placed;
    if (fresh.length === 0) await this.#passed(messages, turn, consumer);
    for (const piece of pieces(fresh, this.#options.config.limits.batch)) {
      if (!turn.isRunning() || turn.isStale()) return;
      await this.#take(piece);
      await this.#passed(piece, turn, consumer);
    }
  }

  /** Tells the broker, now that all up to here is durable. */
  async #passed(
    messages: readonly KafkaMessage[],
    { batch, ...turn }: KafkaTurn,
    consumer: KafkaConsumer,
  ): Promise<void> {
    const { topic, partition } = batch;
    const last = messages.at(-1);
    if (last === undefined) return;
    // What stands behind the last message and was not handed over, such as the end of a transaction, goes with it.
    const isWhole = last.offset === batch.messages.at(-1)?.offset;
    this.#next = Number(isWhole ? batch.lastOffset() : last.offset) + 1;
    turn.resolveOffset(last.offset);
    const next = Math.max(this.#next, this.#place.position?.next ?? 0);
    try {
      await consumer.commitOffsets([{ topic, partition, offset: String(next) }]);
    } catch (error) {
      // The journal knows it, and the broker is told again with the next piece.
      this.#options.logger.debug('The broker did not take an offset.', {
        ...{ topic, partition },
        reason: messageOf(error),
      });
    }
    await turn.heartbeat();
  }

  async #take(messages: readonly KafkaMessage[]): Promise<void> {
    try {
      await this.#takeTogether(messages);
    } catch (error) {
      if (isSiteError(error)) throw error;
      const [first] = messages;
      if (first === undefined) return;
      if (messages.length === 1) await this.#giveUp(first);
      else for (const message of messages) await this.#take([message]);
    }
  }

  async #takeTogether(messages: readonly KafkaMessage[]): Promise<void> {
    const { clock, config, sink, counter } = this.#options;
    const items: unknown[] = [];
    let raw = 0;
    let cut = 0;
    let bytes = 0;
    let filtered = 0;
    const budget = new TurnBudget(clock);
    for (const message of messages) {
      if (budget.isSpent()) await budget.renew();
      const content = this.#read(message, clock.now());
      bytes += message.value?.length ?? 0;
      items.push(...content.items);
      if (content.isRaw) raw += content.items.length;
      if (content.isCut === true) cut += 1;
      if (content.isDropped === true) filtered += 1;
    }
    const receivedAt = clock.monotonic();
    const { accepted, rejected } = await sink.take({
      ...{ items, receivedAt, keepsRefused: config.name },
      span: this.#place.span(messages),
    });
    for (const { value } of messages) if (isEmpty(value)) counter.reject('empty');
    counter.add('bytes', bytes);
    counter.add('accepted', accepted);
    counter.add('raw', Math.min(raw, accepted));
    counter.add('cut', cut);
    if (filtered > 0) counter.reject('filtered', filtered);
    if (rejected.length > 0) counter.reject('invalid', rejected.length);
  }

  /** A message that the site fails on is passed, and kept in letters that nothing fails on. */
  async #giveUp(message: KafkaMessage): Promise<void> {
    const { clock, config, counter, sink } = this.#options;
    const { items } = unreadMessage(config, this.#topic, {
      value: Buffer.from(Buffer.from(message.value ?? []).toString('base64')),
      reason: 'The site failed on this message; it is kept as base64.',
      timestamp: clock.now(),
    });
    const { accepted } = await sink.take({
      ...{ items, keepsRefused: config.name },
      span: this.#place.span([message]),
    });
    counter.add('accepted', accepted);
    counter.add('raw', accepted);
  }
}

function isEmpty(value: KafkaMessage['value']): boolean {
  return value === null || value.length === 0;
}

/** Bytes of messages that are taken in together, so that they fit one commit of the journal. */
const PIECE_BYTES = 1_048_576;

function* pieces(messages: readonly KafkaMessage[], most: number): Iterable<KafkaMessage[]> {
  let piece: KafkaMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = message.value?.length ?? 0;
    if (piece.length > 0 && (piece.length === most || bytes + size > PIECE_BYTES)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(message);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}
