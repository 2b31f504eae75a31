import assert from 'node:assert/strict';
import { StoreWrites } from '../../src/actors/store-writes.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { noMetrics, type Metrics } from '../../src/core/metrics.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { describe } from '../support/suite.ts';

interface Call {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A store that answers when the test says so. */
class SlowStore {
  readonly calls: Call[] = [];

  readonly write = (): Promise<void> =>
    new Promise((resolve, reject) => this.calls.push({ resolve, reject }));
}

describe('writes to a store', (it) => {
  let clock: SimulatedClock;
  let counts: Record<string, number>;
  let writes: StoreWrites;
  let store: SlowStore;
  let isTaken: boolean;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turn();
  };
  const begin = async (): Promise<void> => {
    isTaken = false;
    void writes.run(store.write).then(() => (isTaken = true));
    await turn();
  };

  it.beforeEach(() => {
    clock = new SimulatedClock();
    counts = { refused: 0, late: 0 };
    store = new SlowStore();
    const metrics: Metrics = {
      ...noMetrics,
      counter: (_, __, labels) => ({
        inc: (by = 1) => {
          const reason = labels?.['reason'] ?? '';
          counts[reason] = (counts[reason] ?? 0) + by;
        },
      }),
    };
    writes = new StoreWrites({ clock, metrics, logger: silentLogger, random: () => 0.5 });
  });

  it('are done when the store has answered', async () => {
    await begin();
    assert.equal(isTaken, false);
    store.calls[0]?.resolve();
    await turn();
    assert.equal(isTaken, true);
    assert.equal(writes.lastError, undefined);
    assert.deepEqual(counts, { refused: 0, late: 0 });
  });

  it('that are refused come again after 100 ms, doubling to 5 s', async () => {
    await begin();
    let number = 0;
    for (const wait of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
      store.calls[number]?.reject(new Error(`no ${number}`));
      await turn();
      assert.equal(writes.lastError, `no ${number}`);
      number += 1;
      await pass(wait - 1);
      assert.equal(store.calls.length, number, `after ${wait - 1} ms`);
      await pass(1);
      assert.equal(store.calls.length, number + 1, `after ${wait} ms`);
    }
    store.calls.at(-1)?.resolve();
    await turn();
    assert.equal(isTaken, true);
    assert.equal(writes.lastError, undefined);
    assert.deepEqual(counts, { refused: 8, late: 0 });
    await begin();
    store.calls.at(-1)?.reject(new Error('again'));
    await turn();
    await pass(100);
    assert.equal(store.calls.length, 11);
  });

  it('without an answer for 30 s count, say so, and come a second time', async () => {
    await begin();
    await pass(29_999);
    assert.equal(writes.lastError, undefined);
    assert.equal(store.calls.length, 1);
    await pass(1);
    assert.equal(writes.lastError, 'The store has not answered a write for 30 s');
    assert.equal(store.calls.length, 2);
    store.calls[1]?.resolve();
    await turn();
    assert.equal(isTaken, true);
    assert.equal(writes.lastError, undefined);
    assert.deepEqual(counts, { refused: 0, late: 1 });
  });

  it('count when the first attempt is answered after all', async () => {
    await begin();
    await pass(30_000);
    store.calls[0]?.resolve();
    await turn();
    assert.equal(isTaken, true);
  });

  it('are never under way more than twice, however long nobody answers', async () => {
    await begin();
    for (let minute = 0; minute < 60; minute += 1) await pass(60_000);
    assert.equal(store.calls.length, 2);
    store.calls[0]?.reject(new Error('gone'));
    await turn();
    await pass(100);
    assert.equal(store.calls.length, 3);
    store.calls[2]?.resolve();
    await turn();
    assert.equal(isTaken, true);
    // The one that was never answered still counts.
    await begin();
    await pass(30_000);
    await pass(30_000);
    assert.equal(store.calls.length, 4);
    store.calls[3]?.resolve();
    await turn();
    assert.equal(isTaken, true);
  });

  it('that throw, or fail with nothing, are tried again too', async () => {
    let tries = 0;
    const done = writes.run(() => {
      tries += 1;
      if (tries === 1) throw new Error('at once');
      if (tries === 2) return Promise.reject(undefined as unknown as Error);
      return Promise.resolve();
    });
    await turn();
    assert.equal(writes.lastError, 'at once');
    await pass(100);
    assert.equal(writes.lastError, 'Unknown error.');
    await pass(200);
    await done;
    assert.equal(tries, 3);
  });
});
