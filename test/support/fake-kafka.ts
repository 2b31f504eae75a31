import type {
  KafkaClient,
  KafkaConsumer,
  KafkaMessage,
  KafkaTurn,
} from '../../src/gateway/kafka/kafka-client.ts';

export interface Written {
  readonly value: string | Buffer | null;
  readonly offset?: number;
  readonly timestamp?: number;
}

/** What one delivery of a batch came to. */
export interface Delivery {
  readonly resolved: readonly number[];
  readonly error: unknown;
}

/** A consumer that does what a script says, as kafkajs calls its users. */
export class FakeConsumer implements KafkaConsumer {
  readonly commits: string[] = [];
  readonly seeks: string[] = [];
  readonly paused = new Set<string>();
  subscribed: { readonly topics: string[]; readonly fromBeginning: boolean } | undefined;
  isConnected = false;
  /** Whether what comes can be read. */
  canFetch = true;
  disconnects = 0;
  /** Thrown by the next of these calls, while set. */
  failures: { connect?: Error; commit?: Error; heartbeat?: Error } = {};
  onCommit: () => void = () => undefined;
  readonly #listeners = new Map<string, ((event: never) => void)[]>();
  #eachBatch: ((turn: KafkaTurn) => Promise<void>) | undefined;
  #isRunning = false;

  connect(): Promise<void> {
    if (this.failures.connect !== undefined) return Promise.reject(this.failures.connect);
    this.isConnected = true;
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    this.isConnected = false;
    this.#isRunning = false;
    this.disconnects += 1;
    return Promise.resolve();
  }

  subscribe(options: {
    readonly topics: string[];
    readonly fromBeginning: boolean;
  }): Promise<void> {
    this.subscribed = options;
    return Promise.resolve();
  }

  run({ eachBatch }: Parameters<KafkaConsumer['run']>[0]): Promise<void> {
    this.#eachBatch = eachBatch;
    this.#isRunning = true;
    this.tell('consumer.group_join', {});
    if (this.canFetch) this.tell('consumer.fetch', {});
    return Promise.resolve();
  }

  commitOffsets(offsets: Parameters<KafkaConsumer['commitOffsets']>[0]): Promise<void> {
    this.onCommit();
    if (this.failures.commit !== undefined) return Promise.reject(this.failures.commit);
    for (const { topic, partition, offset } of offsets) {
      this.commits.push(`${topic}/${partition}@${offset}`);
    }
    return Promise.resolve();
  }

  seek({ topic, partition, offset }: Parameters<KafkaConsumer['seek']>[0]): void {
    this.seeks.push(`${topic}/${partition}@${offset}`);
  }

  on(event: string, listener: (event: never) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  tell(event: string, payload: object): void {
    for (const listener of this.#listeners.get(event) ?? []) listener({ payload } as never);
  }

  /** Hands over a batch, followed by so many messages that are not to be read, and tells how far it was resolved. */
  async deliver(
    messages: readonly Written[],
    { partition = 0, first = 0, highWatermark = 0, key = '', unread = 0 } = {},
  ): Promise<Delivery> {
    const resolved: number[] = [];
    const seeks = this.seeks.length;
    const place = `logs/${partition}`;
    const given = messages.map((each, index) => messageOf(each, first + index, key));
    const turn: KafkaTurn = {
      batch: {
        topic: 'logs',
        partition,
        highWatermark: String(Math.max(highWatermark, first + messages.length)),
        messages: given,
        lastOffset: () => String(Number(given.at(-1)?.offset ?? first) + unread),
      },
      resolveOffset: (offset) => resolved.push(Number(offset)),
      heartbeat: () =>
        this.failures.heartbeat === undefined
          ? Promise.resolve()
          : Promise.reject(this.failures.heartbeat),
      pause: () => {
        this.paused.add(place);
        return () => this.paused.delete(place);
      },
      isRunning: () => this.#isRunning,
      isStale: () => this.seeks.length > seeks,
    };
    try {
      await this.#eachBatch?.(turn);
      return { resolved, error: undefined };
    } catch (error) {
      return { resolved, error };
    }
  }
}

function messageOf(
  { value, offset, timestamp = 1 }: Written,
  next: number,
  key: string,
): KafkaMessage {
  return {
    offset: String(offset ?? next),
    timestamp: String(timestamp),
    key: Buffer.from(key),
    value: typeof value === 'string' ? Buffer.from(value) : value,
  };
}

/** A client whose consumers are prepared by the test. */
export class FakeKafka implements KafkaClient {
  readonly consumers: FakeConsumer[] = [];
  readonly groups: string[] = [];
  prepare: (consumer: FakeConsumer) => void = () => undefined;

  consumer({ groupId }: Parameters<KafkaClient['consumer']>[0]): FakeConsumer {
    const consumer = new FakeConsumer();
    this.prepare(consumer);
    this.consumers.push(consumer);
    this.groups.push(groupId);
    return consumer;
  }

  get last(): FakeConsumer {
    const last = this.consumers.at(-1);
    if (last === undefined) throw new Error('There is no consumer.');
    return last;
  }
}
