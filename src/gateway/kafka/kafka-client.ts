/**
 * What the connector uses of kafkajs, by its names, so that a scripted
 * stand-in can take its place.
 */
export interface KafkaClient {
  consumer(options: ConsumerOptions): KafkaConsumer;
}

/** Makes a client of a cluster. */
export type KafkaLibrary = (options: ClientOptions) => KafkaClient;

export interface ClientOptions {
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly ssl?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** Told what the library says of itself. */
  readonly log: (level: 'debug' | 'warn', message: string) => void;
}

interface ConsumerOptions {
  readonly groupId: string;
  readonly sessionTimeout: number;
  readonly heartbeatInterval: number;
  readonly maxBytes: number;
  readonly maxWaitTimeInMs: number;
  readonly maxBytesPerPartition: number;
  readonly allowAutoTopicCreation: boolean;
  readonly retry: {
    readonly retries: number;
    readonly initialRetryTime: number;
    readonly maxRetryTime: number;
    readonly restartOnFailure: () => Promise<boolean>;
  };
}

export interface KafkaMessage {
  /** Decimal. */
  readonly offset: string;
  /** Decimal, ms since the epoch. */
  readonly timestamp: string;
  readonly key: Uint8Array | null;
  /** `null` marks a key as deleted. */
  readonly value: Uint8Array | null;
}

export interface KafkaBatch {
  readonly topic: string;
  readonly partition: number;
  /** Decimal; the offset that the next message of the partition gets. */
  readonly highWatermark: string;
  /** What is to be read: nothing of aborted transactions, and no marks of transactions. */
  readonly messages: readonly KafkaMessage[];
  /** Decimal; of the last message, also of one that is not to be read. */
  lastOffset(): string;
}

/** The end of a batch, also of one of which nothing was handed over. */
export interface KafkaBatchEnd {
  readonly topic: string;
  readonly partition: number;
  /** Messages handed over; none when all belong to aborted transactions or mark the end of one. */
  readonly batchSize: number;
  /** Decimal; of the last message, also of one that was not handed over. */
  readonly lastOffset: string;
}

/** What a batch is handed over with. */
export interface KafkaTurn {
  readonly batch: KafkaBatch;
  /** Reading goes on behind this offset. */
  resolveOffset(offset: string): void;
  /** @throws when the group is dividing its partitions anew; the library wants to hear of it */
  heartbeat(): Promise<void>;
  /** Reads no more of this partition until the answer is called. */
  pause(): () => void;
  isRunning(): boolean;
  /** Whether reading was sent elsewhere meanwhile. */
  isStale(): boolean;
}

interface TopicPartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

export interface KafkaConsumer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(options: { readonly topics: string[]; readonly fromBeginning: boolean }): Promise<void>;
  run(options: {
    readonly autoCommit: false;
    readonly eachBatchAutoResolve: false;
    readonly partitionsConsumedConcurrently: number;
    readonly eachBatch: (turn: KafkaTurn) => Promise<void>;
  }): Promise<void>;
  commitOffsets(offsets: TopicPartitionOffset[]): Promise<void>;
  seek(place: TopicPartitionOffset): void;
  on(
    event: 'consumer.crash',
    listener: (event: { readonly payload: { readonly error: Error } }) => void,
  ): unknown;
  on(event: 'consumer.group_join', listener: () => void): unknown;
  /** Messages have come and could be read. */
  on(event: 'consumer.fetch', listener: () => void): unknown;
  on(
    event: 'consumer.end_batch_process',
    listener: (event: { readonly payload: KafkaBatchEnd }) => void,
  ): unknown;
  on(event: 'consumer.rebalancing', listener: () => void): unknown;
}
