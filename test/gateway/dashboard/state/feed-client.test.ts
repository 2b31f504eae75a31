import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../../src/core/simulated-clock.ts';
import {
  createFeedClient,
  type FeedClient,
  type FeedSocket,
} from '../../../../src/gateway/dashboard/state/feed-client.ts';
import type { LinkFacts } from '../../../../src/gateway/dashboard/logic/link-state.ts';
import { decodeFeedRequest, encodeFeed } from '../../../../src/gateway/feed/codec.ts';
import type { FeedMessage, FeedRequest } from '../../../../src/model/feed.ts';
import { anOverview } from '../../../support/dashboard-fixtures.ts';
import { describe } from '../../../support/suite.ts';

const WELCOME: FeedMessage = {
  type: 'welcome',
  proto: 1,
  site: 'local',
  now: 1,
  rate: 1,
  role: 'admin',
};

/** The far end of a socket, by hand. */
class FakeSocket implements FeedSocket {
  binaryType: BinaryType = 'blob';
  onopen: FeedSocket['onopen'] = null;
  onmessage: FeedSocket['onmessage'] = null;
  onclose: FeedSocket['onclose'] = null;
  readonly sent: (FeedRequest | undefined)[] = [];
  closed = false;

  send(data: unknown): void {
    this.sent.push(decodeFeedRequest(data as Uint8Array));
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.call(this as unknown as WebSocket, {} as Event);
  }

  deliver(message: FeedMessage): void {
    const data = Uint8Array.from(encodeFeed(message)).buffer;
    this.onmessage?.call(this as unknown as WebSocket, { data } as MessageEvent);
  }

  lose(code = 1006): void {
    this.onclose?.call(this as unknown as WebSocket, { code } as CloseEvent);
  }
}

interface Setup {
  readonly clock: SimulatedClock;
  readonly sockets: FakeSocket[];
  readonly messages: FeedMessage[];
  readonly links: LinkFacts[];
  readonly refusals: number[];
  readonly client: FeedClient;
}

function setUp(): Setup {
  const clock = new SimulatedClock();
  const parts = {
    clock,
    sockets: [] as FakeSocket[],
    messages: [] as FeedMessage[],
    links: [] as LinkFacts[],
    refusals: [] as number[],
  };
  const client = createFeedClient({
    url: 'ws://site/ui/ws',
    token: 'secret',
    clock,
    random: () => 0.5,
    openSocket: () => {
      const socket = new FakeSocket();
      parts.sockets.push(socket);
      return socket;
    },
    onMessage: (message) => parts.messages.push(message),
    onLink: (facts) => parts.links.push(facts),
    onRefused: () => parts.refusals.push(clock.monotonic()),
  });
  return { ...parts, client };
}

function connect({ sockets }: Setup): FakeSocket {
  const socket = sockets.at(-1);
  assert.ok(socket);
  socket.open();
  socket.deliver(WELCOME);
  return socket;
}

describe('dashboard feed client', (it) => {
  it('says hello, and subscribes once it is welcome', () => {
    const setup = setUp();
    setup.client.subscribe({ page: 'actors', hz: 10 });
    const [socket] = setup.sockets;
    socket?.open();
    assert.deepEqual(socket?.sent, [{ type: 'hello', proto: 1, token: 'secret' }]);
    socket?.deliver(WELCOME);
    assert.deepEqual(socket?.sent[1], { type: 'sub', page: 'actors', hz: 10 });
    setup.client.subscribe({ page: 'overview' });
    assert.deepEqual(socket?.sent[2], { type: 'sub', page: 'overview' });
    assert.equal(socket?.binaryType, 'arraybuffer');
    setup.client.close();
  });

  it('passes messages on and notes when the last one came', () => {
    const setup = setUp();
    const socket = connect(setup);
    setup.clock.advance(700);
    socket.deliver({ type: 'overview', overview: anOverview() });
    assert.deepEqual(
      setup.messages.map(({ type }) => type),
      ['welcome', 'overview'],
    );
    assert.deepEqual(setup.links.at(-1), { phase: 'open', lastMessageAt: 700 });
    setup.client.close();
  });

  it('connects again with growing waits, and subscribes to the same', () => {
    const setup = setUp();
    setup.client.subscribe({ page: 'overview' });
    connect(setup).lose();
    assert.equal(setup.links.at(-1)?.phase, 'waiting');
    setup.clock.advance(499);
    assert.equal(setup.sockets.length, 1);
    setup.clock.advance(1);
    assert.equal(setup.sockets.length, 2);
    setup.sockets[1]?.lose();
    setup.clock.advance(999);
    assert.equal(setup.sockets.length, 2);
    setup.clock.advance(1);
    assert.equal(setup.sockets.length, 3);
    const socket = connect(setup);
    assert.deepEqual(socket.sent[1], { type: 'sub', page: 'overview' });
    socket.lose();
    setup.clock.advance(500);
    assert.equal(setup.sockets.length, 4, 'a welcome starts the waits anew');
    setup.client.close();
  });

  it('connects at once when asked to', () => {
    const setup = setUp();
    connect(setup).lose();
    setup.client.retryNow();
    assert.equal(setup.sockets.length, 2);
    setup.client.retryNow();
    setup.clock.advance(600);
    assert.equal(setup.sockets.length, 2);
    setup.client.close();
  });

  it('drops a connection that has gone silent, and opens another', () => {
    const setup = setUp();
    const socket = connect(setup);
    for (let second = 0; second < 12; second += 1) setup.clock.advance(1000);
    assert.ok(socket.closed);
    assert.equal(setup.links.at(-1)?.phase, 'waiting');
    socket.lose();
    setup.clock.advance(1000);
    assert.equal(setup.sockets.length, 2);
    setup.client.close();
  });

  it('gives up when the site does not take the token', () => {
    for (const refuse of [
      (socket: FakeSocket) => socket.lose(4401),
      (socket: FakeSocket) => socket.lose(4403),
      (socket: FakeSocket) =>
        socket.deliver({ type: 'error', code: 'UNAUTHENTICATED', message: '' }),
    ]) {
      const setup = setUp();
      const [socket] = setup.sockets;
      socket?.open();
      if (socket !== undefined) refuse(socket);
      assert.equal(setup.refusals.length, 1);
      setup.clock.advance(60_000);
      assert.equal(setup.sockets.length, 1);
    }
  });

  it('passes other errors on', () => {
    const setup = setUp();
    connect(setup).deliver({ type: 'error', code: 'BAD_REQUEST', message: 'no' });
    assert.equal(setup.messages.at(-1)?.type, 'error');
    assert.equal(setup.refusals.length, 0);
    setup.client.close();
  });

  it('stays closed', () => {
    const setup = setUp();
    const socket = connect(setup);
    setup.client.close();
    setup.client.close();
    socket.lose();
    setup.clock.advance(60_000);
    assert.equal(setup.sockets.length, 1);
    assert.ok(socket.closed);
  });
});
