import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { until } from '../../support/nats-server.ts';
import { describe, type TestBody } from '../../support/suite.ts';
import { entry, packedMode } from '../../wire/inputs/forward/messages.ts';
import { ack, jsonFrame, windowFrame } from '../../wire/inputs/lumberjack/frames.ts';
import { BUSY, InputFixture } from './input-fixture.ts';
import { NetClient } from './net-client.ts';

function withInput(yaml: string, body: (fixture: InputFixture) => Promise<void>): TestBody {
  return async () => {
    const fixture = await InputFixture.start(`inputs:\n  - ${yaml}\n`);
    try {
      await body(fixture);
    } finally {
      await fixture.stop();
    }
  };
}

const LINES = '{ type: lines, port: 0 }';

describe('admission to inputs', (it) => {
  it(
    'allows so many connections in all and of one address',
    withInput(
      '{ type: lines, port: 0, limits: { connections: 3, connections_per_address: 2 } }',
      async (fixture) => {
        const { port } = fixture.info();
        const addresses = ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.2', '127.0.0.3'];
        const clients: NetClient[] = [];
        for (const address of addresses) clients.push(await NetClient.connect(port, address));
        await until('two refused', () => Object.keys(fixture.info().rejected).length === 2);
        assert.deepEqual(fixture.info().rejected, {
          too_many_of_address: 1,
          too_many_connections: 1,
        });
        for (const client of clients) client.close();
        await until('all gone', () => fixture.info().connections === 0);
        const again = await NetClient.connect(port);
        again.send('ACK\nhello\n');
        await again.untilText('OK 1\n');
        again.close();
      },
    ),
  );

  it(
    'cuts off who begins a message and does not end it',
    withInput('{ type: lines, port: 0, limits: { partial: 5s } }', async (fixture) => {
      const client = await NetClient.connect(fixture.info().port);
      client.send('half a line');
      await until('it was read', () => fixture.info().bytes === 11);
      fixture.clock.advance(4_000);
      client.send('!');
      await until('it was read', () => fixture.info().bytes === 12);
      assert.equal(client.isClosed, false);
      fixture.clock.advance(3_000);
      await client.closed();
      assert.deepEqual(fixture.info().rejected, { slow_sender: 1 });
    }),
  );

  it(
    'leaves who completes messages and who is silent between them, until the idle limit',
    withInput('{ type: lines, port: 0, limits: { partial: 5s, idle: 60s } }', async (fixture) => {
      const client = await NetClient.connect(fixture.info().port);
      client.send('whole\n');
      await until('it was taken', () => fixture.info().accepted === 1);
      fixture.clock.advance(50_000);
      client.send('another\n');
      await until('it was taken', () => fixture.info().accepted === 2);
      fixture.clock.advance(61_000);
      await client.closed();
      assert.deepEqual(fixture.info().rejected, { idle: 1 });
    }),
  );

  it(
    'cuts off who does not say who it is',
    withInput('{ type: forward, port: 0, shared_key: hush }', async (fixture) => {
      const client = await NetClient.connect(fixture.info().port);
      await client.until((received) => received.length > 10);
      fixture.clock.advance(12_000);
      await client.closed();
      assert.deepEqual(fixture.info().rejected, { slow_admission: 1 });
    }),
  );

  it(
    'cuts off who holds most when incomplete messages take too much memory',
    withInput('{ type: forward, port: 0, limits: { held_bytes: 100000 } }', async (fixture) => {
      const { port } = fixture.info();
      const large = await NetClient.connect(port);
      const small = await NetClient.connect(port);
      const message = packedMode('t', [entry(1, { log: 'x'.repeat(300_000) })], { chunk: 'big' });
      large.send(message.subarray(0, 200_000));
      const little = packedMode('t', [entry(1, { log: 'y' })], { chunk: 'little' });
      small.send(little.subarray(0, 20));
      await until('both were read', () => fixture.info().bytes === 200_020);
      fixture.clock.advance(1_000);
      await large.closed();
      small.send(little.subarray(20));
      await small.untilText('little');
      small.close();
      assert.deepEqual(fixture.info().rejected, { memory: 1 });
    }),
  );

  it(
    'slows down who sends too fast',
    withInput('{ type: lines, port: 0, limits: { records_per_second: 10 } }', async (fixture) => {
      const client = await NetClient.connect(fixture.info().port);
      client.send('ACK\n');
      client.send('line\n'.repeat(10));
      await client.untilText('OK 10\n');
      client.send('line\n'.repeat(10));
      await until('it was read', () => fixture.info().bytes === 104);
      assert.equal(fixture.sink.messages.length, 10);
      fixture.clock.advance(1_000);
      await client.untilText('OK 20\n');
      client.close();
    }),
  );
});

