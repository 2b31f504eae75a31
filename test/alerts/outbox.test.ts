import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Channel, Notification } from '../../src/alerts/channel.ts';
import { Outbox } from '../../src/alerts/outbox.ts';
import { notification } from '../support/notifications.ts';
import { describe } from '../support/suite.ts';

function channel(name: string, accepts: Channel['accepts'] = () => true): Channel {
  return { name, accepts, deliver: () => Promise.resolve(), close: () => Promise.resolve() };
}

function numbered(
  revision: number,
  transition: Notification['transition'] = 'opened',
): Notification {
  return notification({ revision }, transition);
}

/** Takes all that waits, in order. */
function drain(outbox: Outbox, name: string): number[] {
  const revisions: number[] = [];
  for (let next = outbox.next(name); next !== undefined; next = outbox.next(name)) {
    revisions.push(next.alert.revision);
    outbox.delivered(name, next.key);
  }
  return revisions;
}

describe('outbox', (it) => {
  it('gives each channel what it accepts, in order', () => {
    const isHigh: Channel['accepts'] = ({ alert }) => alert.severity === 'high';
    const outbox = new Outbox([channel('all'), channel('high', isHigh)]);
    assert.deepEqual(outbox.add(numbered(1)), ['all', 'high']);
    assert.deepEqual(outbox.add(notification({ revision: 2, severity: 'low' })), ['all']);
    assert.deepEqual(outbox.add(numbered(3)), ['all', 'high']);
    assert.deepEqual(drain(outbox, 'all'), [1, 2, 3]);
    assert.deepEqual(drain(outbox, 'high'), [1, 3]);
    assert.equal(outbox.next('unknown'), undefined);
    assert.equal(outbox.pending('unknown'), 0);
  });

  it('keeps what was not confirmed at the front', () => {
    const outbox = new Outbox([channel('one')]);
    outbox.add(numbered(1));
    outbox.add(numbered(2));
    assert.equal(outbox.next('one')?.alert.revision, 1);
    assert.equal(outbox.next('one')?.alert.revision, 1);
    outbox.delivered('one', numbered(1).key);
    assert.equal(outbox.next('one')?.alert.revision, 2);
    assert.equal(outbox.pending('one'), 1);
  });

  it('does not send again in a replay what was journalled as delivered before', () => {
    const outbox = new Outbox([channel('one'), channel('two')]);
    outbox.delivered('one', numbered(1).key);
    assert.deepEqual(outbox.add(numbered(1)), ['two']);
    assert.deepEqual(outbox.add(numbered(1)), ['one', 'two'], 'it counts once');
    outbox.delivered('gone', numbered(2).key);
    assert.deepEqual(outbox.add(numbered(2)), ['one', 'two']);
  });

  it('forgets at the end of the replay what nobody asked for', () => {
    const outbox = new Outbox([channel('one')]);
    outbox.delivered('one', numbered(1).key);
    outbox.endReplay();
    assert.deepEqual(outbox.add(numbered(1)), ['one']);
  });

  it('drops repeats, and only repeats, when a channel is 100,000 behind', () => {
    const outbox = new Outbox([channel('one')]);
    for (let revision = 1; revision < 100_000; revision += 1) outbox.add(numbered(revision));
    assert.deepEqual(outbox.add(numbered(100_000, 'repeated')), ['one'], 'the last that fits');
    assert.deepEqual(outbox.add(numbered(100_001, 'repeated')), []);
    assert.equal(outbox.dropped, 1);
    for (const transition of ['opened', 'acknowledged', 'resolved'] as const) {
      const revision = outbox.pending('one') + 10;
      assert.deepEqual(outbox.add(numbered(revision, transition)), ['one'], transition);
    }
    assert.equal(outbox.dropped, 1);
    assert.equal(outbox.pending('one'), 100_003);
  });

  it('is the same after a snapshot; channels that are gone lose their line', () => {
    const outbox = new Outbox([channel('one'), channel('two')]);
    for (const revision of [1, 2, 3]) outbox.add(numbered(revision));
    outbox.delivered('one', numbered(1).key);
    const snapshot = structuredClone(outbox.snapshot());
    const restored = new Outbox([channel('one'), channel('three')]);
    restored.restore(snapshot);
    assert.deepEqual(drain(restored, 'one'), [2, 3]);
    assert.equal(restored.pending('two'), 0);
    assert.equal(restored.pending('three'), 0);
    assert.deepEqual(
      restored.channels.map(({ name }) => name),
      ['one', 'three'],
    );
  });

  it('remembers no confirmations once the replay is over, so that they do not pile up', () => {
    const outbox = new Outbox([channel('one')]);
    outbox.endReplay();
    outbox.delivered('one', numbered(1).key);
    outbox.add(numbered(1));
    assert.equal(outbox.pending('one'), 1);
  });

  it('delivers everything exactly once, wherever the snapshot lies between folding and confirming', () => {
    const plan = fc.array(fc.constantFrom('add' as const, 'deliver' as const), { maxLength: 30 });
    fc.assert(
      fc.property(plan, fc.nat(30), (actions, cut) => {
        let outbox = new Outbox([channel('one')]);
        const out: number[] = [];
        let revision = 0;
        actions.forEach((action, index) => {
          if (index === cut) {
            const next = new Outbox([channel('one')]);
            next.restore(structuredClone(outbox.snapshot()));
            outbox = next;
          }
          const next = outbox.next('one');
          if (action === 'add') outbox.add(numbered((revision += 1)));
          else if (next !== undefined) {
            out.push(next.alert.revision);
            outbox.delivered('one', next.key);
          }
        });
        out.push(...drain(outbox, 'one'));
        assert.deepEqual(
          out,
          Array.from({ length: revision }, (_, index) => index + 1),
        );
      }),
    );
  });
});
