import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FileBuffer } from '../../src/client/file-buffer.ts';
import { writeAll } from '../../src/client/file-segment.ts';
import { memoryBuffer } from '../../src/client/memory-buffer.ts';
import { nodeCrypto } from '../../src/client/node-crypto.ts';
import { WatchClient } from '../../src/client/watch-client.ts';
import type { WatchOptions } from '../../src/client/watch-options.ts';
import { webCrypto } from '../../src/client/web-crypto.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import type { FrameClass } from '../../src/model/frame.ts';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import { describe } from '../support/suite.ts';
import { FakeGateway } from './fake-gateway.ts';

const identity = generateDeviceKey();

/** A gateway that outlives the clients, and a way to start one client after the other. */
function setUp() {
  const clock = new SimulatedClock();
  const gateway = new FakeGateway(clock, identity.publicKey);
  const live = (options: Partial<WatchOptions>): WatchClient =>
    new WatchClient(
      {
        device: 'watch-1',
        crypto: nodeCrypto(identity.privateKey),
        clock,
        random: () => 0.5,
        ...options,
      },
      gateway.transport,
    );
  /** Writes that are under way: real disks take real time, in which the simulated one must not run off. */
  return { clock, gateway, live, busy: new Set<Promise<void>>() };
}

type Parts = ReturnType<typeof setUp>;

/** Time passes until the condition holds; files take real time, so turns of the event loop too. */
async function until({ clock, busy }: Parts, isSo: () => boolean, ms = 400_000): Promise<void> {
  const step = 20;
  for (let passed = 0; !isSo(); passed += step) {
    assert.ok(passed < ms, 'It did not come about in time.');
    await Promise.allSettled(busy);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setImmediate(done));
    // A disk that is busy with others may take longer than the turns of all this simulated time.
    if (passed > 0 && passed % 2_000 === 0) await new Promise((done) => setTimeout(done, 20));
    clock.advance(step);
  }
}

async function during<T>(parts: Parts, work: Promise<T>): Promise<T> {
  let isOver = false;
  const done = (): void => {
    isOver = true;
  };
  work.then(done, done);
  await until(parts, () => isOver);
  return work;
}

const records = (...numbers: number[]) => numbers.map((n) => ({ n, timestamp: 1_000 + n }));
const numbers = (gateway: FakeGateway): number[] =>
  gateway.received.flatMap((each) => each.records.map(({ n }) => n));

