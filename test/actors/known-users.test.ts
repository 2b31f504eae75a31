import assert from 'node:assert/strict';
import { KnownUsers } from '../../src/actors/known-users.ts';
import { noMetrics } from '../../src/core/metrics.ts';
import { subjectId } from '../../src/model/subject.ts';
import { countingDetector, detectorSet } from '../support/counting-detector.ts';
import { EngineHarness } from '../support/engine-harness.ts';
import { describe } from '../support/suite.ts';

const DAY_MS = 86_400_000;

describe('KnownUsers', (it) => {
  it('admits new users up to its limit, and known ones always', () => {
    const users = new KnownUsers(2);
    assert.deepEqual(
      ['a', 'b', 'c', 'a', 'c'].map((user) => users.admits(user)),
      [true, true, false, true, false],
    );
    assert.equal(users.size, 2);
  });

  it('forgets a user of whom a whole day passed without a record', () => {
    const users = new KnownUsers(2);
    users.admits('a');
    users.admits('b');
    users.tick(DAY_MS);
    assert.equal(users.admits('c'), false, 'yesterday counts');
    users.admits('a');
    users.tick(2 * DAY_MS - 1);
    assert.equal(users.size, 2);
    users.tick(2 * DAY_MS);
    assert.equal(users.size, 1);
    assert.equal(users.admits('c'), true);
    users.tick(0);
    assert.equal(users.size, 2, 'time does not run back');
  });

  it('goes on from its saved state, which it gives only when it changed', () => {
    const users = new KnownUsers(2);
    users.tick(5 * DAY_MS);
    users.admits('a');
    const saved = users.dirty();
    assert.ok(saved);
    assert.equal(users.dirty(), undefined);
    users.admits('a');
    assert.equal(users.dirty(), undefined);
    const after = new KnownUsers(2);
    after.restore(saved);
    assert.equal(after.dirty(), undefined);
    assert.deepEqual(
      ['b', 'c', 'a'].map((user) => after.admits(user)),
      [true, false, true],
    );
    users.tick(6 * DAY_MS);
    assert.ok(users.dirty());
  });
});

describe('Engine with a limit of users', (it) => {
  let site: EngineHarness;
  let skipped = 0;
  it.beforeEach(() => {
    skipped = 0;
    const counter = { inc: (by = 1) => void (skipped += by) };
    site = new EngineHarness(() =>
      detectorSet([countingDetector({ subjects: ['user'] }) as never]),
    );
    site.overrides = {
      timing: { snapshotEveryMs: 1e12, passivateAfterMs: 0, userLimit: 3 },
      metrics: {
        ...noMetrics,
        counter: (name) =>
          name === 'watchkeeper_users_skipped_total' ? counter : noMetrics.counter(name, ''),
      },
    };
  });
  it.afterEach(async () => {
    await site.stop();
    site.remove();
  });

  const flood = (names: readonly string[]) => names.map((user_id) => ({ user_id }));
  const known = async (names: readonly string[]): Promise<string[]> => {
    const states = await Promise.all(
      names.map((name) => site.engine.subject(subjectId('user', name))),
    );
    return names.filter((_, index) => states[index] !== undefined);
  };
  const NAMES = ['u1', 'u2', 'u3', 'u4', 'u5'];

  it('wakes no actor for users beyond it, and counts their records', async () => {
    await site.open();
    await site.post('payment', flood([...NAMES, 'u5', 'u1']));
    await site.settle();
    assert.deepEqual(await known(NAMES), ['u1', 'u2', 'u3']);
    assert.equal(skipped, 3);
    assert.equal((await site.engine.subject(subjectId('user', 'u1')))?.records, 2);
  });

  it('decides the same in a replay and after a snapshot', async () => {
    await site.open();
    await site.post('payment', flood(['u2', 'u4']));
    await site.settle();
    await site.stop();
    await site.open();
    await site.post('payment', flood(NAMES));
    await site.settle();
    assert.deepEqual(await known(NAMES), ['u1', 'u2', 'u4']);
    await site.crash();
    await site.open();
    await site.settle();
    assert.deepEqual(await known(NAMES), ['u1', 'u2', 'u4']);
  });
});
