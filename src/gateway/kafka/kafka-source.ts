import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { LogSource } from '../files/log-source.ts';
import type { Relief } from '../tcp/relief.ts';
import type { KafkaBatchEnd, KafkaClient, KafkaConsumer, KafkaTurn } from './kafka-client.ts';
import { isSiteError, PartitionReader, type PartitionReaderOptions } from './partition-reader.ts';

export interface KafkaSourceOptions extends PartitionReaderOptions {
  readonly client: KafkaClient;
  readonly relief: Relief;
}

const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
const FIRST_HOLD_MS = 50;
const MAX_HOLD_MS = 2_000;
const DRAIN_MS = 2_000;

/**
 * Reads topics as a member of a consumer group, and comes back after every
 * failure. While the site is busy, the partitions that have something for it
 * are paused: nothing is dropped, and the member stays in its group.
 */
export class KafkaSource implements LogSource {
  readonly name: string;
  readonly #options: KafkaSourceOptions;
  readonly #ending = new AbortController();
  /** Waits of the partitions that are held, in ms. */
  readonly #holds = new Map<string, number>();
  #readers = new Map<string, PartitionReader>();
  #running: Promise<void> | undefined;
  #isJoined = false;
  #problem = '';

  constructor(options: KafkaSourceOptions) {
    this.name = options.config.name;
    this.#options = options;
  }

  /** Why nothing is read now; '' when all is well. */
  get problem(): string {
    return this.#problem;
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }

  /** Messages that the broker has and the site has not, over the partitions read here. */
  get lag(): number {
    let sum = 0;
    for (const reader of this.#readers.values()) sum += reader.lag;
    return sum;
  }

  /** Resolves at once: brokers may take long to be there. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return Promise.resolve();
  }

  /** Takes in what is under way, for at most 2 s, and leaves the group. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { logger, relief } = this.#options;
    const { signal } = this.#ending;
    for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
      try {
        await this.#session();
      } catch (error) {
        this.#problem = messageOf(error);
        const fields = { input: this.name, reason: this.#problem };
        logger.warn('The connection to Kafka ended; coming back.', fields);
      }
      if (this.#isJoined) wait = FIRST_WAIT_MS;
      this.#left();
      if (!signal.aborted) await relief.wait(wait, signal);
    }
  }

  /** From connecting to the end of the connection. @throws what ended it, unless that was `stop` */
  async #session(): Promise<void> {
    const consumer = this.#consumer();
    const ended = this.#ended(consumer);
    // Looked at below, but it may come while the start is waited for.
    ended.catch(() => undefined);
    try {
      await Promise.race([ended, this.#begin(consumer)]);
      await ended;
    } finally {
      await within(this.#options.clock, consumer.disconnect());
    }
  }

  #consumer(): KafkaConsumer {
    const { client, config } = this.#options;
    const { session, fetchBytes } = config.limits;
    return client.consumer({
      groupId: config.group,
      sessionTimeout: session,
      heartbeatInterval: Math.floor(session / 10),
      maxBytes: fetchBytes,
      maxBytesPerPartition: Math.min(fetchBytes, 1_048_576),
      // Also how long it takes to notice that a partition is no longer paused.
      maxWaitTimeInMs: 1_000,
      allowAutoTopicCreation: false,
      // Coming back is done here, where it can be stopped and be seen.
      retry: {
        retries: 4,
        initialRetryTime: 300,
        maxRetryTime: 5_000,
        restartOnFailure: () => Promise.resolve(false),
      },
    });
  }

  async #begin(consumer: KafkaConsumer): Promise<void> {
    const { topics, startAt, limits } = this.#options.config;
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: startAt === 'beginning' });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: limits.partitions,
      eachBatch: (turn) => this.#take(turn, consumer),
    });
  }

  #ended(consumer: KafkaConsumer): Promise<void> {
    const { signal } = this.#ending;
    return new Promise((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => {
        reject(payload.error);
      });
      consumer.on('consumer.group_join', () => {
        this.#joined();
      });
      consumer.on('consumer.fetch', () => {
        // Not before: who cannot read what comes joins the group as well.
        if (this.#holds.size === 0) this.#problem = '';
      });
      consumer.on('consumer.end_batch_process', ({ payload }) => {
        if (payload.batchSize === 0) this.#passEmpty(payload, consumer);
      });
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }

  #joined(): void {
    if (!this.#isJoined) this.#options.counter.connected(1);
    this.#isJoined = true;
    // Partitions may have come and gone; what the site knows of them is in its journal.
    this.#readers = new Map();
  }

  #left(): void {
    if (this.#isJoined) this.#options.counter.connected(-1);
    this.#isJoined = false;
    this.#readers = new Map();
  }

  async #take(turn: KafkaTurn, consumer: KafkaConsumer): Promise<void> {
    const { batch } = turn;
    const key = `${batch.topic}/${batch.partition}`;
    const reader = this.#readers.get(key) ?? new PartitionReader(batch, this.#options);
    this.#readers.set(key, reader);
    try {
      await reader.take(turn, consumer);
      this.#holds.delete(key);
      if (this.#holds.size === 0) this.#problem = '';
    } catch (error) {
      if (!isSiteError(error)) throw error;
      if (error.code !== 'RATE_LIMITED') this.#problem = error.message;
      this.#hold(turn, key);
    }
  }

  /** Passes what holds nothing to read, such as aborted transactions, or it would count as waiting for ever. */
  #passEmpty({ topic, partition, lastOffset }: KafkaBatchEnd, consumer: KafkaConsumer): void {
    const key = `${topic}/${partition}`;
    if (this.#holds.has(key)) return;
    const next = Number(lastOffset) + 1;
    this.#readers.get(key)?.pass(next);
    // The broker is told again with the next messages.
    consumer.commitOffsets([{ topic, partition, offset: String(next) }]).catch((error: unknown) => {
      const reason = messageOf(error);
      this.#options.logger.debug('The broker did not take an offset.', { topic, reason });
    });
  }

  /** Reads no more of a partition for a while. */
  #hold(turn: KafkaTurn, key: string): void {
    const { counter, relief } = this.#options;
    const wait = this.#holds.get(key) ?? FIRST_HOLD_MS;
    this.#holds.set(key, Math.min(wait * 2, MAX_HOLD_MS));
    counter.add('waits', 1);
    const resume = turn.pause();
    void relief.wait(wait, this.#ending.signal).then(resume);
  }
}

async function within(clock: Clock, work: Promise<void>): Promise<void> {
  let cancel: () => void = () => undefined;
  const late = new Promise<void>((resolve) => (cancel = clock.after(DRAIN_MS, resolve)));
  await Promise.race([work.catch(() => undefined), late]);
  cancel();
}