describe('watch client with a buffer store', (it) => {
  it('delivers in the next life what it took in this one, under the next number of no other epoch', async () => {
    const parts = setUp();
    const bufferStore = memoryBuffer();
    const first = parts.live({ bufferStore });
    first.send(records(1), 1);
    await first.stored();
    await first.stop();
    assert.equal(parts.gateway.received.length, 0);

    const second = parts.live({ bufferStore });
    second.send(records(2), 1);
    second.start();
    await during(parts, second.flush());
    assert.deepEqual(numbers(parts.gateway), [1, 2]);
    assert.equal(second.epoch, 1);
    await second.stop();
    assert.equal(bufferStore.count, 0);

    const third = parts.live({ bufferStore });
    third.start();
    third.send(records(3), 1);
    await during(parts, third.flush());
    assert.deepEqual(numbers(parts.gateway), [1, 2, 3]);
    await third.stop();
  });

  it('sends again the same bytes under the same numbers, and goes on in that epoch when the store is safe', async () => {
    const parts = setUp();
    const { gateway } = parts;
    const bufferStore = { ...memoryBuffer(), survivesPowerLoss: true };
    gateway.commit = () => undefined;
    const first = parts.live({ bufferStore });
    first.start();
    for (const n of [1, 2, 3]) first.send(records(n), n === 2 ? 3 : 0);
    await until(parts, () => gateway.received.length === 3);
    await first.stop();

    gateway.commit = () => 1;
    const second = parts.live({ bufferStore });
    second.start();
    second.send(records(4), 0);
    await during(parts, second.flush());
    // The fake gateway throws when a number comes with other bytes.
    assert.equal(gateway.duplicates, 3);
    assert.deepEqual(numbers(gateway).sort(), [1, 2, 3, 4]);
    assert.deepEqual([second.epoch, second.counters.epochs, gateway.hellos.length], [1, 0, 2]);
    await second.stop();
  });

  it('of a store that may forget its last numbers, only repeats the old epoch, and ends it when all is acked', async () => {
    const parts = setUp();
    const { gateway } = parts;
    const bufferStore = memoryBuffer();
    gateway.commit = () => undefined;
    const first = parts.live({ bufferStore });
    first.start();
    first.send(records(1), 0);
    await until(parts, () => gateway.received.length === 1);
    await first.stop();

    gateway.commit = () => 1;
    const second = parts.live({ bufferStore });
    second.start();
    second.send(records(2), 0);
    await during(parts, second.flush());
    assert.deepEqual(
      gateway.received.map(({ epoch, seq }) => [epoch, seq]),
      [
        [1, 1],
        [2, 1],
      ],
    );
    assert.deepEqual([gateway.duplicates, second.counters.connections], [1, 1]);
    await second.stop();
  });

  it('goes on under the old site key with what has a number, and turns to the new one after it', async () => {
    const parts = setUp();
    const { gateway } = parts;
    const bufferStore = { ...memoryBuffer(), survivesPowerLoss: true };
    gateway.commit = () => undefined;
    const first = parts.live({ bufferStore });
    first.start();
    first.send(records(1), 2);
    await until(parts, () => gateway.received.length === 1);
    await first.stop();
    gateway.addKey();
    gateway.commit = () => 1;
    const second = parts.live({ bufferStore });
    second.start();
    second.send(records(2), 2);
    await during(parts, second.flush());
    assert.deepEqual(
      gateway.received.map(({ epoch }) => epoch),
      [1, 2],
    );
    assert.equal(gateway.duplicates, 1);
    await second.stop();
  });

  it('reports what did not fit, lowest class first, in the next life too', async () => {
    const parts = setUp();
    const bufferStore = memoryBuffer();
    const buffer = { maxBatches: 3 };
    const first = parts.live({ bufferStore, buffer });
    first.start();
    parts.gateway.isMute = true;
    for (let n = 0; n < 5; n += 1) first.send(records(n), 3);
    first.send(records(10), 0);
    await first.stored();
    await first.stop();
    const second = parts.live({ bufferStore, buffer });
    second.send(records(11), 0);
    second.send(records(12), 0);
    parts.gateway.isMute = false;
    second.start();
    await during(parts, second.flush());
    const gaps = parts.gateway.received.flatMap(({ gap }) => (gap === undefined ? [] : [gap]));
    const dropped = gaps.map((gap) => gap.dropped[3]).reduce((sum, count) => sum + count, 0);
    assert.equal(dropped, 5);
    assert.deepEqual(numbers(parts.gateway), [10, 11, 12]);
    await second.stop();
  });

  it('sends nothing that the store could not write, and does when it can', async () => {
    const parts = setUp();
    const store = memoryBuffer();
    let isFull = false;
    const bufferStore = {
      ...store,
      commit: (change: Parameters<typeof store.commit>[0]) => {
        if (isFull) throw new Error('no space');
        return store.commit(change);
      },
    };
    const client = parts.live({ bufferStore });
    client.start();
    await until(parts, () => client.state === 'ready');
    isFull = true;
    client.send(records(1), 0);
    await assert.rejects(client.stored(), /no space/);
    await until(parts, () => client.state === 'waiting');
    await until(parts, () => client.counters.connections > 2);
    assert.equal(parts.gateway.received.length, 0);
    isFull = false;
    await during(parts, client.flush());
    await client.stored();
    assert.deepEqual(numbers(parts.gateway), [1]);
    await client.stop();
  });

  it('is refused for good when the store does not open', async () => {
    const parts = setUp();
    const bufferStore = {
      ...memoryBuffer(),
      open: () => Promise.reject(new Error('taken')),
    };
    const states: string[] = [];
    const client = parts.live({
      bufferStore,
      onState: (state, reason) => states.push(`${state} ${reason}`),
    });
    client.start();
    client.send(records(1), 0);
    await assert.rejects(client.stored(), /taken/);
    await assert.rejects(client.flush(), /taken/);
    assert.deepEqual(states, ['waiting The buffer opens.', 'refused taken']);
    await client.stop();
  });

  it('refuses a buffer without a batch that has a number', async () => {
    const parts = setUp();
    const bufferStore = memoryBuffer();
    await bufferStore.commit({
      added: [],
      removed: [],
      facts: {
        nextId: 2,
        highestEpoch: 1,
        lanes: [
          { nextSeq: 2, flights: [{ seq: 1, frameClass: 0, id: 1 }] },
          { nextSeq: 1, flights: [] },
        ],
      },
    });
    const client = parts.live({ bufferStore });
    await assert.rejects(
      client.stored(),
      (error) => isWatchkeeperError(error) && error.code === 'STORE_CORRUPT',
    );
    await client.stop();
  });

  it('resumes an epoch of node:crypto with Web Crypto, since both keep the same', async () => {
    const scope = { site: 'local', device: 'watch-1', epoch: 3 };
    const { publicKey } = setUp().gateway.current;
    const made = await nodeCrypto(identity.privateKey).openEpoch(scope, publicKey);
    const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    const web = webCrypto((pair as CryptoKeyPair).privateKey);
    const resumed = await web.resumeEpoch(scope, made);
    for (const lane of [0, 1] as const) {
      const header = { kind: 4, frameClass: 0, lane, epoch: 3, seq: 9 } as const;
      const text = Uint8Array.of(1, 2, 3);
      const frame = await made.seal(header, text);
      assert.deepEqual(await resumed.seal(header, text), new Uint8Array(frame));
    }
  });

  it(
    'with files: any order of sends, acks, cuts, and crashes within any byte loses and doubles nothing',
    async () => {
      const step = fc.tuple(fc.constantFrom(...ACTIONS), fc.nat(900));
      const steps = fc.array(step, { minLength: 5, maxLength: 40 });
      const durability = fc.constantFrom('fsync' as const, 'os' as const);
      await fc.assert(
        fc.asyncProperty(steps, fc.integer(), durability, async (script, seed, durable) => {
          const folder = mkdtempSync(join(tmpdir(), 'wk-durable-'));
          const life = new Lives(folder, seed, durable);
          try {
            for (const [action, of] of script) await life.step(action, of);
            await life.judge();
          } finally {
            await life.end();
            rmSync(folder, { recursive: true, force: true });
          }
        }),
        { numRuns: 150, endOnFailure: true, includeErrorInReport: true },
      );
    },
    { deadlineMs: 120_000 },
  );
});

