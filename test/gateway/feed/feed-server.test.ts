import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import type { FeedMessage, FeedRequest } from '../../../src/model/feed.ts';
import { decodeFeed, encodeFeed } from '../../../src/gateway/feed/codec.ts';
import type { HttpGatewayOptions } from '../../../src/gateway/http/options.ts';
import type { Role } from '../../../src/security/tokens.ts';
import { ACTOR, anAlert } from '../../support/fake-site.ts';
import { startGateway, type Fixture } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

/** A dashboard that remembers what it got and can wait for a message. */
class Dashboard {
  readonly socket: WebSocket;
  readonly got: FeedMessage[] = [];
  #wake: () => void = () => undefined;

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ui/ws`, options);
    this.socket.on('message', (data: Buffer) => {
      this.got.push(decodeFeed(data));
      this.#wake();
    });
    this.socket.on('error', () => undefined);
  }

  opened(): Promise<unknown> {
    return once(this.socket, 'open');
  }

  say(request: FeedRequest): void {
    this.socket.send(encodeFeed(request));
  }

  /** Resolves to the first message (from `start` on) for which `matches` holds. */
  async until<T extends FeedMessage['type']>(
    type: T,
    matches: (message: Extract<FeedMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<FeedMessage, { type: T }>> {
    for (;;) {
      const found = this.got.find(
        (message): message is Extract<FeedMessage, { type: T }> =>
          message.type === type && matches(message as Extract<FeedMessage, { type: T }>),
      );
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async closed(): Promise<number> {
    const [code] = (await once(this.socket, 'close')) as [number];
    return code;
  }
}

function frame(version: number): FeedMessage {
  return {
    type: 'frame',
    version,
    at: 1,
    mailbox: Uint32Array.of(1, 70_000),
    rate: Float32Array.of(0.5, 2),
    restarts: Uint32Array.of(0, 3),
    state: Uint8Array.of(1, 4),
  };
}

describe('feed server', (it) => {
  let gateway: Fixture;
  const open: Dashboard[] = [];
  const start = async (overrides: Partial<HttpGatewayOptions> = {}) => {
    gateway = await startGateway(overrides);
  };
  const dial = async (options: ClientOptions = {}) => {
    const dashboard = new Dashboard(gateway.url, options);
    open.push(dashboard);
    await dashboard.opened();
    return dashboard;
  };
  const greet = async (role: Role = 'viewer', options: ClientOptions = {}) => {
    const dashboard = await dial(options);
    dashboard.say({ type: 'hello', proto: 1, token: gateway.tokens[role] });
    await dashboard.until('alerts');
    return dashboard;
  };
  it.afterEach(async () => {
    for (const { socket } of open.splice(0)) socket.terminate();
    await gateway.close();
  });

  it('welcomes a valid token and sends the alerts that matter', async () => {
    await start();
    const dashboard = await greet('operator');
    const welcome = await dashboard.until('welcome');
    assert.deepEqual(
      { ...welcome, now: 0 },
      { type: 'welcome', proto: 1, site: 'local', now: 0, rate: 1, role: 'operator' },
    );
    const snapshot = await dashboard.until('alerts', ({ snapshot }) => snapshot);
    assert.equal(snapshot.alerts[0]!.id, anAlert().id);
    assert.deepEqual(gateway.site.observed(), [{ page: 'none', subject: undefined, hz: 0 }]);
  });

  it('closes with 4401 on a wrong token and with 4403 on a role that may not read', async () => {
    await start();
    const stranger = await dial();
    stranger.say({ type: 'hello', proto: 1, token: 'wk_x_y' });
    assert.equal(await stranger.closed(), 4401);
    const service = await dial();
    service.say({ type: 'hello', proto: 1, token: gateway.tokens.service });
    assert.equal(await service.closed(), 4403);
    assert.deepEqual(gateway.site.observed(), []);
  });

  it('closes with 4408 on who says nothing, and with 1008 on who does not greet first', async () => {
    await start({ feedLimits: { helloMs: 50 } });
    assert.equal(await (await dial()).closed(), 4408);
    const hasty = await dial();
    hasty.say({ type: 'sub', page: 'actors' });
    assert.equal(await hasty.closed(), 1008);
  });

  for (const [what, bytes, code] of [
    ['text', 'hello', 1007],
    ['bytes that are no msgpack', Buffer.from([0xc1, 0xff]), 1007],
    ['a map that is no request', encodeFeed({ type: 'dance' } as unknown as FeedRequest), 1007],
    ['over 16 KiB', Buffer.alloc(17_000), 1009],
  ] as const) {
    it(`closes on ${what} with ${code}`, async () => {
      await start();
      const dashboard = await dial();
      dashboard.socket.send(bytes);
      assert.equal(await dashboard.closed(), code);
    });
  }

  it('subscribes to one page at a time, at 10 Hz at most', async () => {
    await start();
    const dashboard = await greet();
    dashboard.say({ type: 'sub', page: 'actors', hz: 60 });
    await dashboard.until('overview');
    assert.deepEqual(gateway.site.observed(), [{ page: 'actors', subject: undefined, hz: 10 }]);
    dashboard.say({ type: 'sub', page: 'subject', subject: 'device:w-1', hz: 1, path: ACTOR.path });
    await dashboard.until('state');
    assert.deepEqual(gateway.site.observed(), [{ page: 'subject', subject: 'device:w-1', hz: 1 }]);
    dashboard.socket.close();
    await dashboard.closed();
    while (gateway.site.observed().length > 0) await new Promise(setImmediate);
  });

  it('delivers frames as typed arrays', async () => {
    await start();
    const dashboard = await greet();
    gateway.site.emit(frame(3));
    assert.deepEqual(await dashboard.until('frame'), frame(3));
  });

  it("sends the overview and the watched actor's state each second", async () => {
    await start();
    const dashboard = await greet();
    dashboard.say({ type: 'sub', page: 'overview', path: ACTOR.path });
    let overviews = 0;
    await dashboard.until('overview', () => (overviews += 1) > 6);
    assert.deepEqual(await dashboard.until('state'), {
      type: 'state',
      path: ACTOR.path,
      state: { open: 1 },
      capturedAt: 9,
    });
  });

  it('says so when the subject or the actor does not exist', async () => {
    await start();
    const dashboard = await greet();
    dashboard.say({ type: 'sub', page: 'subject', subject: 'planet:x' });
    await dashboard.until('error', ({ code }) => code === 'BAD_REQUEST');
    dashboard.say({ type: 'sub', page: 'actors', path: '/local/none' });
    await dashboard.until('error', ({ code }) => code === 'NOT_FOUND');
  });

  it('drops frames beyond 10 a second and counts them', async () => {
    await start();
    const dashboard = await greet();
    for (let version = 0; version < 50; version += 1) gateway.site.emit(frame(version));
    gateway.site.emit({ type: 'alerts', snapshot: false, alerts: [anAlert({ revision: 2 })] });
    await dashboard.until('alerts', ({ snapshot }) => !snapshot);
    assert.ok(dashboard.got.filter(({ type }) => type === 'frame').length <= 3);
    const text = await (await gateway.call('/metrics')).text();
    assert.match(text, /watchkeeper_feed_dropped_total\{type="frame"\} 4\d/);
  });

  it('queues nothing for a dashboard that does not read, and brings it up to date later', async () => {
    await start({ feedLimits: { bufferedBytes: 65_536 } });
    // What waits to be compressed would count as well, and be gone a moment later.
    const plain = { perMessageDeflate: false };
    const [slow, fast] = [await greet('viewer', plain), await greet('viewer', plain)];
    slow.socket.pause();
    const points = Array.from({ length: 2_000 }, (_, timestamp) => ({ timestamp }) as never);
    let sent = 0;
    const isDropping = async () =>
      /feed_dropped_total\{type="vitals"\}/.test(await (await gateway.call('/metrics')).text());
    while (!(await isDropping())) {
      for (let round = 0; round < 20; round += 1)
        gateway.site.emit({ type: 'vitals', subject: `s${(sent += 1)}`, points });
    }
    for (let revision = 2; revision < 20; revision += 1) {
      gateway.site.emit({ type: 'alerts', snapshot: false, alerts: [anAlert({ revision })] });
      gateway.site.emit({ type: 'topo', version: revision, actors: [ACTOR] });
    }
    await fast.until('topo', ({ version }) => version === 19);
    assert.equal(slow.got.length, 2);
    slow.socket.resume();
    assert.equal((await slow.until('topo')).version, 19);
    const update = await slow.until('alerts', ({ snapshot }) => !snapshot);
    assert.deepEqual(
      update.alerts.map(({ revision }) => revision),
      [19],
    );
    assert.equal(fast.got.filter(({ type }) => type === 'topo').length, 18);
    assert.ok(slow.got.filter(({ type }) => type === 'vitals').length < sent);
  });

  it('ends a connection when its token is revoked', async () => {
    await start();
    const dashboard = await greet();
    const [viewer] = gateway.store.list();
    await gateway.store.revoke(viewer!.id);
    assert.equal(await dashboard.closed(), 4401);
  });

  it('cuts a connection that does not answer pings', async () => {
    await start({ feedLimits: { pingMs: 50 } });
    const alive = await greet();
    const dead = await greet();
    dead.socket.pause();
    while (gateway.site.observed().length > 1)
      await alive.until('welcome').then(() => new Promise(setImmediate));
    assert.equal(alive.socket.readyState, WebSocket.OPEN);
  });

  it('closes who asks too often', async () => {
    await start();
    const dashboard = await greet();
    for (let count = 0; count < 60; count += 1) dashboard.say({ type: 'sub', page: 'none' });
    assert.equal(await dashboard.closed(), 4429);
  });

  it('takes no more dashboards than it may', async () => {
    await start({ feedLimits: { connections: 1 } });
    await dial();
    const second = new Dashboard(gateway.url);
    open.push(second);
    const [, response] = (await once(second.socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ];
    assert.equal(response.statusCode, 503);
  });

  it('lets in pages of its own origin', async () => {
    await start();
    const dashboard = await dial({ origin: gateway.url });
    assert.equal(dashboard.socket.readyState, WebSocket.OPEN);
  });

  it('closes with 1012 when the site stops', async () => {
    await start();
    const dashboard = await greet();
    const closed = dashboard.closed();
    await gateway.close();
    assert.equal(await closed, 1012);
  });
});
