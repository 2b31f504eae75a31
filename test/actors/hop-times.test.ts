import assert from 'node:assert/strict';
import { HopTimes } from '../../src/actors/hop-times.ts';
import { noMetrics, type Metrics } from '../../src/core/metrics.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { SiteClock } from '../../src/core/site-clock.ts';
import { ENTRY, type EntryKind, type NewEntry } from '../../src/model/journal-entry.ts';
import { describe } from '../support/suite.ts';

function setUp(): {
  readonly clock: SimulatedClock;
  readonly hops: HopTimes;
  readonly seen: (name: string) => readonly number[];
} {
  const seen = new Map<string, number[]>();
  const metrics: Metrics = {
    ...noMetrics,
    histogram(name, _, shape) {
      const buckets = 'buckets' in shape ? shape.buckets : shape;
      assert.deepEqual(
        buckets,
        [...buckets].sort((a, b) => a - b),
      );
      const values: number[] = [];
      seen.set(name, values);
      return { observe: (value) => values.push(value) };
    },
  };
  const clock = new SimulatedClock();
  return {
    clock,
    hops: new HopTimes(metrics, new SiteClock(clock)),
    seen: (name) => seen.get(`watchkeeper_${name}_seconds`) ?? [],
  };
}

function entry(kind: EntryKind, observedAt: number): NewEntry {
  return { kind, subject: 's', observedAt, body: new Uint8Array() };
}

describe('times of the hops', (it) => {
  it('take a commit once, by its oldest frame or group', () => {
    const { clock, hops, seen } = setUp();
    const start = clock.now();
    clock.advance(250);
    const commit = [
      entry(ENTRY.tick, start - 9_000),
      entry(ENTRY.frame, start),
      entry(ENTRY.group, start + 200),
    ];
    hops.durable(1, commit);
    hops.durable(4, [entry(ENTRY.tick, start), entry(ENTRY.outcome, start)]);
    assert.deepEqual(seen('received_to_durable'), [0.25]);
  });

  it('take a commit for folded when all of it and all before it is', () => {
    const { clock, hops, seen } = setUp();
    const frame = entry(ENTRY.frame, clock.now());
    hops.durable(1, [frame, frame]);
    clock.advance(100);
    hops.durable(3, [frame, entry(ENTRY.tick, 0)]);
    clock.advance(100);
    hops.foldedBefore(2);
    assert.deepEqual(seen('durable_to_folded'), []);
    hops.foldedBefore(3);
    assert.deepEqual(seen('durable_to_folded'), [0.2]);
    clock.advance(200);
    hops.foldedBefore(undefined);
    hops.foldedBefore(undefined);
    assert.deepEqual(seen('durable_to_folded'), [0.2, 0.3]);
  });

  it('measure at most 256 commits on their way', () => {
    const { clock, hops, seen } = setUp();
    const frame = entry(ENTRY.frame, clock.now());
    for (let lsn = 1; lsn <= 300; lsn += 1) hops.durable(lsn, [frame]);
    hops.foldedBefore();
    assert.equal(seen('durable_to_folded').length, 256);
    hops.durable(301, [frame]);
    hops.foldedBefore();
    assert.equal(seen('durable_to_folded').length, 257);
  });

  it('take the way to the store, and to each channel', () => {
    const { clock, hops, seen } = setUp();
    const from = clock.monotonic();
    clock.advance(500);
    hops.stored(from);
    assert.deepEqual(seen('folded_to_stored'), [0.5]);
    hops.alerted({ id: 'a', revision: 2 }, from);
    hops.delivered('a.1');
    hops.delivered('a.2');
    clock.advance(500);
    hops.delivered('a.2');
    assert.deepEqual(seen('finding_to_published'), [0.5, 1]);
  });

  it('forget the eldest of many alerts', () => {
    const { clock, hops, seen } = setUp();
    for (let n = 0; n <= 1_024; n += 1)
      hops.alerted({ id: `a${n}`, revision: 1 }, clock.monotonic());
    hops.delivered('a0.1');
    hops.delivered('a1.1');
    assert.equal(seen('finding_to_published').length, 1);
  });

  it('count a clock that is ahead as no lag', () => {
    const { hops, seen } = setUp();
    hops.lag(1_500);
    hops.lag(-1_500);
    assert.deepEqual(seen('event_lag'), [1.5, 0]);
  });
});
