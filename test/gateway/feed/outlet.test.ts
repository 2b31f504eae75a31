import assert from 'node:assert/strict';
import { decodeFeed } from '../../../src/gateway/feed/codec.ts';
import { Outlet } from '../../../src/gateway/feed/outlet.ts';
import type { FeedMessage } from '../../../src/model/feed.ts';
import { anAlert } from '../../support/fake-site.ts';
import { describe } from '../../support/suite.ts';

function anOutlet() {
  const sent: FeedMessage[] = [];
  const dropped: string[] = [];
  const seen = { snapshots: 0 };
  const socket = {
    bufferedAmount: 0,
    send: (bytes: Uint8Array) => {
      sent.push(decodeFeed(bytes));
    },
  };
  const outlet = new Outlet({
    socket,
    bufferedBytes: 100,
    pendingAlerts: 2,
    onDropped: (type) => dropped.push(type),
    requestSnapshot: () => {
      seen.snapshots += 1;
    },
  });
  return { outlet, socket, sent, dropped, seen };
}

const live = (id: string, revision = 1): FeedMessage => ({
  type: 'alerts',
  snapshot: false,
  alerts: [anAlert({ id, revision })],
});
const SNAPSHOT: FeedMessage = { type: 'alerts', snapshot: true, alerts: [] };

describe('Outlet', (it) => {
  it('holds live alerts until the first snapshot went out', () => {
    const { outlet, sent } = anOutlet();
    outlet.send(live('a'));
    outlet.flush();
    assert.equal(sent.length, 0);
    outlet.send(SNAPSHOT);
    assert.deepEqual(
      sent.map((message) => message.type === 'alerts' && message.snapshot),
      [true, false],
    );
  });

  it('keeps the newest of each alert while the socket is slow', () => {
    const { outlet, socket, sent } = anOutlet();
    outlet.send(SNAPSHOT);
    socket.bufferedAmount = 101;
    for (const message of [live('a', 1), live('b', 5), live('a', 3), live('b', 4)])
      outlet.send(message);
    socket.bufferedAmount = 100;
    outlet.flush();
    const last = sent.at(-1);
    assert.ok(last?.type === 'alerts');
    assert.deepEqual(
      last.alerts.map(({ id, revision }) => [id, revision]),
      [
        ['a', 3],
        ['b', 5],
      ],
    );
  });

  it('asks for a snapshot instead of keeping more alerts than it may', () => {
    const { outlet, socket, sent, dropped, seen } = anOutlet();
    outlet.send(SNAPSHOT);
    socket.bufferedAmount = 101;
    for (const id of ['a', 'b', 'c', 'd']) outlet.send(live(id));
    assert.deepEqual(dropped, ['alerts']);
    socket.bufferedAmount = 0;
    outlet.flush();
    assert.equal(seen.snapshots, 1);
    outlet.send(live('e'));
    assert.equal(sent.length, 1);
    outlet.send(SNAPSHOT);
    const last = sent.at(-1);
    assert.ok(last?.type === 'alerts');
    assert.deepEqual(
      last.alerts.map(({ id }) => id),
      ['d', 'e'],
    );
  });

  it('asks again for a snapshot that the slow socket could not take', () => {
    const { outlet, socket, seen } = anOutlet();
    socket.bufferedAmount = 101;
    outlet.send(SNAPSHOT);
    socket.bufferedAmount = 0;
    outlet.flush();
    assert.equal(seen.snapshots, 1);
  });

  it('keeps the newest tree only, and sends it before what follows', () => {
    const { outlet, socket, sent, dropped } = anOutlet();
    socket.bufferedAmount = 101;
    outlet.send({ type: 'topo', version: 1, actors: [] });
    outlet.send({ type: 'topo', version: 2, actors: [] });
    outlet.send({ type: 'error', code: 'X', message: '' });
    socket.bufferedAmount = 0;
    outlet.send({ type: 'vitals', subject: 's', points: [] });
    assert.deepEqual(
      sent.map(({ type }) => type),
      ['topo', 'vitals'],
    );
    assert.deepEqual(dropped, ['topo', 'error']);
  });
});
