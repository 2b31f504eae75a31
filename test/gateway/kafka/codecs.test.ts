import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { CODECS } from '../../../src/gateway/kafka/codecs.ts';
import type { KafkaConsumer, KafkaTurn } from '../../../src/gateway/kafka/kafka-client.ts';
import { loadKafkajs } from '../../../src/gateway/kafka/load-kafkajs.ts';
import { decodeLz4 } from '../../../src/gateway/kafka/lz4.ts';
import { findKcat, MockKafka } from '../../support/mock-kafka.ts';
import { describe } from '../../support/suite.ts';

const kcat = findKcat();
/** Long repeats, repeats over themselves, and what cannot be made shorter. */
const LINES = Array.from({ length: 3_000 }, (_, n) =>
  n % 3 === 0 ? `line ${n} ${'ab'.repeat(n % 500)}` : `${(n * 2_654_435_761) % 4_294_967_296} ${n}`,
);

async function produce(program: string, broker: string, codec: string): Promise<void> {
  const args = ['-P', '-b', broker, '-t', codec, '-p', '0', '-z', codec, '-X', 'linger.ms=200'];
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(LINES.map((line) => `${line}\n`).join(''));
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0);
}

async function consume(broker: string, topic: string): Promise<readonly string[]> {
  const library = await loadKafkajs();
  const client = library({ clientId: 'test', brokers: [broker], log: () => undefined });
  const retry = { retries: 2, initialRetryTime: 50, maxRetryTime: 200 };
  const consumer: KafkaConsumer = client.consumer({
    groupId: topic,
    sessionTimeout: 6_000,
    heartbeatInterval: 1_000,
    maxBytes: 4_194_304,
    maxBytesPerPartition: 4_194_304,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { ...retry, restartOnFailure: () => Promise.resolve(false) },
  });
  const found: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => {
      reject(payload.error);
    });
    const eachBatch = ({ batch, resolveOffset }: KafkaTurn): Promise<void> => {
      for (const { value, offset } of batch.messages) {
        found.push(Buffer.from(value ?? []).toString());
        resolveOffset(offset);
      }
      if (found.length >= LINES.length) resolve();
      return Promise.resolve();
    };
    const options = { autoCommit: false, eachBatchAutoResolve: false } as const;
    void consumer.run({ ...options, partitionsConsumedConcurrently: 1, eachBatch });
  });
  await consumer.disconnect();
  return found;
}

describe('compressed messages', (it) => {
  for (const codec of ['gzip', 'snappy', 'lz4']) {
    const behaviour = `reads what librdkafka wrote with ${codec}`;
    const { program, reason } = kcat;
    if (program === undefined) {
      it.skip(behaviour, reason);
      continue;
    }
    it(
      behaviour,
      async () => {
        const kafka = await MockKafka.start(program);
        try {
          await produce(program, kafka.broker, codec);
          assert.deepEqual(await consume(kafka.broker, codec), LINES);
        } finally {
          await kafka.stop();
        }
      },
      { deadlineMs: 60_000 },
    );
  }

  it('ends damaged and growing LZ4 data with an error of its own', () => {
    const head = [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x00];
    const frame = (...block: readonly number[]): Buffer =>
      Buffer.from([...head, block.length, 0, 0, 0, ...block, 0, 0, 0, 0]);
    assert.equal(decodeLz4(frame(0x10, 0x61), 100).toString(), 'a');
    assert.equal(decodeLz4(frame(0x14, 0x61, 1, 0, 0x00), 100).toString(), 'a'.repeat(9));
    assert.throws(() => decodeLz4(frame(0x14, 0x61, 2, 0), 100), /cannot be read/);
    assert.throws(() => decodeLz4(frame(0x1f, 0x61, 1, 0, 255, 255, 9), 100), /Over 100 bytes/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (noise, isFramed) => {
        try {
          decodeLz4(isFramed ? frame(...noise) : Buffer.from(noise), 10_000);
        } catch (error) {
          assert.ok(error instanceof WatchkeeperError, String(error));
        }
      }),
    );
  });

  it('refuses what is not zstd', async () => {
    const read = CODECS[4]?.().decompress(Buffer.from('nothing of zstd'));
    await assert.rejects(read ?? Promise.resolve(), /zstd|Unknown frame|header/i);
  });
});
