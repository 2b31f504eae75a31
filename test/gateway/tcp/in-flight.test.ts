import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InFlight } from '../../../src/gateway/tcp/in-flight.ts';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { until } from '../../support/nats-server.ts';
import { describe } from '../../support/suite.ts';
import { entry, packedMode } from '../../wire/inputs/forward/messages.ts';
import { ack, jsonFrame, windowFrame } from '../../wire/inputs/lumberjack/frames.ts';
import { InputFixture } from './input-fixture.ts';
import { NetClient } from './net-client.ts';

const FORWARD = 'inputs:\n  - { type: forward, port: 0 }\n';
const LUMBERJACK = 'inputs:\n  - { type: lumberjack, port: 0 }\n';
const FAILED = new WatchkeeperError('JOURNAL_FAILED', 'It failed.');

/** Messages of one record each, as loggers without a buffer send them. */
function messages(from: number, count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      packedMode('t', [entry(1, { log: `n${from + index}` })], { chunk: name(from + index) }),
    ),
  );
}

const name = (index: number): string => `c${String(index).padStart(3, '0')}`;
/** The chunks that were confirmed, in order. */
const confirmed = (client: NetClient): readonly string[] =>
  client.received.toString('latin1').match(/c\d{3}/g) ?? [];
const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => name(index));

async function heldInput(yaml: string): Promise<[InputFixture, NetClient]> {
  const fixture = await InputFixture.start(yaml);
  fixture.sink.isHeld = true;
  return [fixture, await NetClient.connect(fixture.info().port)];
}

describe('messages of one connection', (it) => {
  it('become durable together, 64 at a time, and are confirmed in order', async () => {
    const [fixture, client] = await heldInput(FORWARD);
    client.send(messages(0, 100));
    await until('as many as may be are on their way', () => fixture.sink.tries === 64);
    assert.equal(client.received.length, 0);
    assert.equal(fixture.info().accepted, 0);
    // Later ones being durable confirms nothing while the first is not.
    for (let index = 63; index > 0; index -= 1) fixture.sink.settle(index);
    await until('they are durable', () => fixture.info().accepted === 63);
    assert.equal(client.received.length, 0);
    assert.equal(fixture.sink.tries, 64);
    fixture.sink.settle(0);
    await until('the rest is on its way', () => fixture.sink.tries === 100);
    await client.untilText(name(63));
    assert.deepEqual(confirmed(client), names(64));
    fixture.sink.release();
    await client.untilText(name(99));
    assert.deepEqual(confirmed(client), names(100));
    client.close();
    await fixture.stop();
  });

  it('are on their way with 1 MiB at most', async () => {
    const [fixture, client] = await heldInput(FORWARD);
    fixture.sink.bytes = 400_000;
    client.send(messages(0, 10));
    await until('three are on their way', () => fixture.sink.tries === 3);
    fixture.sink.settle(0);
    await until('one more is', () => fixture.sink.tries === 4);
    await client.untilText(name(0));
    assert.deepEqual(confirmed(client), names(1));
    assert.equal(fixture.sink.tries, 4);
    client.close();
    await fixture.stop();
  });

  it('are confirmed up to the first that does not become durable, and no further', async () => {
    const [fixture, client] = await heldInput(FORWARD);
    client.send(messages(0, 5));
    await until('all are on their way', () => fixture.sink.tries === 5);
    fixture.sink.settle(2, FAILED);
    fixture.sink.release();
    await client.closed();
    assert.deepEqual(confirmed(client), names(2));
    assert.deepEqual(fixture.info().rejected, { failed: 1 });
    await fixture.stop();
  });

  it('are confirmed before a message behind them that is malformed ends the connection', async () => {
    const [fixture, client] = await heldInput(FORWARD);
    client.send(Buffer.concat([messages(0, 3), Buffer.of(0xc1)]));
    await until('all are on their way', () => fixture.sink.tries === 3);
    assert.equal(client.isClosed, false);
    fixture.sink.release();
    await client.closed();
    assert.deepEqual(confirmed(client), names(3));
    assert.deepEqual(fixture.info().rejected, { malformed: 1 });
    assert.equal(fixture.letters.length, 1);
    await fixture.stop();
  });

  it('are finished and confirmed when their sender ends, or the site stops', async () => {
    const [fixture, client] = await heldInput(FORWARD);
    client.socket.end(messages(0, 3));
    await until('all are on their way', () => fixture.sink.tries === 3);
    const other = await NetClient.connect(fixture.info().port);
    other.send(messages(3, 2));
    await until('these are too', () => fixture.sink.tries === 5);
    const stopping = fixture.inputs.stop();
    fixture.sink.release();
    await stopping;
    await client.closed();
    await other.closed();
    assert.deepEqual(confirmed(client), names(3));
    assert.deepEqual(confirmed(other), [name(3), name(4)]);
  });

  it('keep a waiting sender alive without confirming what another window made durable', async () => {
    const [fixture, client] = await heldInput(LUMBERJACK);
    client.send(Buffer.concat([windowFrame(2), jsonFrame(1, {}), jsonFrame(2, {})]));
    client.send(Buffer.concat([windowFrame(2), jsonFrame(1, {}), jsonFrame(2, {})]));
    await until('both windows are on their way', () => fixture.sink.tries === 2);
    fixture.sink.settle(0);
    await client.untilText(ack(2));
    fixture.clock.advance(4_000);
    await client.untilText(ack(2) + ack(0));
    fixture.sink.release();
    await client.untilText(ack(2) + ack(0) + ack(2));
    client.close();
    await fixture.stop();
  });
});

describe('what is in flight', (it) => {
  it('is acted upon in order, whatever becomes durable first, up to a failure', async () => {
    const steps = fc.array(fc.record({ isBatch: fc.boolean(), rank: fc.nat(30) }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.option(fc.nat(29), { nil: undefined }), async (all, failing) => {
        let failures = 0;
        const inFlight = new InFlight(() => (failures += 1));
        const done: number[] = [];
        const settle: { readonly rank: number; run(): void }[] = [];
        for (const [index, { isBatch, rank }] of all.entries()) {
          if (isBatch) {
            const durable = new Promise<void>((resolve, reject) => {
              const run = (): void => {
                if (index === failing) reject(FAILED);
                else resolve();
              };
              settle.push({ rank, run });
            });
            inFlight.add(1, durable);
          } else inFlight.after(() => done.push(index));
        }
        for (const { run } of settle.sort((one, other) => one.rank - other.rank)) run();
        const fails = failing !== undefined && all[failing]?.isBatch === true;
        await inFlight.settled().then(
          () => assert.equal(fails, false),
          (error: unknown) => assert.equal(error, FAILED),
        );
        const last = fails ? failing : all.length;
        const expected = [...all.keys()].filter((index) => index < last && !all[index]?.isBatch);
        assert.deepEqual(done, expected);
        assert.equal(failures, fails ? 1 : 0);
        if (fails) await assert.rejects(inFlight.room(), FAILED);
      }),
      { numRuns: 300 },
    );
  });
});
