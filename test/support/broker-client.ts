import { createRequire } from 'node:module';
import type * as Kafkajs from 'kafkajs';

const kafkajs = createRequire(import.meta.url)('kafkajs') as typeof Kafkajs;

/** What tests do with a Kafka broker, by kafkajs. */
export class BrokerClient {
  readonly broker: string;

  protected constructor(broker: string) {
    this.broker = broker;
  }

  client(): Kafkajs.Kafka {
    const { Kafka, logLevel } = kafkajs;
    return new Kafka({
      clientId: 'test',
      brokers: [this.broker],
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, initialRetryTime: 50, maxRetryTime: 500 },
    });
  }

  /** Puts messages into a topic, each where its number says, or anywhere. */
  async produce(
    topic: string,
    values: readonly (string | Buffer | null)[],
    partition?: number,
  ): Promise<void> {
    const producer = this.client().producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const place = partition === undefined ? {} : { partition };
    await producer.send({ topic, messages: values.map((value) => ({ value, ...place })) });
    await producer.disconnect();
  }

  /** Offsets that the group committed, by partition; -1 for none. */
  async committed(groupId: string, topic: string): Promise<readonly number[]> {
    const admin = this.client().admin();
    await admin.connect();
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.disconnect();
    const parts = [...(found?.partitions ?? [])].sort((a, b) => a.partition - b.partition);
    return parts.map(({ offset }) => Number(offset));
  }
}
