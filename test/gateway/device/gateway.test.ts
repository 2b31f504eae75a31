import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { systemClock } from '../../../src/core/clock.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { PENALTY_LIMITS, PenaltyBox } from '../../../src/gateway/penalty-box.ts';
import { ENTRY } from '../../../src/model/journal-entry.ts';
import type { FrameClass, Lane } from '../../../src/model/frame.ts';
import { laneOf } from '../../../src/model/frame.ts';
import type { ControlBodies, ControlKind } from '../../../src/wire/control-bodies.ts';
import { decodeControl } from '../../../src/wire/control.ts';
import { bodyOf, FRAME, readHeader, splitFrames, SUBPROTOCOL } from '../../../src/wire/frame.ts';
import {
  dataFrame,
  helloFrame,
  SITE_KEY,
  testSite,
  type TestSite,
  type TestSiteOptions,
} from '../../support/device-site.ts';
import { MemoryJournal } from '../../support/memory-journal.ts';
import { describe } from '../../support/suite.ts';

interface LiveSite extends TestSite {
  readonly url: string;
  readonly server: Server;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for what the event loop brings about by itself; the test's deadline ends it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** A watch over a real socket, without buffer or resend. */
class SocketWatch {
  readonly frames: { readonly kind: number; readonly body: Uint8Array }[] = [];
  readonly acked: [number, number] = [0, 0];
  readonly shed: (readonly [Lane, number])[] = [];
  closed: number | undefined;
  readonly socket: WebSocket;
  readonly #id: string;
  readonly #site: LiveSite;

  constructor(site: LiveSite, id: string) {
    this.#site = site;
    this.#id = id;
    this.socket = new WebSocket(site.url, SUBPROTOCOL, { perMessageDeflate: false });
    this.socket.on('message', (message: Buffer) => {
      for (const { header, frame } of splitFrames(message)) this.#take(header.kind, bodyOf(frame));
    });
    this.socket.on('close', (code) => (this.closed = code));
    this.socket.on('error', () => undefined);
  }

  #take(kind: number, body: Uint8Array): void {
    this.frames.push({ kind, body });
    if (kind !== FRAME.ack) return;
    const { acks, shed = [] } = decodeControl(FRAME.ack, body);
    for (const [lane, seq] of acks) this.acked[lane] = seq;
    this.shed.push(...shed);
  }

  bodies<K extends ControlKind>(kind: K): ControlBodies[K][] {
    return this.frames
      .filter((each) => each.kind === kind)
      .map(({ body }) => decodeControl(kind, body));
  }

  async got(kind: number): Promise<void> {
    await until(() => this.frames.some((each) => each.kind === kind));
  }