/** As often as they stand here. */
const ACTIONS = ['send', 'send', 'send', 'send', 'wait', 'wait', 'cut', 'crash', 'stop'] as const;
type Action = (typeof ACTIONS)[number];

/** One watch through many lives, and what it owes: the model is a list of what was told to be stored. */
class Lives {
  readonly #parts = setUp();
  readonly #folder: string;
  readonly #durability: 'fsync' | 'os';
  readonly #owed = new Set<number>();
  readonly #classes = new Map<number, FrameClass>();
  readonly #telling: Promise<void>[] = [];
  #client: WatchClient;
  /** Bytes that this life may still write. */
  #budget = Number.POSITIVE_INFINITY;
  #next = 1;

  constructor(folder: string, seed: number, durability: 'fsync' | 'os') {
    this.#folder = folder;
    this.#durability = durability;
    const random = new Random(seed);
    const { gateway } = this.#parts;
    gateway.latency = () => 1 + 30 * random.unit();
    gateway.commit = () => (random.unit() < 0.1 ? undefined : 60 * random.unit());
    gateway.cuts = () => random.unit() < 0.02;
    this.#client = this.#live();
  }

  async step(action: Action, of: number): Promise<void> {
    if (action === 'send') this.#send((of % 4) as FrameClass);
    else if (action === 'wait') await this.#pass(of / 3);
    else if (action === 'cut') this.#parts.gateway.cutAll();
    else if (action === 'crash') await this.#crash(of);
    else await this.#restart();
  }

  /** After a last, undisturbed life everything owed is there once, in the order of its class. */
  async judge(): Promise<void> {
    const { gateway } = this.#parts;
    await this.#crash(0);
    gateway.cuts = () => false;
    gateway.commit = () => 1;
    await during(this.#parts, this.#client.flush());
    const got = numbers(gateway);
    assert.equal(new Set(got).size, got.length, 'something came twice');
    const lost = [...this.#owed].filter((n) => !got.includes(n));
    assert.deepEqual(lost, [], 'something was lost');
    for (const frameClass of [0, 1, 2, 3]) {
      const own = got.filter((n) => this.#classes.get(n) === frameClass);
      assert.deepEqual(
        own,
        own.toSorted((a, b) => a - b),
        `class ${frameClass} is out of order`,
      );
    }
    assert.equal(
      gateway.received.some(({ gap }) => gap !== undefined),
      false,
    );
  }

  async end(): Promise<void> {
    await this.#client.stop().catch(() => undefined);
    await Promise.all(this.#telling);
  }

  #live(): WatchClient {
    this.#budget = Number.POSITIVE_INFINITY;
    const bufferStore = new FileBuffer({
      folder: this.#folder,
      durability: this.#durability,
      segmentBytes: 2_000,
      write: async (handle, bytes, position) => {
        const allowed = Math.min(bytes.length, this.#budget);
        this.#budget -= allowed;
        await writeAll(handle, bytes.subarray(0, allowed), position);
        if (allowed < bytes.length) throw new Error('The power is off.');
      },
    });
    const commit = bufferStore.commit.bind(bufferStore);
    bufferStore.commit = async (change) => {
      const writing = commit(change);
      this.#parts.busy.add(writing);
      await writing.finally(() => this.#parts.busy.delete(writing));
    };
    const client = this.#parts.live({ bufferStore });
    client.start();
    return client;
  }

  #send(frameClass: FrameClass): void {
    const n = this.#next;
    this.#next += 1;
    this.#classes.set(n, frameClass);
    this.#client.send(records(n), frameClass);
    const told = this.#client.stored().then(
      () => void this.#owed.add(n),
      () => undefined,
    );
    this.#telling.push(told);
  }

  /** After `bytes` more bytes nothing is written any more; a while later the next life begins. */
  async #crash(bytes: number): Promise<void> {
    this.#budget = bytes;
    this.#send(1);
    await this.#pass(40);
    this.#budget = 0;
    await this.#client.stop().catch(() => undefined);
    this.#client = this.#live();
  }

  async #restart(): Promise<void> {
    await this.#client.stop();
    this.#client = this.#live();
  }

  async #pass(ms: number): Promise<void> {
    const end = this.#parts.clock.monotonic() + ms;
    await until(this.#parts, () => this.#parts.clock.monotonic() >= end);
  }
}
