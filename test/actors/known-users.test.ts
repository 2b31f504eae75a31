import assert from 'node:assert/strict';
import { KnownUsers } from '../../src/actors/known-users.ts';
import { packPart, unpackPart } from '../../src/actors/entry-codec.ts';
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
    assert.deepEqual(users.tick(DAY_MS), []);
    users.admits('a');
    assert.deepEqual(users.tick(2 * DAY_MS - 1), []);
    assert.deepEqual(users.tick(2 * DAY_MS), ['b']);
    assert.equal(users.admits('c'), true);
    assert.deepEqual(users.tick(0), [], 'time does not run back');
    assert.equal(users.size, 2);
  });

  it('makes room at the tick after a refusal: fewest records first, then the longest silent, never who is held', () => {
    const users = new KnownUsers(8);
    for (const user of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a', 'c']) users.admits(user);
    assert.deepEqual(users.tick(0), [], 'nobody was refused');
    assert.equal(users.admits('i'), false);
    assert.deepEqual(
      users.tick(0, (user) => user === 'b'),
      ['d', 'e'],
    );
    assert.equal(users.size, 6);
    assert.deepEqual(users.tick(0), []);
  });

  it('makes room before it runs out for the rest of the hour in which somebody was refused', () => {
    const users = new KnownUsers(10);
    const fill = (from: number, count: number): void => {
      for (let index = 0; index < count; index += 1) users.admits(`user-${from + index}`);
    };
    fill(0, 10);
    assert.deepEqual(users.tick(1000), [], 'full, and nobody was refused');
    fill(10, 1);
    assert.equal(users.tick(2000).length, 3);
    fill(20, 2);
    assert.equal(users.size, 9);
    assert.equal(users.tick(3000).length, 2);
    fill(30, 2);
    assert.deepEqual(users.tick(3_600_000), [], 'another hour');
  });

  it('lets into its reserve who comes again, the further the more often', () => {
    const users = new KnownUsers(16);
    for (let index = 0; index < 16; index += 1) users.admits(`first-${index}`);
    const tries = (user: string): number => {
      for (let count = 1; count < 10; count += 1) if (users.admits(user)) return count;
      return 10;
    };
    // Half of the reserve of 4 at the second record, three quarters at the third, and nobody gets the last place.
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((user) => tries(user)),
      [2, 2, 3, 10],
    );
    assert.equal(users.size, 19);
  });

  it('keeps one user with 50 records through a flood of others, whatever its place', () => {
    for (const every of [3, 40, 150]) {
      const users = new KnownUsers(100);
      let handedOn = 0;
      for (let record = 0; record < 50; record += 1) {
        for (let other = 0; other < every; other += 1) users.admits(`${every}-${record}-${other}`);
        if (users.admits('offender')) handedOn += 1;
        users.tick(record * 1000);
      }
      assert.ok(handedOn >= 49, `${handedOn} of 50 at ${every} others for each`);
      assert.ok(users.size <= 125);
    }
  });

  it('goes on from its saved state, which it gives only when it changed', () => {
    const users = new KnownUsers(2);
    assert.equal(users.dirty(), undefined);
    for (const user of ['a', 'b', 'c', 'b']) users.admits(user);
    const saved = users.dirty();
    assert.ok(saved);
    assert.equal(users.dirty(), undefined);
    const after = new KnownUsers(2);
    after.restore(unpackPart(packPart(saved)));
    assert.equal(after.dirty(), undefined);
    for (const each of [users, after]) {
      assert.equal(each.admits('d'), false);
      assert.deepEqual(each.tick(3_600_000), ['a']);
      assert.equal(each.admits('c'), true);
    }
    assert.deepEqual(after.dirty(), users.dirty());
  });

  it('reads what an earlier version saved', () => {
    const users = new KnownUsers(2);
    users.restore({ day: 3, users: [['a', 3]] });
    assert.equal(users.size, 1);
    assert.deepEqual(users.tick(5 * DAY_MS), ['a']);
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
    await site.pass(2000);
    // Two were refused, so the tick forgot who had the fewest records.
    assert.deepEqual(await known(NAMES), ['u2', 'u4']);
    await site.crash();
    await site.open();
    await site.settle();
    assert.deepEqual(await known(NAMES), ['u2', 'u4']);
  });

  it('lets a forgotten user begin afresh, before and after the next snapshot, and takes its part away', async () => {
    await site.open();
    await site.post('payment', flood(['u1', 'u1', 'u2', 'u3']));
    await site.settle();
    await site.stop();
    await site.open();
    const part = `subject/${subjectId('user', 'u2')}`;
    assert.ok(await site.store.snapshots.get(part));
    await site.post('payment', flood(['u4']));
    await site.pass(2000);
    assert.deepEqual(await known(NAMES), ['u1', 'u3']);
    await site.post('payment', flood(['u2']));
    await site.settle();
    assert.equal((await site.engine.subject(subjectId('user', 'u2')))?.records, 1);
    await site.post('payment', flood(['u5']));
    await site.pass(2000);
    assert.deepEqual(await known(NAMES), ['u1', 'u2']);
    await site.stop();
    await site.open();
    assert.deepEqual(await known(NAMES), ['u1', 'u2']);
    const gone = `subject/${subjectId('user', 'u3')}`;
    assert.equal(await site.store.snapshots.get(gone), undefined);
  });
});