describe('a busy site', (it) => {
  it(
    'holds a sender back until relief, and loses nothing',
    withInput(LINES, async (fixture) => {
      fixture.sink.failure = BUSY;
      const client = await NetClient.connect(fixture.info().port);
      client.send('ACK\none\n');
      await until('it waits', () => fixture.info().waits === 1);
      client.send('two\n');
      fixture.clock.advance(50);
      await until('it tried again', () => fixture.info().waits === 2);
      assert.equal(client.received.length, 0);
      fixture.sink.failure = undefined;
      fixture.relieve();
      await client.untilText('OK 2\n');
      client.close();
      assert.deepEqual(fixture.sink.messages, ['one', 'two']);
    }),
  );

  it(
    'does not confirm what a failed journal may have lost',
    withInput('{ type: lumberjack, port: 0 }', async (fixture) => {
      fixture.sink.failure = new WatchkeeperError('JOURNAL_FAILED', 'It failed.');
      const client = await NetClient.connect(fixture.info().port);
      client.send(Buffer.concat([windowFrame(1), jsonFrame(1, { message: 'x' })]));
      await client.closed();
      assert.equal(client.received.length, 0);
      assert.deepEqual(fixture.info().rejected, { failed: 1 });
    }),
  );

  it(
    'keeps a waiting Lumberjack sender alive, and confirms only after durability',
    withInput('{ type: lumberjack, port: 0 }', async (fixture) => {
      fixture.sink.isHeld = true;
      const client = await NetClient.connect(fixture.info().port);
      client.send(Buffer.concat([windowFrame(1), jsonFrame(1, { message: 'x' })]));
      await until('it is being taken in', () => fixture.sink.tries === 1);
      fixture.clock.advance(4_000);
      await client.untilText(ack(0));
      assert.equal(client.received.toString('latin1'), ack(0));
      fixture.sink.release();
      await client.untilText(ack(1));
      client.close();
    }),
  );

  it(
    'lets no held connection keep another from its turn',
    withInput(LINES, async (fixture) => {
      const { port } = fixture.info();
      fixture.sink.isHeld = true;
      const stuck = await NetClient.connect(port);
      stuck.send('x\n'.repeat(30_000));
      const trickling = await NetClient.connect(port);
      trickling.send('never ends');
      await until('it is being taken in', () => fixture.sink.tries > 0);
      fixture.sink.isHeld = false;
      for (let count = 1; count <= 3; count += 1) {
        const client = await NetClient.connect(port);
        client.send('ACK\nhealthy\n');
        await client.untilText('OK 1\n');
        client.close();
      }
      assert.equal(fixture.sink.messages.filter((text) => text === 'healthy').length, 3);
      stuck.close();
      trickling.close();
    }),
  );

  it('finishes what was read when it stops, and confirms it', async () => {
    const fixture = await InputFixture.start(`inputs:\n  - ${LINES}\n`);
    fixture.sink.isHeld = true;
    const client = await NetClient.connect(fixture.info().port);
    client.send('ACK\none\n');
    await until('it is being taken in', () => fixture.sink.tries === 1);
    const stopping = fixture.inputs.stop();
    fixture.sink.release();
    await stopping;
    await client.closed();
    assert.equal(client.received.toString(), 'OK 1\n');
    await assert.rejects(NetClient.connect(fixture.info().port));
  });

  it('gives up after 2 s what does not become durable, unconfirmed', async () => {
    const fixture = await InputFixture.start(`inputs:\n  - ${LINES}\n`);
    fixture.sink.isHeld = true;
    const client = await NetClient.connect(fixture.info().port);
    client.send('ACK\none\n');
    await until('it is being taken in', () => fixture.sink.tries === 1);
    const stopping = fixture.inputs.stop();
    fixture.clock.advance(2_000);
    await stopping;
    await client.closed();
    assert.equal(client.received.length, 0);
    fixture.sink.release();
  });
});

describe('syslog over UDP', (it) => {
  it(
    'drops and counts what does not fit the queue, and nothing else',
    withInput('{ type: syslog-udp, port: 0, limits: { queue_datagrams: 10 } }', async (fixture) => {
      fixture.sink.isHeld = true;
      const socket = createSocket('udp4');
      const send = (text: string): Promise<void> =>
        new Promise((resolve) => {
          socket.send(text, fixture.info().port, '127.0.0.1', () => resolve());
        });
      await send('<14>Oct 11 22:14:15 h app: first\n');
      await until('it is being taken in', () => fixture.sink.tries === 1);
      for (let index = 0; index < 15; index += 1)
        await send(`<14>Oct 11 22:14:15 h app: n${index}`);
      await until('the queue is full', () => fixture.info().dropped === 5);
      fixture.sink.isHeld = false;
      fixture.sink.release();
      await until('the others are taken', () => fixture.info().accepted === 11);
      assert.deepEqual(fixture.sink.messages.slice(0, 3), ['first', 'n0', 'n1']);
      assert.deepEqual(fixture.info().rejected, { queue_full: 5 });
      assert.equal(fixture.info().unacked, 11);
      socket.close();
    }),
  );

  it(
    'counts what a failed journal lost',
    withInput('{ type: syslog-udp, port: 0 }', async (fixture) => {
      fixture.sink.failure = new WatchkeeperError('JOURNAL_FAILED', 'It failed.');
      const socket = createSocket('udp4');
      socket.send('<14>one', fixture.info().port, '127.0.0.1');
      await until('it is counted', () => fixture.info().dropped === 1);
      assert.deepEqual(fixture.info().rejected, { not_durable: 1 });
      socket.close();
    }),
  );
});
