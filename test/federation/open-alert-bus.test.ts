import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { systemClock } from '../../src/core/clock.ts';
import { WatchkeeperError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { AlertBus, BusAck } from '../../src/federation/alert-bus.ts';
import { alertStreamName } from '../../src/federation/alert-stream.ts';
import { openAlertBus, type OpenAlertBusOptions } from '../../src/federation/open-alert-bus.ts';
import {
  findNatsServer,
  freePort,
  isAlive,
  startPlainServer,
  until,
} from '../support/nats-server.ts';
import { notification, seedAlert } from '../support/notifications.ts';
import { describe, type It, type TestBody } from '../support/suite.ts';

const { program, reason } = findNatsServer();
const SUBJECT = 'alerts.v1.local.high.error_spike.service_3apayment-service';

/** What a test opened, to be closed when it is over. */
const closers: (() => Promise<void> | void)[] = [];

async function cleanUp(): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
}

function withNats(it: It): (behaviour: string, body: TestBody) => void {
  it.afterEach(cleanUp);
  return (behaviour, body) => {
    if (program === undefined) it.skip(behaviour, reason);
    else it(behaviour, body);
  };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wk-nats-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openBus(changes: Partial<OpenAlertBusOptions> = {}): Promise<AlertBus> {
  const bus = await openAlertBus({
    site: 'local',
    clock: systemClock,
    logger: silentLogger,
    folder: changes.folder ?? newFolder(),
    url: undefined,
    program,
    random: () => 0.5,
    ...changes,
  });
  closers.push(() => bus.close());
  return bus;
}

async function subscriberOf(bus: AlertBus): Promise<NatsConnection> {
  const connection = await connect({ servers: bus.url, ...bus.subscriber, reconnect: false });
  closers.push(() => connection.close());
  return connection;
}

/** Every message of the stream, read as a late subscriber does. */
async function replay(connection: NatsConnection, site = 'local'): Promise<string[]> {
  const stream = alertStreamName(site);
  const consumer = await jetstream(connection).consumers.get(stream, {
    deliver_policy: DeliverPolicy.All,
  });
  const { num_pending: count } = await consumer.info();
  const ids: string[] = [];
  if (count === 0) return ids;
  for await (const message of await consumer.consume()) {
    ids.push(message.headers?.get('Nats-Msg-Id') ?? '');
    if (message.info.pending === 0) break;
  }
  return ids;
}

/** As the outbox does: until it is confirmed. */
async function deliverAtLast(bus: AlertBus, revision: number): Promise<void> {
  await until(`delivery of revision ${revision}`, async () => {
    try {
      await bus.channel.deliver(notification({ revision }));
      return true;
    } catch {
      return false;
    }
  });
}

function pidOf(folder: string): number {
  return Number(readFileSync(join(folder, 'nats-server.pid'), 'utf8'));
}

describe('alert bus with a server of its own', (declare) => {
  const it = withNats(declare);

  it('publishes once per key, however often a delivery is repeated', async () => {
    const bus = await openBus();
    await bus.channel.deliver(notification());
    await bus.channel.deliver(notification());
    await bus.channel.deliver(notification({ revision: 2 }, 'repeated'));
    const reader = await subscriberOf(bus);
    const id = seedAlert().id;
    assert.deepEqual(await replay(reader), [`${id}.1`, `${id}.2`]);
    assert.deepEqual(bus.counts, {
      published: 2,
      duplicates: 1,
      failures: 0,
      reconnects: 0,
      acksAccepted: 0,
      acksRefused: 0,
    });
    assert.equal(bus.problem(), undefined);
  });

  it('reaches who listens now, with subject, headers and JSON as documented', async () => {
    const bus = await openBus();
    const reader = await subscriberOf(bus);
    const live = reader.subscribe('alerts.v1.>', { max: 1 });
    await reader.flush();
    await bus.channel.deliver(notification({ revision: 3 }, 'repeated'));
    for await (const message of live) {
      assert.equal(message.subject, SUBJECT);
      assert.equal(message.headers?.get('Watchkeeper-Transition'), 'repeated');
      assert.equal(message.headers?.get('Nats-Msg-Id'), `${seedAlert().id}.3`);
      const body = message.json<Record<string, unknown>>();
      assert.equal(body['transition'], 'repeated');
      assert.equal(body['summary'], '150 errors in 5 minutes');
    }
  });

  it('lets a subscriber who comes late replay all, or the last of each subject', async () => {
    const bus = await openBus();
    for (let revision = 1; revision <= 5; revision += 1) {
      await bus.channel.deliver(notification({ revision }));
    }
    const reader = await subscriberOf(bus);
    assert.equal((await replay(reader)).length, 5);
    const stream = alertStreamName('local');
    const manager = await jetstreamManager(reader, { checkAPI: false });
    const last = await manager.direct.getMessage(stream, { last_by_subj: SUBJECT });
    assert.equal(last?.json<{ revision: number }>().revision, 5);
    await manager.consumers.add(stream, {
      durable_name: 'pager',
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.LastPerSubject,
      filter_subject: 'alerts.v1.local.>',
    });
    const pager = await jetstream(reader).consumers.get(stream, 'pager');
    const message = await pager.next({ expires: 5_000 });
    assert.equal(message?.json<{ revision: number }>().revision, 5);
    assert.equal(await message?.ackAck(), true);
  });

  it('keeps a subscriber from everything else', async () => {
    const bus = await openBus();
    const reader = await subscriberOf(bus);
    const refusalOf = (subject: string): Promise<string> =>
      new Promise((resolve) => {
        reader.subscribe(subject, {
          callback: (error, message) => resolve(error?.message ?? `got ${message.subject}`),
        });
      });
    for (const subject of ['wk.>', '>', 'acks.v1.>', '$JS.>', '_WK.>', 'cmd.v1.>']) {
      assert.match(await refusalOf(subject), /Permissions Violation/i, subject);
    }
    await bus.channel.deliver(notification());
    reader.publish(SUBJECT, 'forged');
    reader.publish('wk.local.in.0', 'forged');
    await reader.flush();
    await assert.rejects(
      reader.request(`$JS.API.STREAM.DELETE.${alertStreamName('local')}`, '', { timeout: 500 }),
    );
    await assert.rejects(
      reader.request(`$JS.API.STREAM.PURGE.${alertStreamName('local')}`, '', { timeout: 500 }),
    );
    assert.equal((await replay(reader)).length, 1);
  });

  it('lets nobody in without a password, and keeps passwords to the owner', async () => {
    const folder = newFolder();
    const bus = await openBus({ folder });
    await assert.rejects(connect({ servers: bus.url, reconnect: false }), /authorization/i);
    for (const file of ['nats.conf', 'secrets.json', 'instance']) {
      assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
    }
  });

  it('ends with each alert once when the server is killed while alerts are on their way', async () => {
    const folder = newFolder();
    const bus = await openBus({ folder });
    const { url } = bus;
    for (let revision = 1; revision <= 60; revision += 1) {
      if (revision % 20 === 10) {
        const pid = pidOf(folder);
        process.kill(pid, 'SIGKILL');
        await Promise.allSettled([bus.channel.deliver(notification({ revision }))]);
      }
      await deliverAtLast(bus, revision);
    }
    assert.equal(bus.url, url, 'subscribers find it where it was');
    const ids = await replay(await subscriberOf(bus));
    assert.equal(ids.length, 60);
    assert.equal(new Set(ids).size, 60);
  });

  it('says what is wrong while its server is down', async () => {
    const folder = newFolder();
    const bus = await openBus({ folder });
    process.kill(pidOf(folder), 'SIGKILL');
    assert.match(await until('a problem', () => bus.problem()), /nats-server ended|cannot be used/);
    await until('recovery', () => bus.problem() === undefined);
  });

  it('makes its stream again when somebody deleted it', async () => {
    const folder = newFolder();
    const bus = await openBus({ folder });
    const { internal } = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as {
      internal: string;
    };
    const admin = await connect({ servers: bus.url, user: 'watchkeeper', pass: internal });
    closers.push(() => admin.close());
    const manager = await jetstreamManager(admin);
    await manager.streams.delete(alertStreamName('local'));
    await assert.rejects(bus.channel.deliver(notification()), { code: 'DELIVERY_FAILED' });
    await bus.channel.deliver(notification());
    assert.equal((await replay(await subscriberOf(bus))).length, 1);
  });

  it('stops its server when it is closed, and nothing is left running', async () => {
    const folder = newFolder();
    const bus = await openBus({ folder });
    const pid = pidOf(folder);
    assert.equal(isAlive(pid), true);
    await bus.close();
    assert.equal(isAlive(pid), false);
    await assert.rejects(bus.channel.deliver(notification()), { code: 'BUS_UNAVAILABLE' });
  });

  it('takes another port when its own was taken in the meantime', async () => {
    const folder = newFolder();
    const first = await openBus({ folder });
    const { url } = first;
    await first.close();
    const port = Number(new URL(url.replace('nats:', 'http:')).port);
    const squatter = await startPlainServer(program ?? '', { port, folder: newFolder() });
    closers.push(() => squatter.stop());
    const second = await openBus({ folder });
    assert.notEqual(second.url, url);
    await second.channel.deliver(notification());
  });
});

describe('alert bus of a killed site', (declare) => {
  const it = withNats(declare);

  async function startOwner(folder: string): Promise<() => Promise<void>> {
    const script = new URL('../support/bus-owner.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder, program ?? ''], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    closers.push(kill);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return kill;
  }

  it('starts again at once on the same folder and still has its alerts', async () => {
    const folder = newFolder();
    const kill = await startOwner(folder);
    const before = pidOf(folder);
    await kill();
    const bus = await openBus({ folder });
    assert.equal(bus.problem(), undefined);
    assert.equal(isAlive(before), false);
    await bus.channel.deliver(notification());
    assert.deepEqual(await replay(await subscriberOf(bus)), [notification().key]);
  });

  it('leaves no server behind', async () => {
    const folder = newFolder();
    const kill = await startOwner(folder);
    const pid = pidOf(folder);
    await kill();
    await until('the end of the server', () => !isAlive(pid), 5_000);
  });
});

describe('alert bus on a NATS that is not its own', (declare) => {
  const it = withNats(declare);

  async function startShared(): Promise<string> {
    const port = await freePort();
    const server = await startPlainServer(program ?? '', { port, folder: newFolder() });
    closers.push(() => server.stop());
    return server.url;
  }

  it('starts without it, keeps refusing, and delivers when it is there', async () => {
    const port = await freePort();
    const url = `nats://127.0.0.1:${port}`;
    const bus = await openBus({ url });
    assert.match(bus.problem() ?? '', /cannot be used/);
    await assert.rejects(bus.channel.deliver(notification()), { code: 'BUS_UNAVAILABLE' });
    const server = await startPlainServer(program ?? '', { port, folder: newFolder() });
    closers.push(() => server.stop());
    await deliverAtLast(bus, 1);
    assert.equal(bus.problem(), undefined);
    assert.equal(bus.subscriber, undefined);
  });

  it('connects again after an outage', async () => {
    const port = await freePort();
    const store = newFolder();
    const first = await startPlainServer(program ?? '', { port, folder: store });
    const bus = await openBus({ url: first.url });
    await deliverAtLast(bus, 1);
    await first.stop();
    await until('a problem', () => bus.problem());
    const second = await startPlainServer(program ?? '', { port, folder: store });
    closers.push(() => second.stop());
    await deliverAtLast(bus, 1);
    await deliverAtLast(bus, 2);
    assert.equal((await replay(await subscriberOf(bus))).length, 2);
  });

  it('refuses a second site of one name, and lets the first come back', async () => {
    const url = await startShared();
    const folder = newFolder();
    const first = await openBus({ url, folder });
    await assert.rejects(openBus({ url }), (error: unknown) => {
      assert.ok(error instanceof WatchkeeperError);
      assert.equal(error.code, 'CONFLICT');
      assert.match(error.fix ?? '', /--site/);
      return true;
    });
    const other = await openBus({ url, site: 'Lab 2' });
    await other.channel.deliver(notification({ site: 'Lab 2' }));
    await first.channel.deliver(notification());
    await first.close();
    const again = await openBus({ url, folder });
    await again.channel.deliver(notification({ revision: 2 }));
    const reader = await subscriberOf(again);
    assert.equal((await replay(reader)).length, 2);
    assert.equal((await replay(reader, 'Lab 2')).length, 1);
  });

  it('needs there no more permissions than docs/nats.md lists', async () => {
    const stream = alertStreamName('local');
    const port = await freePort();
    const server = await startPlainServer(program ?? '', {
      port,
      folder: newFolder(),
      config: `
        accounts { A { jetstream: enabled, users: [
          { user: site, password: "p w", permissions {
            publish: ["alerts.v1.local.>", "$JS.API.STREAM.INFO.${stream}", "$JS.API.STREAM.CREATE.${stream}"]
            subscribe: ["acks.v1.local.>", "_WK.local.>"]
            allow_responses: true
          } }
          { user: all, password: all }
        ] } }`,
    });
    closers.push(() => server.stop());
    const bus = await openBus({ url: `nats://site:p%20w@127.0.0.1:${port}` });
    assert.equal(bus.problem(), undefined);
    assert.equal(bus.url, server.url, 'without the password');
    bus.onAck(() => Promise.resolve());
    await bus.channel.deliver(notification());
    const other = await connect({ servers: server.url, user: 'all', pass: 'all' });
    closers.push(() => other.close());
    assert.equal((await replay(other)).length, 1);
    const answer = await other.request(`acks.v1.local.${seedAlert().id}`, '', { timeout: 5_000 });
    assert.equal(answer.json<{ ok: boolean }>().ok, true);
  });

  it('sends alerts over a leaf node, which can keep LOW ones and records back', async () => {
    const [port, leafPort, hubPort] = [await freePort(), await freePort(), await freePort()];
    const hub = await startPlainServer(program ?? '', {
      port: hubPort,
      folder: newFolder(),
      config: `server_name: hub\nleafnodes { listen: "127.0.0.1:${leafPort}" }`,
    });
    closers.push(() => hub.stop());
    const leaf = await startPlainServer(program ?? '', {
      port,
      folder: newFolder(),
      config: `server_name: leaf
        leafnodes { reconnect: 1, remotes: [ {
          urls: ["nats-leaf://127.0.0.1:${leafPort}"]
          deny_exports: ["wk.>", "alerts.v1.*.low.>"]
        } ] }`,
    });
    closers.push(() => leaf.stop());
    const listener = await connect({ servers: hub.url });
    const speaker = await connect({ servers: leaf.url });
    closers.push(
      () => listener.close(),
      () => speaker.close(),
    );
    const heard = new Set<string>();
    listener.subscribe('>', { callback: (_, { subject }) => void heard.add(subject) });
    await listener.flush();
    await until('the alert at the hub', () => {
      for (const subject of ['wk.a.in.0', 'alerts.v1.a.low.t.s', 'alerts.v1.a.high.t.s']) {
        speaker.publish(subject);
      }
      return heard.has('alerts.v1.a.high.t.s');
    });
    await speaker.flush();
    await listener.flush();
    const ours = [...heard].filter((subject) => /^(?:wk|alerts)\./.test(subject));
    assert.deepEqual(ours, ['alerts.v1.a.high.t.s']);
  });

  it('sends alerts of every severity there, LOW ones too', async () => {
    const bus = await openBus({ url: await startShared() });
    const severities = ['low', 'medium', 'high', 'critical'] as const;
    const taken = severities.filter((severity) => bus.channel.accepts(notification({ severity })));
    assert.deepEqual(taken, severities);
  });

  it('says what is missing when there is no NATS at all', async () => {
    await assert.rejects(openBus({ program: undefined }), { code: 'PREREQUISITE_MISSING' });
    await assert.rejects(openBus({ program: '/bin/false' }), { code: 'PREREQUISITE_MISSING' });
    await assert.rejects(openBus({ program: '/bin/echo' }), { code: 'PREREQUISITE_MISSING' });
  });
});

describe('acknowledgements over NATS', (declare) => {
  const it = withNats(declare);
  const { id } = seedAlert();

  async function ask(
    connection: NatsConnection,
    body: string,
    options: { readonly subject?: string; readonly messageId?: string } = {},
  ): Promise<Record<string, unknown>> {
    const all = headers();
    if (options.messageId !== undefined) all.set('Nats-Msg-Id', options.messageId);
    const answer = await connection.request(options.subject ?? `acks.v1.local.${id}`, body, {
      timeout: 5_000,
      headers: all,
    });
    return answer.json<Record<string, unknown>>();
  }

  it('reach the site and are answered', async () => {
    const bus = await openBus();
    const seen: BusAck[] = [];
    bus.onAck(async (ack) => {
      seen.push(ack);
    });
    const reader = await subscriberOf(bus);
    assert.deepEqual(await ask(reader, '{"by":"ann","note":"on it"}'), {
      ok: true,
      state: 'acknowledged',
    });
    assert.deepEqual(await ask(reader, ''), { ok: true, state: 'acknowledged' });
    assert.deepEqual(
      seen.map(({ alert, by, note }) => ({ alert, by, note })),
      [
        { alert: id, by: 'ann', note: 'on it' },
        { alert: id, by: 'nats', note: '' },
      ],
    );
    assert.equal(bus.counts.acksAccepted, 2);
  });

  it('keep their command id when they are sent again', async () => {
    const bus = await openBus();
    const ids: string[] = [];
    bus.onAck(async ({ commandId }) => {
      ids.push(commandId);
      return { state: 'resolved' };
    });
    const reader = await subscriberOf(bus);
    await ask(reader, '{"by":"ann"}', { messageId: 'one' });
    assert.equal((await ask(reader, '{"by":"bob"}', { messageId: 'one' }))['state'], 'resolved');
    await ask(reader, '{"by":"bob"}', { messageId: 'two' });
    await ask(reader, '{"by":"bob"}');
    await ask(reader, '{"by":"bob"}');
    assert.equal(ids[0], ids[1]);
    assert.equal(ids[3], ids[4]);
    assert.equal(new Set(ids).size, 3);
  });

  it('are refused with a reason when they make no sense, and counted', async () => {
    const bus = await openBus();
    bus.onAck(() => Promise.reject(new WatchkeeperError('NOT_FOUND', 'There is no such alert.')));
    const reader = await subscriberOf(bus);
    const bad: [string, string | undefined][] = [
      ['{', undefined],
      ['[]', undefined],
      ['"ann"', undefined],
      ['{"by":7}', undefined],
      ['{"by":""}', undefined],
      ['{"by":"a\\nb"}', undefined],
      [`{"by":"${'x'.repeat(65)}"}`, undefined],
      ['{"who":"ann"}', undefined],
      ['x'.repeat(4097), undefined],
      ['', 'acks.v1.local.nothing'],
      ['', `acks.v1.local.${id}.more`],
    ];
    for (const [body, subject] of bad) {
      const answer = await ask(reader, body, subject === undefined ? {} : { subject });
      assert.equal(answer['ok'], false, body);
      assert.equal(typeof answer['fix'], 'string');
    }
    assert.equal(bus.counts.acksRefused, bad.length);
    assert.equal((await ask(reader, ''))['error'], 'There is no such alert.');
  });

  it('tell nothing of an unexpected failure, and ask for patience before the site listens', async () => {
    const bus = await openBus();
    const reader = await subscriberOf(bus);
    assert.equal((await ask(reader, ''))['code'], 'OVERLOADED');
    bus.onAck(() => Promise.reject(new Error('secret detail')));
    const answer = await ask(reader, '');
    assert.equal(answer['code'], 'INTERNAL');
    assert.doesNotMatch(JSON.stringify(answer), /secret/);
  });

  it('do nothing for another site', async () => {
    const bus = await openBus();
    const reader = await subscriberOf(bus);
    await assert.rejects(reader.request(`acks.v1.elsewhere.${id}`, '', { timeout: 500 }));
    assert.equal(bus.counts.acksRefused, 0);
  });
});
