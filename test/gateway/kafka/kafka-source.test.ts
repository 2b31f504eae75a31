import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { noMetrics } from '../../../src/core/metrics.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { loadKafkaInputs } from '../../../src/gateway/kafka/kafka-config.ts';
import { loadKafkajs } from '../../../src/gateway/kafka/load-kafkajs.ts';
import { startKafkaInputs } from '../../../src/gateway/kafka/start-kafka.ts';
import type { Batch, RecordSink, Taken } from '../../../src/gateway/record-sink.ts';
import { SourcePositions } from '../../../src/gateway/sources/positions.ts';
import type { Inputs } from '../../../src/gateway/tcp/inputs.ts';
import type { WireRecord } from '../../../src/model/wire-record.ts';
import { FakeKafka } from '../../support/fake-kafka.ts';
import { describe } from '../../support/suite.ts';

/** A sink that remembers positions as the site does, and refuses when told to. */
class Sink implements RecordSink {
  positions = new SourcePositions();
  readonly messages: string[] = [];
  readonly batches: number[] = [];
  failure: Error | undefined;
  /** Messages that it breaks on. */
  readonly poison = new Set<string>();
  readonly log: string[] = [];

  /** Under which names it was to keep what it refuses, and what it was told of raw records. */
  readonly kept = new Set<string | undefined>();
  readonly reasons: string[] = [];

  async take({ items, span, keepsRefused }: Batch): Promise<Taken> {
    await turn();
    if (this.failure !== undefined) throw this.failure;
    const texts = items.map((item) => (item as { message?: string }).message ?? '');
    if (texts.some((text) => this.poison.has(text))) throw new TypeError('It broke.');
    const rejected = texts.flatMap((text, index) =>
      text === '' ? [{ index, pointer: '/message', reason: 'Missing.' }] : [],
    );
    assert.ok(span !== undefined);
    assert.equal(this.positions.judge(span, true), 'new');
    this.kept.add(keepsRefused);
    for (const { service, attributes } of items as WireRecord[]) {
      if (attributes?.['rejected'] !== undefined)
        this.reasons.push(`${service}: ${String(attributes['rejected'])}`);
    }
    this.messages.push(...texts.filter((text) => text !== ''));
    this.batches.push(items.length);
    this.log.push(`durable ${span.to}`);
    this.positions.settle(span);
    return { accepted: items.length - rejected.length, rejected, clamped: 0, observedAt: 7 };
  }
}

class Scene {
  readonly clock = new SimulatedClock();
  readonly kafka = new FakeKafka();
  readonly sink: Sink;
  relieve: () => void = () => undefined;
  #inputs: Inputs | undefined;

  constructor(sink = new Sink()) {
    this.sink = sink;
  }

  async start(yaml = 'parser: json'): Promise<void> {
    const text = `kafka:\n  - { brokers: ['127.0.0.1:9092'], topics: [logs], ${yaml} }\n`;
    this.#inputs = await startKafkaInputs({
      configs: loadKafkaInputs(text, 'inputs.yaml'),
      site: 'local',
      clock: this.clock,
      logger: silentLogger,
      metrics: noMetrics,
      intake: { onRelief: (listener) => (this.relieve = listener) },
      sink: this.sink,
      positions: this.sink.positions,
      load: () => Promise.resolve(() => this.kafka),
    });
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let index = 0; index < 5; index += 1) await turn();
  }

  get info() {
    const info = this.#inputs?.list()[0];
    if (info === undefined) throw new Error('There is no input.');
    return info;
  }

  async stop(): Promise<void> {
    const stopping = this.#inputs?.stop();
    await this.settle();
    this.clock.advance(2_000);
    await stopping;
  }
}

async function scene(body: (scene: Scene) => Promise<void>, sink?: Sink): Promise<void> {
  const each = new Scene(sink);
  try {
    await body(each);
  } finally {
    await each.stop();
  }
}

const records = (...names: readonly string[]) =>
  names.map((message) => ({ value: JSON.stringify({ message, level: 'INFO' }) }));

const BUSY = new WatchkeeperError('RATE_LIMITED', 'Busy.');

