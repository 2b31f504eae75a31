import assert from 'node:assert/strict';
import { ActorSystem, type ActorOptions } from '../../../src/actors/kernel/actor-system.ts';
import { cellOf } from '../../../src/actors/kernel/cell.ts';
import type { ActorRef } from '../../../src/actors/kernel/ref.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import type { ActorEvent } from '../../../src/model/actor-event.ts';
import { describe } from '../../support/suite.ts';

/** Lets every actor take its turns until nothing moves. */
async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('ActorSystem', (it) => {
  let clock: SimulatedClock;
  let events: ActorEvent[];
  let escalated: string[];
  let system: ActorSystem;
  it.beforeEach(() => {
    clock = new SimulatedClock();
    events = [];
    escalated = [];
    system = new ActorSystem({
      name: 'test',
      clock,
      onEvent: (event) => events.push(event),
      onEscalation: (path) => escalated.push(path),
    });
  });
  it.afterEach(() => {
    system.shutdown();
  });

  /** Adds numbers to its state; `throw` throws. */
  function adder(name: string, options: Partial<ActorOptions<number, number | 'throw'>> = {}) {
    return system.spawn<number, number | 'throw'>(
      { parent: undefined, name },
      (sum, message) => {
        if (message === 'throw') throw new Error('boom');
        return sum + message;
      },
      { kind: 'adder', initial: () => 0, describe: (sum) => sum, ...options },
    );
  }
  const stateOf = (ref: ActorRef<never>): unknown => system.detail(ref.path)?.state;

  it('handles messages one by one, first in first out, waiting for promises', async () => {
    const seen: number[] = [];
    let running = 0;
    const ref = system.spawn<undefined, number>(
      { parent: undefined, name: 'slow' },
      async (_, message) => {
        running += 1;
        assert.equal(running, 1);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        seen.push(message);
        return undefined;
      },
      { kind: 'slow', initial: () => undefined },
    );
    for (let n = 0; n < 50; n += 1) system.tell(ref, n);
    await settle(400);
    assert.deepEqual(
      seen,
      Array.from({ length: 50 }, (_, n) => n),
    );
  });

  it('refuses what does not fit the mailbox, as a dead letter', async () => {
    const ref = adder('full', { mailboxLimit: 2 });
    assert.deepEqual(
      [1, 1, 1].map((n) => system.tell(ref, n)),
      [true, true, false],
    );
    assert.equal(system.deadLetters, 1);
    await settle();
    assert.equal(stateOf(ref), 2);
    assert.equal(system.tell(ref, 1), true);
  });

  it('makes a dead letter of a message to a stopped actor', () => {
    const ref = adder('gone');
    system.stop(ref);
    assert.equal(system.tell(ref, 1), false);
    assert.deepEqual(events.at(-1), { type: 'dead-letter', path: '/gone', reason: 'stopped' });
  });

  it('restarts with fresh state, keeps the mailbox, and waits as told', async () => {
    const ref = adder('fragile', { supervise: () => ({ type: 'restart', delayMs: 100 }) });
    for (const message of [5, 'throw', 7] as const) system.tell(ref, message);
    await settle();
    assert.equal(system.infos()[0]?.state, 'restarting');
    clock.advance(99);
    await settle();
    assert.equal(system.infos()[0]?.restarts, 0);
    clock.advance(1);
    await settle();
    assert.equal(stateOf(ref), 7);
    assert.deepEqual(system.detail(ref.path)?.recentErrors, ['boom']);
    assert.equal(system.infos()[0]?.restarts, 1);
  });

  it('resumes with the state it had, dropping the failed message', async () => {
    const ref = adder('resumed', { supervise: () => ({ type: 'resume' }) });
    for (const message of [5, 'throw', 7] as const) system.tell(ref, message);
    await settle();
    assert.equal(stateOf(ref), 12);
  });

  it('stops the actor when its supervisor says so, and only it', async () => {
    const ref = adder('stopped', { supervise: () => ({ type: 'stop' }) });
    const other = adder('other');
    system.tell(ref, 'throw');
    system.tell(other, 3);
    await settle();
    assert.equal(system.tell(ref, 1), false);
    assert.equal(stateOf(other), 3);
    assert.deepEqual(escalated, []);
  });

  it('escalates what no supervisor mends', async () => {
    system.tell(adder('orphan'), 'throw');
    await settle();
    assert.deepEqual(escalated, ['/orphan']);
  });

  it('lets a stopped actor fail in peace', async () => {
    let fail: (error: Error) => void = () => undefined;
    const ref = system.spawn<undefined, 'go'>(
      { parent: undefined, name: 'late' },
      () => new Promise<undefined>((_, reject) => (fail = reject)),
      { kind: 'late', initial: () => undefined },
    );
    system.tell(ref, 'go');
    await settle();
    system.stop(ref);
    fail(new Error('too late'));
    await settle();
    assert.deepEqual(escalated, []);
    assert.ok(!events.some(({ type }) => type === 'crashed'));
  });

  it('escalates when the supervisor itself throws, instead of leaving the actor hanging', async () => {
    const ref = adder('cursed', {
      supervise: () => {
        throw new Error('supervisor');
      },
    });
    system.tell(ref, 'throw');
    await settle();
    assert.deepEqual(escalated, ['/cursed']);
  });

  it('escalates after more than ten restarts within a minute under one supervisor', async () => {
    const parent = adder('parent');
    const child = system.spawn<number, 'throw'>(
      { parent, name: 'child' },
      () => {
        throw new Error('again');
      },
      { kind: 'child', initial: () => 0, supervise: () => ({ type: 'restart', delayMs: 0 }) },
    );
    for (let n = 0; n < 10; n += 1) system.tell(child, 'throw');
    await settle(100);
    assert.deepEqual(escalated, []);
    clock.advance(59_999);
    system.tell(child, 'throw');
    await settle(50);
    assert.deepEqual(escalated, ['/parent/child']);
  });

  it('forgets restarts that are more than a minute old', async () => {
    const parent = adder('parent');
    const child = system.spawn<number, 'throw'>(
      { parent, name: 'child' },
      () => {
        throw new Error('again');
      },
      { kind: 'child', initial: () => 0, supervise: () => ({ type: 'restart', delayMs: 0 }) },
    );
    for (let n = 0; n < 30; n += 1) {
      system.tell(child, 'throw');
      clock.advance(7000);
      await settle(10);
    }
    assert.deepEqual(escalated, []);
  });

  it('stops children before their parent, all the way down', async () => {
    const parent = adder('a');
    const child = system.spawn<number, number>({ parent, name: 'b' }, (s) => s, {
      kind: 'b',
      initial: () => 0,
    });
    const grandchild = system.spawn<number, number>({ parent: child, name: 'c' }, (s) => s, {
      kind: 'c',
      initial: () => 0,
    });
    for (let n = 0; n < 20; n += 1) system.tell(grandchild, n);
    system.stop(parent);
    const processed = cellOf(grandchild).processed;
    await settle();
    assert.equal(cellOf(grandchild).processed, processed);
    const stopped = events
      .filter(({ type }) => type === 'stopped')
      .map((event) => 'path' in event && event.path);
    assert.deepEqual(stopped, ['/a/b/c', '/a/b', '/a']);
    assert.equal(system.size, 0);
  });

  it('lets a name be used again once its actor has stopped', () => {
    system.stop(adder('again'));
    adder('again');
    assert.throws(() => adder('again'), /already exists/);
  });

  it('stays cheap per message when there are thousands of siblings', async () => {
    const parent = adder('wide');
    const refs = Array.from({ length: 5000 }, (_, n) =>
      system.spawn<number, number>({ parent, name: `n${n}` }, (s, m) => s + m, {
        kind: 'leaf',
        initial: () => 0,
        describe: (s) => s,
      }),
    );
    for (const ref of refs) system.tell(ref, 2);
    await settle();
    assert.ok(refs.every((ref) => stateOf(ref) === 2));
  });
});
