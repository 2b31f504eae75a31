import assert from 'node:assert/strict';
import { ActorSystem } from '../../src/actors/kernel/actor-system.ts';
import type { ActorRef } from '../../src/actors/kernel/ref.ts';
import { Observer, type Interest } from '../../src/actors/observer.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import type { FeedMessage } from '../../src/model/feed.ts';
import { subjectId } from '../../src/model/subject.ts';
import { anAlert, anOverview } from '../support/dashboard-fixtures.ts';
import { describe } from '../support/suite.ts';

const watch = subjectId('device', 'w1');
const on = (page: Interest['page'], hz = 10): Interest => ({ page, subject: watch, hz });

async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('Observer', (it) => {
  let clock: SimulatedClock;
  let system: ActorSystem;
  let observer: Observer;
  let worker: ActorRef<number>;
  let messages: FeedMessage[];
  const listen = (message: FeedMessage): void => {
    messages.push(message);
  };
  const of = <T extends FeedMessage['type']>(type: T): (FeedMessage & { type: T })[] =>
    messages.filter((message): message is FeedMessage & { type: T } => message.type === type);
  it.beforeEach(() => {
    clock = new SimulatedClock();
    messages = [];
    system = new ActorSystem({
      name: 'observed',
      clock,
      onEvent: (event) => {
        observer?.actorEvent(event);
      },
      onEscalation: () => undefined,
    });
    const parent = system.spawn<undefined, never>({ parent: undefined, name: 'site' }, (s) => s, {
      kind: 'guardian',
      initial: () => undefined,
    });
    observer = new Observer({
      system,
      parent,
      clock,
      overview: () => anOverview(),
      alerts: () => [anAlert()],
    });
    worker = system.spawn<number, number>({ parent, name: 'worker' }, (sum, n) => sum + n, {
      kind: 'worker',
      initial: () => 0,
    });
  });
  it.afterEach(() => {
    system.shutdown();
  });

  it('sends the tree, then frames in its order, at the asked rate', () => {
    observer.observe(on('actors', 5), listen);
    clock.advance(1000);
    const [topo] = of('topo');
    assert.deepEqual(
      topo?.actors.map(({ path }) => path),
      ['/site', '/site/observer', '/site/worker'],
    );
    assert.equal(of('frame').length, 6);
    assert.ok(
      of('frame').every(
        ({ version, mailbox }) => version === topo?.version && mailbox.length === 3,
      ),
    );
  });

  it('takes rates over a second, so that a quiet actor does not flicker', async () => {
    observer.observe(on('actors'), listen);
    for (let n = 0; n < 30; n += 1) system.tell(worker, n);
    await settle();
    clock.advance(1000);
    assert.equal(Math.round(of('frame').at(-1)?.rate[2] ?? 0), 30);
    clock.advance(500);
    assert.equal(Math.round(of('frame').at(-1)?.rate[2] ?? 0), 30);
    clock.advance(600);
    assert.equal(of('frame').at(-1)?.rate[2], 0);
  });

  it('sends the tree again when an actor comes, and keeps the rates of those that stay', async () => {
    observer.observe(on('actors'), listen);
    for (let n = 0; n < 10; n += 1) system.tell(worker, n);
    await settle();
    clock.advance(1000);
    system.spawn<number, number>({ parent: worker, name: 'child' }, (s) => s, {
      kind: 'c',
      initial: () => 0,
    });
    clock.advance(100);
    assert.equal(of('topo').length, 2);
    const frame = of('frame').at(-1);
    assert.equal(frame?.mailbox.length, 4);
    assert.equal(Math.round(frame?.rate[2] ?? 0), 10);
  });

  it('sends the alerts at once, then each change', async () => {
    observer.observe(on('none'), listen);
    observer.alertChanged(anAlert({ state: 'acknowledged' }));
    await settle();
    assert.deepEqual(
      of('alerts').map(({ snapshot }) => snapshot),
      [true, false],
    );
    assert.equal(of('overview').length, 0);
  });

  it('sends the overview once a second as a heartbeat', () => {
    observer.observe(on('overview'), listen);
    clock.advance(3000);
    assert.equal(of('overview').length, 4);
  });

  it('tells crashes to those who look at the actors, and comings and goings to nobody', async () => {
    observer.observe(on('actors'), listen);
    observer.actorEvent({ type: 'spawned', path: '/x', kind: 'k' });
    observer.actorEvent({ type: 'restarted', path: '/x', restarts: 2 });
    await settle();
    assert.deepEqual(
      of('event').map(({ event }) => event.type),
      ['restarted'],
    );
  });

  it('hands vitals to those who watch that subject alone', () => {
    const stop = observer.observe(on('subject'), listen);
    assert.equal(observer.isWatched(watch), true);
    assert.equal(observer.isWatched(subjectId('device', 'w2')), false);
    observer.seen(watch, []);
    assert.equal(of('vitals').length, 0);
    stop();
    assert.equal(observer.isWatched(watch), false);
  });

  it('stops sending when the viewer goes', () => {
    const stop = observer.observe(on('actors'), listen);
    stop();
    messages.length = 0;
    clock.advance(5000);
    assert.equal(messages.length, 0);
  });
});