describe('KafkaSource', (it) => {
  it('tells the broker only of what is durable, piece by piece', () =>
    scene(async (s) => {
      await s.start('parser: json, group: g7, start_at: beginning, limits: { batch: 2 }');
      const { last } = s.kafka;
      last.onCommit = () => s.sink.log.push('commit');
      const { resolved } = await last.deliver(records('a', 'b', 'c', 'd', 'e'), { first: 10 });
      assert.deepEqual(s.kafka.groups, ['g7']);
      assert.deepEqual(last.subscribed, { topics: ['logs'], fromBeginning: true });
      assert.deepEqual(s.sink.messages, ['a', 'b', 'c', 'd', 'e']);
      assert.deepEqual(s.sink.batches, [2, 2, 1]);
      assert.deepEqual(resolved, [11, 13, 14]);
      assert.deepEqual(last.commits, ['logs/0@12', 'logs/0@14', 'logs/0@15']);
      assert.deepEqual(s.sink.log, [
        'durable 12',
        'commit',
        'durable 14',
        'commit',
        'durable 15',
        'commit',
      ]);
      assert.equal(s.info.accepted, 5);
      assert.equal(s.info.connections, 1);
    }));

  it('passes over what was durable when the broker did not hear of it', () =>
    scene(async (s) => {
      await s.start();
      s.kafka.last.failures.commit = new Error('The group is rebalancing.');
      assert.deepEqual((await s.kafka.last.deliver(records('a', 'b'))).resolved, [1]);
      assert.deepEqual(s.kafka.last.commits, []);
      s.kafka.last.failures = {};
      s.kafka.last.tell('consumer.group_join', {});
      const again = await s.kafka.last.deliver(records('a', 'b', 'c'));
      assert.deepEqual(again.resolved, [2]);
      assert.deepEqual(s.sink.messages, ['a', 'b', 'c']);
      assert.deepEqual(s.kafka.last.commits, ['logs/0@3']);
      assert.deepEqual(
        (await s.kafka.last.deliver(records('a', 'b'), { highWatermark: 3 })).resolved,
        [],
      );
      assert.deepEqual(s.kafka.last.seeks, ['logs/0@2']);
    }));

  it('lets a rebalance end a batch, and takes its rest once', () =>
    scene(async (s) => {
      await s.start('parser: json, limits: { batch: 1 }');
      const failure = new Error('The group is rebalancing.');
      s.kafka.last.failures.heartbeat = failure;
      assert.equal((await s.kafka.last.deliver(records('a', 'b', 'c'))).error, failure);
      assert.deepEqual(s.sink.messages, ['a']);
      s.kafka.last.failures = {};
      s.kafka.last.tell('consumer.group_join', {});
      await s.kafka.last.deliver(records('a', 'b', 'c'));
      assert.deepEqual(s.sink.messages, ['a', 'b', 'c']);
    }));

  it('pauses the partition while the site is busy, and drops nothing', () =>
    scene(async (s) => {
      await s.start();
      s.sink.failure = BUSY;
      assert.deepEqual(await s.kafka.last.deliver(records('a')), {
        resolved: [],
        error: undefined,
      });
      assert.deepEqual([...s.kafka.last.paused], ['logs/0']);
      assert.deepEqual(s.kafka.last.commits, []);
      await s.settle();
      assert.equal(s.kafka.last.paused.size, 1);
      s.relieve();
      await s.settle();
      assert.equal(s.kafka.last.paused.size, 0);
      await s.kafka.last.deliver(records('a'));
      s.clock.advance(99);
      await s.settle();
      assert.equal(s.kafka.last.paused.size, 1);
      s.clock.advance(1);
      await s.settle();
      assert.equal(s.kafka.last.paused.size, 0);
      s.sink.failure = undefined;
      await s.kafka.last.deliver(records('a'));
      assert.deepEqual(s.sink.messages, ['a']);
      assert.equal(s.info.waits, 2);
    }));

  it('keeps raw what it cannot read, and goes on', () =>
    scene(async (s) => {
      await s.start('parser: json, limits: { message_bytes: 100 }');
      s.sink.poison.add('poison');
      const { resolved } = await s.kafka.last.deliver([
        ...records('a'),
        { value: '{"half": ' },
        { value: null },
        { value: 'x'.repeat(70_000) },
        { value: '{"level":"INFO"}' },
        ...records('poison', 'b'),
      ]);
      assert.deepEqual(resolved, [6]);
      assert.deepEqual(s.kafka.last.commits, ['logs/0@7']);
      const poison = Buffer.from(records('poison')[0]?.value ?? '').toString('base64');
      const kept = ['a', '{"half": ', 'x'.repeat(32 * 1024 - 3), poison, 'b'];
      assert.deepEqual(s.sink.messages, kept);
      assert.deepEqual(s.sink.kept, new Set(['kafka']));
      assert.deepEqual(s.info.rejected, { empty: 1, invalid: 1 });
      const { accepted, raw, cut } = s.info;
      assert.deepEqual({ accepted, raw, cut }, { accepted: 5, raw: 3, cut: 1 });
    }));

  it('says of each message that it kept raw what is wrong with it', () =>
    scene(async (s) => {
      await s.start('parser: json, service: shop, limits: { message_bytes: 100 }');
      s.sink.poison.add('poison');
      await s.kafka.last.deliver([
        { value: '{"half": ' },
        { value: 'x'.repeat(101) },
        ...records('poison'),
      ]);
      assert.deepEqual(s.sink.reasons, [
        'shop: Expected JSON: a record, or an array of records.',
        'shop: The message has 101 bytes; "message_bytes" is 100.',
        'shop: The site failed on this message; it is kept as base64.',
      ]);
    }));

  it('reads lines by parser, and JSON by topic, service and time', () =>
    scene(async (s) => {
      await s.start('parser: auto');
      await s.kafka.last.deliver([
        { value: 'level=warn msg="it is hot" service=oven\n' },
        { value: 'plain words' },
      ]);
      assert.deepEqual(s.sink.messages, ['it is hot', 'plain words']);
      assert.equal(s.info.raw, 1);
    }));

  it('knows a topic that was made anew under its old name', () =>
    scene(async (s) => {
      await s.start();
      const { last } = s.kafka;
      await last.deliver(records('a', 'b', 'c'));
      await last.deliver(records('d'), { first: 0, highWatermark: 1 });
      assert.deepEqual(s.sink.messages.at(-1), 'd');
      await last.deliver(records('e', 'f', 'g'), { first: 1 });
      assert.deepEqual(s.sink.messages, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
      // As long as before by now: only the message at the old position tells.
      await last.deliver(records('A', 'B'), { highWatermark: 9 });
      assert.deepEqual(last.seeks, ['logs/0@3']);
      await last.deliver(records('D'), { first: 3, highWatermark: 9 });
      assert.deepEqual(last.seeks, ['logs/0@3', 'logs/0@0']);
      await last.deliver(records('A', 'B', 'C', 'D'), { highWatermark: 9 });
      assert.deepEqual(s.sink.messages.slice(7), ['A', 'B', 'C', 'D']);
    }));

  it('goes on after gaps that a broker leaves', () =>
    scene(async (s) => {
      await s.start();
      await s.kafka.last.deliver(records('a', 'b'), { first: 5 });
      await s.kafka.last.deliver(records('c'), { first: 100 });
      assert.deepEqual(s.sink.messages, ['a', 'b', 'c']);
      assert.deepEqual(s.kafka.last.commits, ['logs/0@7', 'logs/0@101']);
    }));

  it('comes back with a backoff, and tells why it is away', () =>
    scene(async (s) => {
      const failure = new Error('connect ECONNREFUSED');
      s.kafka.prepare = (consumer) => (consumer.failures.connect = failure);
      await s.start();
      assert.equal(s.info.problem, 'connect ECONNREFUSED');
      assert.equal(s.info.connections, 0);
      for (const wait of [1_000, 2_000, 4_000]) {
        const count = s.kafka.consumers.length;
        s.clock.advance(wait - 1);
        await s.settle();
        assert.equal(s.kafka.consumers.length, count);
        s.clock.advance(1);
        await s.settle();
        assert.equal(s.kafka.consumers.length, count + 1);
      }
      s.kafka.prepare = () => undefined;
      s.clock.advance(30_000);
      await s.settle();
      assert.equal(s.info.problem, undefined);
      s.kafka.last.tell('consumer.crash', { error: new Error('The coordinator is gone.') });
      await s.settle();
      assert.equal(s.info.connections, 0);
      assert.equal(s.info.problem, 'The coordinator is gone.');
      s.clock.advance(1_000);
      await s.settle();
      assert.equal(s.info.connections, 1);
      await s.kafka.last.deliver(records('a'));
      assert.deepEqual(s.sink.messages, ['a']);
    }));

  it('keeps telling that it cannot read what comes, although it is in its group', () =>
    scene(async (s) => {
      s.kafka.prepare = (consumer) => (consumer.canFetch = false);
      await s.start();
      s.kafka.last.tell('consumer.crash', { error: new Error('This Node cannot read zstd.') });
      await s.settle();
      s.clock.advance(1_000);
      await s.settle();
      assert.equal(s.info.connections, 1);
      assert.equal(s.info.problem, 'This Node cannot read zstd.');
      s.kafka.last.tell('consumer.fetch', {});
      assert.equal(s.info.problem, undefined);
    }));

  it('does not count what belongs to aborted transactions as waiting', () =>
    scene(async (s) => {
      await s.start();
      const { last } = s.kafka;
      await last.deliver(records('a', 'b'), { first: 5, highWatermark: 20 });
      assert.equal(s.info.lag, 13);
      const end = { topic: 'logs', partition: 0 };
      last.tell('consumer.end_batch_process', { ...end, batchSize: 2, lastOffset: '9' });
      assert.equal(s.info.lag, 13);
      last.tell('consumer.end_batch_process', { ...end, batchSize: 0, lastOffset: '19' });
      assert.equal(s.info.lag, 0);
      assert.deepEqual(last.commits, ['logs/0@7', 'logs/0@20']);
    }));

  it('passes the end of a transaction with the last message before it', () =>
    scene(async (s) => {
      await s.start('parser: json, limits: { batch: 2 }');
      const { last } = s.kafka;
      const { resolved } = await last.deliver(records('a', 'b', 'c'), {
        ...{ first: 5, unread: 4, highWatermark: 12 },
      });
      assert.deepEqual(last.commits, ['logs/0@7', 'logs/0@12']);
      assert.deepEqual(resolved, [6, 7]);
      assert.equal(s.info.lag, 0);
    }));

  it('passes nothing of a partition that is held', () =>
    scene(async (s) => {
      await s.start();
      const { last } = s.kafka;
      s.sink.failure = BUSY;
      await last.deliver(records('a', 'b'), { first: 5, highWatermark: 20 });
      const end = { topic: 'logs', partition: 0, batchSize: 0, lastOffset: '19' };
      last.tell('consumer.end_batch_process', end);
      assert.deepEqual(last.commits, []);
    }));

  it('stops: finishes the piece under way, and leaves the group', () =>
    scene(async (s) => {
      await s.start('parser: json, limits: { batch: 1 }');
      const delivery = s.kafka.last.deliver(records('a', 'b', 'c'));
      await s.stop();
      assert.deepEqual((await delivery).resolved, [0]);
      assert.deepEqual(s.sink.messages, ['a']);
      assert.ok(!s.kafka.last.isConnected);
      assert.equal(s.kafka.last.disconnects, 1);
    }));

  it('takes every message once, whatever is delivered again', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.nat(30),
            fc.integer({ min: 1, max: 12 }),
            fc.constantFrom('', 'busy', 'commit', 'heartbeat', 'restart'),
          ),
        ),
        async (steps) => {
          const sink = new Sink();
          const all = Array.from({ length: 43 }, (_, index) => `m${index}`);
          let s = new Scene(sink);
          await s.start('parser: json, limits: { batch: 4 }');
          for (const [back, count, trouble] of steps) {
            const next = sink.messages.length;
            const first = Math.max(0, next - back);
            sink.failure = trouble === 'busy' ? BUSY : undefined;
            const failure = new Error('x');
            s.kafka.last.failures =
              trouble === 'commit'
                ? { commit: failure }
                : trouble === 'heartbeat'
                  ? { heartbeat: failure }
                  : {};
            await s.kafka.last.deliver(records(...all.slice(first, first + count)), {
              first,
              highWatermark: 43,
            });
            if (trouble !== 'restart') continue;
            await s.stop();
            s = new Scene(sink);
            await s.start('parser: json, limits: { batch: 4 }');
          }
          await s.stop();
          assert.deepEqual(sink.messages, all.slice(0, sink.messages.length));
        },
      ),
      { numRuns: 60 },
    ));

  it('says how to install the library when it is missing', async () => {
    await assert.rejects(
      loadKafkajs(() => Promise.reject(new Error('ERR_MODULE_NOT_FOUND'))),
      (error: WatchkeeperError) =>
        error.code === 'PREREQUISITE_MISSING' && (error.fix ?? '').includes('kafkajs@2.2.4'),
    );
  });
});
