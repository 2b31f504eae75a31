import assert from 'node:assert/strict';
import { KnownServices } from '../../src/actors/known-services.ts';
import { packPart, unpackPart } from '../../src/actors/entry-codec.ts';
import { OVERFLOW } from '../../src/actors/subject-of.ts';
import { noMetrics } from '../../src/core/metrics.ts';
import { ENTRY } from '../../src/model/journal-entry.ts';
import { subjectId } from '../../src/model/subject.ts';
import { countingDetector, detectorSet } from '../support/counting-detector.ts';
import { EngineHarness } from '../support/engine-harness.ts';
import { describe } from '../support/suite.ts';

const HOUR_MS = 3_600_000;
const plain = { limit: 3, isExpected: false };
const nobody = () => false;

describe('KnownServices', (it) => {
  it('tells services apart up to the limit, known and expected ones always', () => {
    const services = new KnownServices();
    const admits = (name: string, isExpected = false) =>
      services.admits(name, 0, { limit: 3, isExpected });
    assert.deepEqual(
      ['a', 'b', 'c', 'd', 'a'].map((name) => admits(name)),
      [true, true, true, false, true],
    );
    assert.equal(admits('e', true), true);
    assert.deepEqual([services.size, services.refused, services.lastRefusedAt], [4, 1, 0]);
  });

  it('forgets, after a refusal, the longest silent that are old enough and not held', () => {
    const services = new KnownServices();
    for (const [at, name] of ['a', 'b', 'c'].entries()) services.admits(name, at, plain);
    services.admits('a', 5, plain);
    assert.deepEqual(services.tick(3, { before: 9, isHeld: nobody }), [], 'nobody was refused');
    services.admits('d', 6, plain);
    assert.deepEqual(services.tick(3, { before: 1, isHeld: nobody }), [], 'none is old enough');
    services.admits('d', 7, plain);
    assert.deepEqual(services.tick(3, { before: 6, isHeld: (name) => name === 'b' }), ['c']);
    assert.equal(services.admits('d', 8, plain), true);
  });

  it('goes on from its saved state, which it gives only when it changed', () => {
    const services = new KnownServices();
    assert.equal(services.dirty(), undefined);
    services.admits('a', 1, plain);
    const saved = services.dirty();
    assert.ok(saved);
    assert.equal(services.admits('a', 1, plain), true);
    assert.equal(services.dirty(), undefined);
    const after = new KnownServices();
    after.restore(unpackPart(packPart(saved)));
    after.admits('b', 2, plain);
    assert.deepEqual(after.dirty(), {
      services: [
        ['a', 1],
        ['b', 2],
      ],
    });
  });
});

describe('Engine with a limit of services', (it) => {
  let site: EngineHarness;
  const gauges = new Map<string, () => number>();
  it.beforeEach(() => {
    site = new EngineHarness(() => ({
      ...detectorSet([countingDetector({ subjects: ['service'] }) as never]),
      expectedServices: ['expected'],
      maxServices: 3,
    }));
    site.overrides = {
      metrics: { ...noMetrics, observed: (name, _, read) => void gauges.set(name, read) },
    };
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  const post = async (names: readonly string[]): Promise<void> => {
    for (const name of names) await site.post(name, [{}]);
    await site.settle();
  };
  /** Records by service; those that have no state are left out. */
  const known = async (names: readonly string[]): Promise<Record<string, number>> => {
    const found: Record<string, number> = {};
    for (const name of names) {
      const state = await site.engine.subject(subjectId('service', name));
      if (state !== undefined && state.records > 0) found[name] = state.records;
    }
    return found;
  };
  const NAMES = ['s1', 's2', 's3', 's4', 's5', 'expected', OVERFLOW];

  it('spawns no actor for more, stores their records, shows it, and raises nothing on the overflow', async () => {
    await site.open();
    await post(['s1', 's2', 's3', 's4', 's5', 's4', 'expected']);
    const all = { s1: 1, s2: 1, s3: 1, expected: 1, [OVERFLOW]: 3 };
    assert.deepEqual(await known(NAMES), all);
    const services = [...site.engine.directory.slots()].map(([id]) => id).sort();
    assert.deepEqual(
      services,
      Object.keys(all)
        .sort()
        .map((name) => subjectId('service', name))
        .sort(),
    );
    assert.equal(gauges.get('watchkeeper_services_overflow_groups')?.(), 3);
    const overflow = await site.engine.subject(subjectId('service', OVERFLOW));
    assert.deepEqual(overflow?.detectors, {});
    await site.pass(2000);
    await site.engine.archivist.flushed();
    const range = { from: 0, to: site.clock.now() + 1 };
    const { records } = await site.store.records.query({ ...range, service: 's4' });
    assert.equal(records.length, 2);
    assert.equal(site.engine.state.ledger.quarantined, 0);
  });

  it('lets silent services make room, the same in a replay and after a snapshot', async () => {
    await site.open();
    await post(['s1', 's2', 's3']);
    await site.stop();
    await site.open();
    site.clock.advance(HOUR_MS / 2);
    await site.pass(1000);
    await post(['s2']);
    site.clock.advance(HOUR_MS / 2);
    await site.pass(1000);
    await post(['s4']);
    await site.pass(1000);
    await post(['s4', 's1']);
    // One made room for s4; s1, which came again, found none until the tick after.
    assert.deepEqual(await known(NAMES), { s2: 2, s3: 1, s4: 1, [OVERFLOW]: 2 });
    await site.pass(1000);
    const after = { s2: 2, s4: 1, [OVERFLOW]: 2 };
    assert.deepEqual(await known(NAMES), after);
    await site.crash();
    await site.open();
    await site.settle();
    assert.deepEqual(await known(NAMES), after);
    assert.equal(site.engine.state.knownServices.size, 2);
  });

  it('gives senders that are not enrolled one actor between them', async () => {
    await site.open();
    for (const subject of ['made-up-1', 'made-up-2']) {
      const body = new Uint8Array(40);
      await site.journal.durable(
        site.journal.append({ kind: ENTRY.frame, subject, observedAt: site.clock.now(), body }),
      );
    }
    await site.settle();
    const ids = [...site.engine.directory.slots()].map(([id]) => id);
    assert.deepEqual(
      ids.filter((id) => id.startsWith('device:')),
      [`device:${OVERFLOW}`],
    );
    assert.equal(site.engine.state.ledger.quarantined, 2);
  });
});
