import assert from 'node:assert/strict';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import type { FrameClass } from '../../src/model/frame.ts';
import type { WireRecord } from '../../src/model/wire-record.ts';
import { SimulationRunner, type WatchLink } from '../../src/sim/runner.ts';
import { ServiceQueue } from '../../src/sim/service-queue.ts';
import { createSimulation } from '../../src/sim/simulation.ts';
import { describe } from '../support/suite.ts';

function setUp({ post }: { post?: (records: readonly WireRecord[]) => Promise<void> } = {}) {
  const clock = new SimulatedClock();
  const sent: { id: string; frameClass: FrameClass; count: number }[] = [];
  const posted: WireRecord[] = [];
  const stopped: string[] = [];
  const watch = (id: string): WatchLink => ({
    send: (records, frameClass) => void sent.push({ id, frameClass, count: records.length }),
    flush: () => Promise.resolve(),
    stop: () => Promise.resolve(void stopped.push(id)),
  });
  const keep = (records: readonly WireRecord[]): Promise<void> =>
    Promise.resolve(void posted.push(...records));
  const simulation = createSimulation({
    seed: 1,
    devices: 2,
    services: 4,
    rate: 40,
    scenario: 'normal',
    start: clock.now(),
  });
  const runner = new SimulationRunner({
    simulation,
    clock,
    siteTime: () => clock.now(),
    watch,
    post: post ?? keep,
  });
  return { clock, runner, sent, posted, stopped };
}

describe('SimulationRunner', (it) => {
  it('sends what each tick of the clock brings, by watch and by service', async () => {
    const { clock, runner, sent, posted } = setUp();
    runner.start();
    runner.start();
    clock.advance(60_000);
    await runner.flush();
    assert.deepEqual([...new Set(sent.map(({ id }) => id))].sort(), ['watch-001', 'watch-002']);
    assert.ok(sent.some(({ frameClass }) => frameClass === 1));
    assert.ok(Math.abs(posted.length - 2400) < 200, `${posted.length} posted`);
    assert.ok(posted.every(({ timestamp }) => timestamp <= clock.now()));
    const { watchRecords, serviceRecords, dropped, failed } = runner.counters;
    assert.equal(serviceRecords, posted.length);
    assert.equal(
      watchRecords,
      sent.reduce((sum, { count }) => sum + count, 0),
    );
    assert.deepEqual([dropped, failed], [0, 0]);
  });

  it('sends nothing more once it is stopped', async () => {
    const { clock, runner, sent, stopped } = setUp();
    runner.start();
    clock.advance(10_000);
    await runner.stop();
    const before = sent.length;
    clock.advance(60_000);
    assert.equal(sent.length, before);
    assert.deepEqual(stopped, ['watch-001', 'watch-002']);
  });

  it('counts records that the site refused', async () => {
    const { clock, runner } = setUp({ post: () => Promise.reject(new Error('refused')) });
    runner.start();
    clock.advance(10_000);
    await runner.flush();
    assert.ok(runner.counters.failed > 0);
    assert.equal(runner.counters.serviceRecords, 0);
  });
});

describe('ServiceQueue', (it) => {
  it('keeps at most 5,000 records while a post is under way, and counts the others', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const queue = new ServiceQueue(() => gate);
    const record = { timestamp: 1, level: 'INFO', service: 's', message: 'm' } as const;
    queue.add([record]);
    queue.add(Array<WireRecord>(5_600).fill(record));
    assert.equal(queue.dropped, 600);
    release();
    await queue.idle();
    assert.equal(queue.sent, 5_001);
  });

  it('posts in order, at most 500 at a time', async () => {
    const sizes: number[] = [];
    const seen: number[] = [];
    const queue = new ServiceQueue((records) => {
      sizes.push(records.length);
      seen.push(...records.map(({ timestamp }) => timestamp));
      return Promise.resolve();
    });
    const records = Array.from({ length: 1_200 }, (_, timestamp): WireRecord => {
      return { timestamp, level: 'INFO', service: 's', message: 'm' };
    });
    queue.add(records);
    await queue.idle();
    assert.deepEqual(sizes, [500, 500, 200]);
    assert.deepEqual(
      seen,
      records.map(({ timestamp }) => timestamp),
    );
  });
});