  async hello(epoch = 1): Promise<this> {
    await this.got(FRAME.challenge);
    const [{ nonce } = { nonce: new Uint8Array(32) }] = this.bodies(FRAME.challenge);
    this.socket.send(
      helloFrame({ device: this.#id, epoch }, nonce, this.#site.directory.key(this.#id)),
    );
    await this.got(FRAME.welcome);
    return this;
  }

  get raw(): Socket {
    return (this.socket as unknown as { readonly _socket: Socket })._socket;
  }
}

/** A masked frame of RFC 6455 with a zero mask. */
function rawFrame(first: number, payload: Uint8Array, length = payload.length): Buffer {
  const header = Buffer.from([first, 0x80 | 126, length >> 8, length & 255, 0, 0, 0, 0]);
  return Buffer.concat([header, payload]);
}

describe('device gateway over sockets', (it) => {
  const servers: LiveSite[] = [];

  async function serve(options: TestSiteOptions = {}): Promise<LiveSite> {
    const site = testSite({
      clock: systemClock,
      journal: new MemoryJournal({ auto: true }),
      ...options,
    });
    const server = createServer(
      (request, response) => void response.writeHead(404).end(request.url),
    );
    server.on('upgrade', (request, socket, head) => {
      site.gateway.upgrade(request, socket, head);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const live = { ...site, server, url: `ws://127.0.0.1:${port}/v1/device` };
    for (const id of ['w1', 'w2', 'w3', 'w4']) site.directory.enroll(id);
    servers.push(live);
    return live;
  }

  it.afterEach(async () => {
    for (const { gateway, journal, server } of servers.splice(0)) {
      journal.commit();
      await gateway.drain();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('takes frames over a real socket and acks them', async () => {
    const site = await serve();
    const watch = await new SocketWatch(site, 'w1').hello();
    assert.equal(watch.socket.protocol, SUBPROTOCOL);
    assert.equal(watch.socket.extensions, '');
    assert.equal(site.gateway.isOnline('w1'), true);
    for (let seq = 1; seq <= 300; seq += 1) watch.socket.send(dataFrame(1, seq));
    await until(() => watch.acked[0] === 300);
    const seqs = site.journal.entries
      .filter(({ kind }) => kind === ENTRY.frame)
      .map(({ body }) => readHeader(body).seq);
    assert.deepEqual(
      seqs,
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
    watch.socket.close();
    await until(() => site.gateway.online === 0);
  });

  it('refuses before the handshake what does not ask for the subprotocol or is one too many', async () => {
    const site = await serve({ limits: { connections: 3, connectionsPerAddress: 2 } });
    const status = (protocol?: string): Promise<number | undefined> =>
      new Promise((resolve) => {
        const socket = new WebSocket(site.url, protocol);
        socket.on('error', () => undefined);
        socket.on('unexpected-response', (_request, response) => {
          resolve(response.statusCode);
          response.resume();
        });
        socket.on('open', () => {
          resolve(101);
        });
      });
    assert.equal(await status(), 400);
    assert.equal(await status('watchkeeper.v2'), 400);
    assert.equal(await status(SUBPROTOCOL), 101);
    assert.equal(await status(SUBPROTOCOL), 101);
    assert.equal(await status(SUBPROTOCOL), 429);
    const small = await serve({ limits: { connections: 0 } });
    const socket = new WebSocket(small.url, SUBPROTOCOL);
    const [code] = await new Promise<[number | undefined]>((resolve) => {
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, response) => {
        resolve([response.statusCode]);
        response.resume();
      });
    });
    assert.equal(code, 503);
  });

  it('closes what breaks the protocol with a typed code, counted, and leaves others alone', async () => {
    const site = await serve();
    const good = await new SocketWatch(site, 'w1').hello();
    const table: readonly (readonly [string, number, number, (watch: SocketWatch) => void])[] = [
      [
        'a text message',
        1003,
        1003,
        ({ socket }) => {
          socket.send('{"hello":1}');
        },
      ],
      [
        'a message above 64 KiB',
        1009,
        1009,
        ({ socket }) => {
          socket.send(new Uint8Array(65_537));
        },
      ],
      [
        'a garbage frame',
        4000,
        4000,
        ({ socket }) => {
          socket.send(new Uint8Array(64).fill(255));
        },
      ],
      [
        'an opcode that does not exist',
        1002,
        1002,
        ({ raw }) => {
          raw.write(rawFrame(0x83, new Uint8Array(4)));
        },
      ],
      [
        'an unmasked frame',
        1002,
        1002,
        ({ raw }) => {
          raw.write(Buffer.from([0x82, 1, 0]));
        },
      ],
      [
        'too many fragments',
        1008,
        1008,
        ({ socket }) => {
          for (let left = 0; left < 66; left += 1) socket.send(new Uint8Array(1), { fin: false });
        },
      ],
    ];
    for (const [name, seen, counted, act] of table) {
      const before = site.gateway.closes.get(counted) ?? 0;
      const watch = await new SocketWatch(site, 'w2').hello();
      act(watch);
      await until(() => watch.closed !== undefined);
      assert.equal(watch.closed, seen, name);
      await until(() => (site.gateway.closes.get(counted) ?? 0) === before + 1);
    }
    good.socket.send(dataFrame(1, 1));
    await until(() => good.acked[0] === 1);
    assert.equal(good.closed, undefined);
  });

  it('survives sockets that are cut, half open or full of noise', async () => {
    const site = await serve();
    const { port } = new URL(site.url);
    const good = await new SocketWatch(site, 'w1').hello();
    for (let index = 0; index < 20; index += 1) {
      const watch = new SocketWatch(site, 'w2');
      await watch.got(FRAME.challenge);
      watch.raw.write(
        Buffer.from(Array.from({ length: 100 }, (_, at) => (at * 37 + index * 11) & 255)),
      );
      if (index % 2 === 0) watch.raw.destroy();
      else watch.raw.end();
      await until(() => watch.closed !== undefined);
    }
    const noise = connectTcp(Number(port), '127.0.0.1');
    noise.on('error', () => undefined);
    noise.resume();
    noise.end('GET /v1/device HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    await new Promise((resolve) => noise.once('close', resolve));
    good.socket.send(dataFrame(1, 1));
    await until(() => good.acked[0] === 1);
    await until(() => site.gateway.online === 1);
  });

  it('takes a message in fragments as one', async () => {
    const site = await serve();
    const watch = await new SocketWatch(site, 'w1').hello();
    const frame = dataFrame(1, 1);
    watch.socket.send(frame.subarray(0, 7), { fin: false });
    watch.socket.send(frame.subarray(7, 21), { fin: false });
    watch.socket.send(frame.subarray(21), { fin: true });
    await until(() => watch.acked[0] === 1);
    assert.deepEqual(Buffer.from(site.journal.entries.at(-1)!.body), Buffer.from(frame));
  });

  it('ends a connection that leaves a message half way, or says nothing at all', async () => {
    const clock = new SimulatedClock();
    const site = await serve({ clock });
    const half = await new SocketWatch(site, 'w1').hello();
    const frame = dataFrame(1, 1);
    half.raw.write(rawFrame(0x82, frame.subarray(0, 30), frame.length));
    const silent = new SocketWatch(site, 'w2');
    await silent.got(FRAME.challenge);
    for (let second = 0; half.closed === undefined || silent.closed === undefined; second += 1) {
      assert.ok(second < 10_000, 'still open');
      if (second % 20 === 0 && clock.monotonic() < 30_000) clock.advance(1_000);
      await turn();
    }
    assert.deepEqual([half.closed, silent.closed], [4008, 4008]);
    assert.match(half.bodies(FRAME.bye)[0]?.reason ?? '', /incomplete/);
    assert.match(silent.bodies(FRAME.bye)[0]?.reason ?? '', /hello/);
  });

  it('keeps an idle watch that answers pings', async () => {
    const clock = new SimulatedClock();
    const site = await serve({ clock });
    const watch = await new SocketWatch(site, 'w1').hello();
    let pings = 0;
    watch.socket.on('ping', () => (pings += 1));
    for (let round = 1; round <= 3; round += 1) {
      const answered = new Promise((resolve) => watch.raw.once('data', resolve));
      clock.advance(60_000);
      await answered;
      await until(() => pings === round);
      // The pong is on its way back; what is sent behind it tells that it has arrived.
      watch.socket.send(dataFrame(1, round));
      await until(() => watch.acked[0] === round);
    }
    assert.equal(watch.closed, undefined);
  });

  it('cuts a watch that does not read', async () => {
    const site = await serve();
    const watch = await new SocketWatch(site, 'w1').hello();
    watch.raw.pause();
    const reason = 'x'.repeat(256);
    let sent = 0;
    while (site.gateway.note('w1', 'w1/1/0/1', reason)) {
      sent += 1;
      assert.ok(sent < 200_000, 'never cut');
    }
    await until(() => site.gateway.closes.get(4003) === 1);
    assert.equal(site.gateway.isOnline('w1'), false);
  });

  it('tells notes and new keys to those who are there', async () => {
    const site = await serve();
    const watch = await new SocketWatch(site, 'w1').hello();
    assert.equal(site.gateway.note('w1', 'w1/1/0/1', 'SEAL_INVALID'), true);
    assert.equal(site.gateway.note('w2', 'w2/1/0/1', 'SEAL_INVALID'), false);
    site.gateway.announceKey({ ...SITE_KEY, id: 'ff', notBefore: site.clock.wall() + 5_000 });
    await watch.got(FRAME.key);
    assert.deepEqual(watch.bodies(FRAME.note), [{ frame: 'w1/1/0/1', reason: 'SEAL_INVALID' }]);
    const [key] = watch.bodies(FRAME.key);
    assert.equal(key?.key_id, 'ff');
    assert.ok(Math.abs((key?.not_before ?? 0) - site.clock.now() - 5_000) < 2_000);
  });

  it('closes revoked and replaced watches with their codes', async () => {
    const site = await serve();
    const first = await new SocketWatch(site, 'w1').hello();
    const second = await new SocketWatch(site, 'w1').hello();
    await until(() => first.closed !== undefined);
    assert.equal(first.closed, 4004);
    assert.equal(site.gateway.online, 1);
    site.directory.revoke('w1');
    await until(() => second.closed !== undefined);
    assert.equal(second.closed, 4403);
    assert.deepEqual([site.gateway.closes.get(4004), site.gateway.closes.get(4403)], [1, 1]);
  });

  it('drains: what was read is acked before 1012, what was not is not', async () => {
    const site = await serve({ journal: new MemoryJournal() });
    const watch = await new SocketWatch(site, 'w1').hello();
    site.journal.commit();
    for (let seq = 1; seq <= 20; seq += 1) watch.socket.send(dataFrame(1, seq));
    await until(() => site.gateway.totals.received === 20);
    const drained = site.gateway.drain();
    assert.equal(site.gateway.drain(), drained, 'idempotent');
    await turn();
    assert.equal(watch.closed, undefined, 'waits for the disk');
    watch.socket.send(dataFrame(1, 21));
    site.journal.commit();
    await drained;
    await until(() => watch.closed !== undefined);
    assert.equal(watch.closed, 1012);
    assert.deepEqual(watch.acked, [20, 0]);
    const [bye] = watch.bodies(FRAME.bye);
    assert.equal(bye?.code, 1012);
    assert.ok((bye?.resume_after_ms ?? 0) >= 500);
    assert.equal(site.gateway.totals.received, 20);
    const late = new SocketWatch(site, 'w2');
    await until(() => late.closed !== undefined);
    assert.equal(late.closed, 1006);
  });

  it('cuts at the end of a drain those that do not close', async () => {
    const site = await serve({ limits: { closeMs: 50 } });
    const watch = await new SocketWatch(site, 'w1').hello();
    watch.raw.pause();
    await site.gateway.drain();
    watch.raw.resume();
    await until(() => watch.closed !== undefined);
    assert.equal(site.gateway.online, 0);
  });

  it('stands ten times the load it can fold: classes 0 and 1 whole, the rest shed or waiting, all counted', async () => {
    const site = await serve({ intakeLimits: { entries: 64 } });
    const watches = await Promise.all(
      ['w1', 'w2', 'w3', 'w4'].map((id) => new SocketWatch(site, id).hello()),
    );
    let folded = 0;
    let most = 0;
    const fold = (): void => {
      const { durableLsn } = site.journal;
      most = Math.max(most, site.intake.pressure());
      const count = Math.min(8, durableLsn - folded);
      folded += count;
      if (count > 0) site.intake.folded(count, count * 60);
    };
    const sent = new Map<SocketWatch, [number, number]>();
    for (const watch of watches) {
      const seqs: [number, number] = [0, 0];
      for (let index = 0; index < 1_500; index += 1) {
        const frameClass: FrameClass = index % 20 === 0 ? 0 : index % 10 === 1 ? 2 : 3;
        const lane = laneOf(frameClass);
        seqs[lane] += 1;
        watch.socket.send(dataFrame(frameClass, seqs[lane]));
      }
      sent.set(watch, seqs);
    }
    const isDone = (): boolean =>
      watches.every((watch) => String(watch.acked) === String(sent.get(watch)));
    while (!isDone()) {
      fold();
      await turn();
    }
    const { accepted, journalled, shed } = site.intake.counters;
    assert.deepEqual(shed.slice(0, 2), [0, 0]);
    assert.ok(shed[3] > 100, `only ${shed[3]} shed`);
    assert.equal(accepted, 6_000);
    assert.equal(accepted, journalled + shed[2] + shed[3]);
    assert.equal(
      watches.reduce((sum, watch) => sum + watch.shed.length, 0),
      shed[2] + shed[3],
      'each is told',
    );
    assert.ok(most <= 1.5, `pressure ${most}`);
    const { received, duplicates } = site.gateway.totals;
    assert.deepEqual([received, duplicates], [6_000, 0]);
    const urgent = site.journal.entries.filter(
      ({ kind, body }) => kind === ENTRY.frame && readHeader(body).lane === 0,
    );
    assert.equal(urgent.length, 300);
  });

  it('lets an address wait for its next socket when too many of it had to be closed', async () => {
    const clock = new SimulatedClock();
    const penalties = new PenaltyBox(clock, { limits: { ...PENALTY_LIMITS, burst: 2 } });
    const site = await serve({ clock, penalties });
    const good = await new SocketWatch(site, 'w1').hello();
    for (let time = 0; time < 3; time += 1) {
      const watch = new SocketWatch(site, `bad${time}`);
      await watch.got(FRAME.challenge);
      watch.socket.send('text');
      await until(() => watch.closed !== undefined);
      assert.equal(watch.closed, 1003);
    }
    const next = new SocketWatch(site, 'w2');
    const frame = dataFrame(1, 1);
    good.socket.send(frame);
    await until(() => good.acked[0] + good.acked[1] > 0);
    assert.deepEqual(next.frames, []);
    clock.advance(500);
    await next.hello();
    for (const watch of [good, next]) watch.socket.close();
  });
});
