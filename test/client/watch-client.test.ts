import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { nodeCrypto } from '../../src/client/node-crypto.ts';
import { memoryStorage } from '../../src/client/ports.ts';
import { WatchClient } from '../../src/client/watch-client.ts';
import type { WatchOptions } from '../../src/client/watch-options.ts';
import type { FrameClass } from '../../src/model/frame.ts';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import { FRAME } from '../../src/wire/frame.ts';
import { describe } from '../support/suite.ts';
import { FakeGateway } from './fake-gateway.ts';

const identity = generateDeviceKey();

function setUp(options: Partial<WatchOptions> = {}) {
  const clock = new SimulatedClock();
  const gateway = new FakeGateway(clock, identity.publicKey);
  const states: string[] = [];
  const client = new WatchClient(
    {
      device: 'watch-1',
      crypto: nodeCrypto(identity.privateKey),
      clock,
      random: () => 0.5,
      onState: (state) => states.push(state),
      ...options,
    },
    gateway.transport,
  );
  return { clock, gateway, client, states };
}

/** Lets everything that was promised happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function run(clock: SimulatedClock, ms: number, step = 5): Promise<void> {
  await settle();
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(step);
    await settle();
  }
}

const records = (...numbers: number[]) => numbers.map((n) => ({ n, timestamp: 1_000 + n }));
const numbers = (gateway: FakeGateway): number[] =>
  gateway.received.flatMap((each) => each.records.map(({ n }) => n));

describe('watch client', (it) => {
  it('delivers records in order, each lane numbered from 1, and forgets them when acked', async () => {
    const { clock, gateway, client, states } = setUp();
    client.send(records(1, 2), 2);
    client.send(records(3), 0);
    client.start();
    const flushed = client.flush();
    await run(clock, 100);
    await flushed;
    assert.deepEqual(
      gateway.received.map(({ epoch, lane, seq, records: got }) => [epoch, lane, seq, got.length]),
      [
        [1, 0, 1, 1],
        [1, 1, 1, 2],
      ],
    );
    assert.equal(client.buffered, 0);
    assert.deepEqual(states, ['connecting', 'greeting', 'ready']);
    assert.equal(client.clockOffsetMs > 4_900, true);
    const { ackedFrames, ackedRecords, resentFrames, connections } = client.counters;
    assert.deepEqual([ackedFrames, ackedRecords, resentFrames, connections], [2, 3, 0, 1]);
    await client.stop();
  });

  it('does not let an alarm wait behind a backlog', async () => {
    const { clock, gateway, client } = setUp({ maxFramesInFlight: 4 });
    client.start();
    for (let n = 0; n < 50; n += 1) client.send(records(n), 3);
    await run(clock, 20);
    client.send(records(999), 0);
    await run(clock, 15);
    assert.equal(numbers(gateway).includes(999), true);
    assert.equal(numbers(gateway).length < 50, true);
    await client.stop();
  });

  it('resumes behind what the site has, and sends the same bytes again', async () => {
    const { clock, gateway, client } = setUp();
    client.start();
    await run(clock, 30);
    gateway.commit = () => undefined;
    for (let n = 1; n <= 5; n += 1) client.send(records(n), 1);
    await run(clock, 30);
    assert.equal(gateway.received.length, 5);
    gateway.watches.get('watch-1')!.durable[0] = 2;
    gateway.commit = () => 1;
    gateway.cutAll();
    const flushed = client.flush();
    await run(clock, 3_000, 50);
    await flushed;
    assert.deepEqual(numbers(gateway), [1, 2, 3, 4, 5]);
    assert.equal(gateway.duplicates, 3);
    assert.equal(client.counters.resentFrames, 3);
    assert.equal(client.epoch, 1);
    assert.deepEqual(gateway.hellos.at(-1)?.acked, [0, 0]);
    await client.stop();
  });

  it('waits longer after each failed attempt, 1 to 60 s, and afresh after a welcome', async () => {
    const { clock, gateway, client, states } = setUp();
    const starts: number[] = [];
    let isDown = true;
    const { transport } = gateway;
    const flaky = new WatchClient(
      { device: 'w', crypto: nodeCrypto(identity.privateKey), clock, random: () => 0.5 },
      {
        connect(events) {
          starts.push(clock.monotonic());
          if (!isDown) return transport.connect(events);
          events.closed(1006, '');
          return { send: () => undefined, close: () => undefined };
        },
      },
    );
    flaky.start();
    await run(clock, 300_000, 500);
    const waits = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    assert.deepEqual(waits.slice(0, 7), [1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000]);
    isDown = false;
    await run(clock, 60_000, 500);
    assert.equal(flaky.state, 'ready');
    const before = clock.monotonic();
    gateway.cutAll();
    await run(clock, 1_500, 100);
    assert.equal((starts.at(-1) ?? 0) - before <= 1_500, true);
    assert.deepEqual(states, []);
    await flaky.stop();
    await client.stop();
  });

  it('keeps to the credits of each class, and goes on when it gets more', async () => {
    const { clock, gateway, client } = setUp();
    gateway.credits = [8, 8, 2, 0];
    gateway.commit = () => undefined;
    client.start();
    for (let n = 0; n < 5; n += 1) {
      client.send(records(n), 2);
      client.send(records(100 + n), 3);
    }
    await run(clock, 50);
    assert.deepEqual(numbers(gateway), [0, 1]);
    gateway.tell(FRAME.flow, { credits: [8, 8, 4, 1] });
    await run(clock, 50);
    assert.deepEqual(numbers(gateway), [0, 1, 2, 3, 100]);
    await client.stop();
  });

  it('drops the lowest class first when full, and tells the site how many and from when', async () => {
    const { clock, gateway, client } = setUp({ buffer: { maxBatches: 4 } });
    client.send(records(1), 3);
    client.send(records(2), 1);
    client.send(records(3, 4), 3);
    client.send(records(5), 2);
    client.send(records(6), 0);
    client.send(records(7), 1);
    client.send(records(8), 1);
    assert.deepEqual(client.counters.droppedRecords, [0, 0, 1, 3 - 0]);
    client.start();
    const flushed = client.flush();
    await run(clock, 200);
    await flushed;
    assert.deepEqual(numbers(gateway), [6, 2, 7, 8]);
    const gaps = gateway.received.flatMap(({ gap }) => gap ?? []);
    assert.deepEqual(gaps, [{ dropped: [0, 0, 1, 3], from: 1_001, to: 1_005 }]);
    await client.stop();
  });

  it('never drops what was sent once, however full it is', async () => {
    const { clock, gateway, client } = setUp({ buffer: { maxBatches: 3 } });
    gateway.commit = () => undefined;
    client.start();
    await run(clock, 30);
    client.send(records(1), 3);
    client.send(records(2), 3);
    client.send(records(3), 3);
    await run(clock, 30);
    client.send(records(4), 0);
    assert.deepEqual(client.counters.droppedRecords, [1, 0, 0, 0]);
    assert.equal(client.buffered, 3);
    await client.stop();
  });

  it('opens the next epoch with the site’s new key once everything is acked, on the same connection', async () => {
    const { clock, gateway, client } = setUp();
    client.start();
    client.send(records(1), 1);
    await run(clock, 100);
    const key = gateway.addKey();
    gateway.tell(FRAME.key, {
      key_id: key.id,
      public_key: key.publicKey,
      not_before: Math.floor(clock.now()) + 5_000 + 10_000,
    });
    await run(clock, 9_000, 500);
    assert.equal(client.epoch, 1);
    client.send(records(2), 1);
    await run(clock, 60_000, 500);
    assert.equal(client.epoch, 2);
    client.send(records(3), 1);
    const flushed = client.flush();
    await run(clock, 100);
    await flushed;
    assert.deepEqual(
      gateway.received.map(({ epoch, seq }) => [epoch, seq]),
      [
        [1, 1],
        [1, 2],
        [2, 1],
      ],
    );
    assert.equal(gateway.hellos.at(-1)?.key_id, key.id);
    assert.equal(client.counters.connections, 1);
    await client.stop();
  });

  it('opens the next epoch at once when the site does not know its key any more', async () => {
    const { clock, gateway, client } = setUp();
    gateway.commit = () => undefined;
    client.start();
    client.send(records(1, 2), 1);
    await run(clock, 50);
    assert.equal(client.epoch, 1);
    gateway.keys.clear();
    gateway.addKey();
    gateway.commit = () => 1;
    gateway.cutAll();
    const flushed = client.flush();
    await run(clock, 5_000, 50);
    await flushed;
    assert.equal(client.epoch, 2);
    assert.deepEqual(
      gateway.received.map(({ epoch, seq }) => [epoch, seq]),
      [
        [1, 1],
        [2, 1],
      ],
    );
    await client.stop();
  });

  it('takes an epoch above all that the site has seen when its own storage was lost', async () => {
    const { clock, gateway, client } = setUp({ storage: memoryStorage({ epoch: 41 }) });
    client.start();
    client.send(records(1), 1);
    await run(clock, 50);
    await client.stop();
    assert.equal(client.epoch, 42);
    const reset = new WatchClient(
      { device: 'watch-1', crypto: nodeCrypto(identity.privateKey), clock, random: () => 0 },
      gateway.transport,
    );
    reset.start();
    reset.send(records(2), 1);
    const flushed = reset.flush();
    await run(clock, 3_000, 50);
    await flushed;
    assert.equal(reset.epoch, 43);
    assert.deepEqual(numbers(gateway), [1, 2]);
    await reset.stop();
  });

  it('opens the next epoch when the site acks numbers that were never given, or lost what it acked', async () => {
    for (const acked of [
      [9, 0],
      [0, 0],
    ] as const) {
      const { clock, gateway, client } = setUp();
      client.start();
      client.send(records(1), 1);
      await run(clock, 50);
      const watch = gateway.watches.get('watch-1')!;
      watch.durable.splice(0, 2, ...acked);
      watch.seq.splice(0, 2, ...acked);
      gateway.cutAll();
      client.send(records(2), 1);
      const flushed = client.flush();
      await run(clock, 5_000, 50);
      await flushed;
      assert.equal(client.epoch, 2);
      assert.deepEqual(numbers(gateway), [1, 2]);
      await client.stop();
    }
  });

  it('stores the epoch before it uses it', async () => {
    const saved: number[] = [];
    let allow = (): void => undefined;
    const { clock, gateway, client } = setUp({
      storage: {
        load: () => ({ epoch: 6 }),
        save({ epoch }) {
          saved.push(epoch);
          return new Promise((resolve) => {
            allow = resolve;
          });
        },
      },
    });
    client.start();
    await run(clock, 50);
    assert.deepEqual(saved, [7]);
    assert.equal(gateway.hellos.length, 0);
    allow();
    await run(clock, 50);
    assert.equal(gateway.hellos[0]?.epoch, 7);
    await client.stop();
  });

  it('sends again from the expected frame after a gap nack, and only once for its echoes', async () => {
    const { clock, gateway, client } = setUp();
    let isRefusing = true;
    gateway.refuses = ({ header: { lane, seq } }) =>
      isRefusing && seq === 2
        ? { code: 'CREDITS', lane, seq, expected: 2, retry_after_ms: 300, message: '' }
        : undefined;
    client.start();
    for (let n = 1; n <= 6; n += 1) client.send(records(n), 2);
    await run(clock, 200);
    assert.deepEqual(numbers(gateway), [1]);
    isRefusing = false;
    assert.equal(gateway.frames, 6);
    const flushed = client.flush();
    await run(clock, 500);
    await flushed;
    assert.deepEqual(numbers(gateway), [1, 2, 3, 4, 5, 6]);
    assert.equal(gateway.frames, 11);
    await client.stop();
  });

  it('goes back once for the gap nacks of all frames that were on their way', async () => {
    const { clock, gateway, client } = setUp();
    let echoes = 5;
    let delay = 5;
    // Each message takes longer than the one before, so that nacks come one by one.
    gateway.latency = () => (delay += 10);
    gateway.refuses = ({ header: { lane, seq } }) => {
      if (seq < 2 || echoes === 0) return undefined;
      echoes -= 1;
      return { code: 'GAP', lane, seq, expected: 2, message: '' };
    };
    client.start();
    for (let n = 1; n <= 6; n += 1) client.send(records(n), 2);
    const flushed = client.flush();
    await run(clock, 3_000);
    await flushed;
    assert.deepEqual(numbers(gateway), [1, 2, 3, 4, 5, 6]);
    assert.equal(gateway.frames, 11);
    await client.stop();
  });

  it('opens the next epoch when a gap nack asks for what it cannot have', async () => {
    for (const expected of [1, 40]) {
      const { clock, gateway, client } = setUp();
      client.start();
      client.send(records(1), 1);
      await run(clock, 50);
      gateway.refuses = ({ header: { epoch, lane, seq } }) =>
        epoch === 1 ? { code: 'GAP', lane, seq, expected, message: '' } : undefined;
      client.send(records(2), 1);
      const flushed = client.flush();
      await run(clock, 3_000, 20);
      await flushed;
      assert.equal(client.epoch, 2);
      assert.deepEqual(numbers(gateway), [1, 2]);
      await client.stop();
    }
  });

  it('changes its key although records keep coming, and seals none of them twice', async () => {
    const { clock, gateway, client } = setUp();
    // Longer than between two records: without a pause something is always unacked.
    gateway.commit = () => 60;
    client.start();
    await run(clock, 50);
    const key = gateway.addKey();
    gateway.tell(FRAME.key, { key_id: key.id, public_key: key.publicKey, not_before: 0 });
    for (let n = 0; n < 4_000 && client.epoch === 1; n += 1) {
      client.send(records(n), 1);
      await run(clock, 20, 10);
    }
    assert.equal(client.epoch, 2);
    const flushed = client.flush();
    await run(clock, 200);
    await flushed;
    const got = numbers(gateway);
    assert.deepEqual(
      got,
      got.map((_, n) => n),
    );
    await client.stop();
  });

  it('leaves out a frame that the site will never take, and reports it', async () => {
    const { clock, gateway, client } = setUp();
    gateway.refuses = ({ header: { epoch, lane, seq } }) =>
      epoch === 1 && seq === 2 ? { code: 'SIZE', lane, seq, message: '' } : undefined;
    client.start();
    gateway.commit = () => 1;
    client.send(records(1), 1);
    await run(clock, 50);
    client.send(records(2), 1);
    client.send(records(3), 1);
    const flushed = client.flush();
    await run(clock, 3_000, 20);
    await flushed;
    assert.deepEqual(numbers(gateway), [1, 3]);
    assert.deepEqual(
      gateway.received.flatMap(({ gap }) => gap ?? []),
      [{ dropped: [0, 1, 0, 0], from: 1_002, to: 1_002 }],
    );
    await client.stop();
  });

  it('stops for good when it was revoked, and says so', async () => {
    const { clock, gateway, client } = setUp();
    client.start();
    gateway.commit = () => undefined;
    client.send(records(1), 1);
    await run(clock, 50);
    const flushed = client.flush();
    gateway.cutAll(4403);
    await assert.rejects(flushed, (e) => isWatchkeeperError(e, 'DEVICE_REVOKED'));
    await run(clock, 200_000, 1_000);
    assert.equal(client.state, 'refused');
    assert.equal(gateway.online, 0);
    await assert.rejects(client.flush(), (e) => isWatchkeeperError(e, 'DEVICE_REVOKED'));
    await client.stop();
  });

  it('comes back no sooner than bye asks', async () => {
    const { clock, gateway, client } = setUp();
    client.start();
    await run(clock, 50);
    gateway.tell(FRAME.bye, { code: 1012, resume_after_ms: 20_000, reason: 'restart' });
    await run(clock, 19_000, 100);
    assert.equal(client.state, 'waiting');
    await run(clock, 12_000, 100);
    assert.equal(client.state, 'ready');
    await client.stop();
  });

  it('gives up a connection on which nothing is answered, but not an idle one', async () => {
    const { clock, gateway, client } = setUp();
    client.start();
    await run(clock, 120_000, 1_000);
    assert.equal(client.counters.connections, 1);
    gateway.isMute = true;
    client.send(records(1), 1);
    await run(clock, 29_000, 500);
    assert.equal(client.state, 'ready');
    await run(clock, 2_000, 100);
    assert.equal(client.state === 'ready', false);
    gateway.isMute = false;
    const flushed = client.flush();
    await run(clock, 40_000, 100);
    await flushed;
    assert.deepEqual(numbers(gateway), [1]);
    await client.stop();
  });

  it('seals only to a key that it was told to trust', async () => {
    const { clock, gateway, client } = setUp({ siteKeys: [new Uint8Array(32).fill(1)] });
    client.start();
    await run(clock, 1_000, 50);
    assert.equal(gateway.hellos.length, 0);
    await client.stop();
    const other = setUp({ site: 'elsewhere' });
    other.client.start();
    await run(other.clock, 1_000, 50);
    assert.equal(other.gateway.hellos.length, 0);
    await other.client.stop();
    const pinned = setUp();
    const trusting = new WatchClient(
      {
        device: 'watch-1',
        crypto: nodeCrypto(identity.privateKey),
        clock: pinned.clock,
        siteKeys: [pinned.gateway.current.publicKey],
        site: 'local',
      },
      pinned.gateway.transport,
    );
    trusting.start();
    await run(pinned.clock, 50);
    assert.equal(trusting.state, 'ready');
    await trusting.stop();
  });

  it('refuses a key whose id does not follow from it', async () => {
    const { clock, gateway, client } = setUp();
    gateway.current = { ...gateway.current, id: '0'.repeat(32) };
    client.start();
    await run(clock, 500, 50);
    assert.equal(gateway.hellos.length, 0);
    await client.stop();
  });

  it('tells how the watch is and what it still holds', async () => {
    const { clock, gateway, client } = setUp();
    const vital = { battery: 71.5, worn: true, charging: false };
    assert.equal(client.beat(vital), false);
    gateway.credits = [0, 0, 0, 0];
    client.start();
    client.send(records(7), 2);
    await run(clock, 50);
    assert.equal(client.beat(vital), true);
    await run(clock, 50);
    assert.deepEqual(gateway.beats, [{ ...vital, buffered: 1, oldest: 1_007 }]);
    await client.stop();
  });

  it('passes notes on and answers commands', async () => {
    const notes: string[] = [];
    const { clock, gateway, client } = setUp({
      onNote: ({ reason }) => notes.push(reason),
      onCommand: ({ verb }) => {
        if (verb === 'fail') throw new Error('secret');
        return { verb };
      },
    });
    client.start();
    await run(clock, 50);
    gateway.tell(FRAME.note, { frame: 'watch-1/1/0/1', reason: 'not msgpack' });
    gateway.tell(FRAME.cmd, { id: 'a', verb: 'ping', arguments: {} });
    gateway.tell(FRAME.cmd, { id: 'b', verb: 'fail', arguments: {} });
    await run(clock, 50);
    assert.deepEqual(notes, ['not msgpack']);
    assert.deepEqual(gateway.answers, [
      { id: 'a', ok: true, result: { verb: 'ping' } },
      { id: 'b', ok: false, result: 'failed' },
    ]);
    await client.stop();
  });

  it('answers commands without a handler as unsupported', async () => {
    const { clock, gateway, client } = setUp();
    client.start();
    await run(clock, 50);
    gateway.tell(FRAME.cmd, { id: 'a', verb: 'ping', arguments: {} });
    await run(clock, 50);
    assert.deepEqual(gateway.answers, [{ id: 'a', ok: false, result: 'unsupported' }]);
    await client.stop();
  });

  it('counts what it cannot read, and connects again', async () => {
    const bad = [
      Uint8Array.of(1, 2, 3),
      new Uint8Array(100),
      Uint8Array.of(1, FRAME.ack, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xc1),
    ];
    const { clock, gateway, client } = setUp();
    client.start();
    for (const bytes of bad) {
      await run(clock, 5_000, 50);
      assert.equal(client.state, 'ready');
      gateway.tellBytes(bytes);
      await run(clock, 50);
      assert.equal(client.state, 'waiting');
    }
    assert.equal(client.counters.badMessages, bad.length);
    await client.stop();
  });

  it('ignores acks of numbers that it never gave', async () => {
    const { clock, gateway, client } = setUp();
    client.start();
    await run(clock, 50);
    gateway.commit = () => undefined;
    client.send(records(1), 1);
    await run(clock, 50);
    gateway.tell(FRAME.ack, { acks: [[0, 100]] });
    await run(clock, 50);
    assert.equal(client.buffered, 1);
    gateway.tell(FRAME.ack, { acks: [[0, 1]], shed: [[0, 1]] });
    await run(clock, 50);
    assert.equal(client.buffered, 0);
    assert.equal(client.counters.shedFrames, 1);
    await client.stop();
  });

  it('can be stopped from its own listener in any state', async () => {
    for (const state of ['connecting', 'greeting', 'ready', 'waiting']) {
      const { clock, gateway, client } = setUp({
        onState: (now) => {
          if (now === state) void client.stop();
        },
      });
      client.start();
      await run(clock, 100);
      gateway.cutAll();
      await run(clock, 10_000, 500);
      assert.equal(client.state, 'stopped', state);
      assert.equal(gateway.online, 0);
    }
  });

  it('rejects what waits when it is stopped, and stays stopped', async () => {
    const { clock, gateway, client } = setUp();
    client.send(records(1), 1);
    const flushed = client.flush();
    await client.stop();
    client.start();
    await client.stop();
    await client.stop();
    await assert.rejects(flushed, (e) => isWatchkeeperError(e, 'SHUTTING_DOWN'));
    await run(clock, 100_000, 1_000);
    assert.equal(gateway.hellos.length, 0);
    assert.equal(client.state, 'stopped');
  });

  it('delivers every record once by (epoch, lane, seq) through random cuts, losses and refusals', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const random = new Random(seed);
        const roll = (): number => random.unit();
        const { clock, gateway, client } = setUp({
          random: roll,
          maxFramesInFlight: 8,
          timeoutMs: 1_000,
        });
        gateway.latency = () => 1 + Math.floor(roll() * 40);
        gateway.cuts = () => roll() < 0.05;
        gateway.commit = () => (roll() < 0.1 ? undefined : Math.floor(roll() * 60));
        gateway.refuses = ({ header: { lane, seq } }) =>
          roll() < 0.05 ? { code: 'BUSY', lane, seq, retry_after_ms: 50, message: '' } : undefined;
        client.start();
        for (let n = 0; n < 60; n += 1) {
          client.send(records(n), Math.floor(roll() * 4) as FrameClass);
          if (n % 5 === 0) await run(clock, 100, 20);
        }
        let isFlushed = false;
        const flushed = client.flush().then(() => {
          isFlushed = true;
        });
        for (let turn = 0; !isFlushed && turn < 3_000; turn += 1) await run(clock, 200, 40);
        assert.ok(isFlushed, 'Not everything was delivered in time.');
        await flushed;
        check(gateway);
        assert.equal(client.counters.ackedRecords, 60);
        assert.equal(client.buffered, 0);
        await client.stop();
      }),
      { numRuns: 40 },
    );
  });
});

/** Every number once, each (epoch, lane, seq) once, contiguous from 1. */
function check(gateway: FakeGateway): void {
  const got = numbers(gateway).sort((a, b) => a - b);
  assert.deepEqual(
    got,
    Array.from({ length: 60 }, (_, n) => n),
  );
  const next = new Map<string, number>();
  for (const { epoch, lane, seq } of gateway.received) {
    const expected = (next.get(`${epoch}/${lane}`) ?? 0) + 1;
    assert.equal(seq, expected);
    next.set(`${epoch}/${lane}`, seq);
  }
}
