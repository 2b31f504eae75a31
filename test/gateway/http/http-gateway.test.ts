import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { systemClock } from '../../../src/core/clock.ts';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { silentLogger, type LogFields } from '../../../src/core/logger.ts';
import { createHttpGateway } from '../../../src/gateway/http/http-gateway.ts';
import { createMetricsRegistry } from '../../../src/gateway/http/metrics-registry.ts';
import { anAlert } from '../../support/fake-site.ts';
import {
  FakeIntake,
  aRecord,
  fakeDevices,
  logSchema,
  startGateway,
  type Fixture,
} from '../../support/http-fixture.ts';
import { createFakeSite } from '../../support/fake-site.ts';
import { describe } from '../../support/suite.ts';

type Json = Readonly<Record<string, unknown>>;

const ALERT = anAlert().id;
const KEY = Buffer.alloc(32, 7).toString('base64url');

/** Sends raw bytes and gives back all that comes until the server closes. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = await open(url);
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('HTTP gateway', (it) => {
  const logged: LogFields[] = [];
  let gateway: Fixture;
  it.before(async () => {
    const dashboard = new Map([
      ['/', { body: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8' }],
      ['/main.js', { body: Buffer.from('1'), type: 'text/javascript' }],
    ]);
    const record = (message: string, fields: LogFields = {}) => logged.push({ message, ...fields });
    gateway = await startGateway({
      dashboard,
      logger: { ...silentLogger, error: record, warn: record },
    });
  });
  it.after(() => gateway.close());

  const json = async (path: string, options: Parameters<Fixture['call']>[1] = {}) => {
    const response = await gateway.call(path, options);
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Json,
    };
  };

  it('names the site and the key that watches seal to', async () => {
    const { status, body } = await json('/v1/site');
    assert.equal(status, 200);
    assert.deepEqual(body, {
      site: gateway.site.name,
      key_id: 'ab'.repeat(16),
      public_key: Buffer.alloc(32, 9).toString('base64url'),
    });
  });

  it('queries records by query string, with relative times and a plan when asked', async () => {
    const { status, body } = await json(
      '/v1/records/query?from=-1h&to=2026-01-31T12:00:00Z&subject=device:w-1&level=ERROR&limit=5&explain=true&order=asc'.replace(
        '2026-01-31',
        '2126-01-31',
      ),
    );
    assert.equal(status, 200);
    assert.ok('plan' in body);
    const asked = gateway.site.asked.records.at(-1)!;
    assert.equal(asked.to, Date.UTC(2126, 0, 31, 12));
    assert.ok(Math.abs(Date.now() - 3_600_000 - asked.from) < 5_000);
    assert.deepEqual(
      { ...asked, from: 0, to: 0 },
      {
        axis: 'event',
        from: 0,
        to: 0,
        subject: 'device:w-1',
        level: 'ERROR',
        limit: 5,
        order: 'asc',
      },
    );
  });

  it('queries records by JSON, without a plan unless asked', async () => {
    const { status, body } = await json('/v1/records/query', {
      body: { from: 5, to: '9', text: 'a' },
    });
    assert.equal(status, 200);
    assert.ok(!('plan' in body));
    assert.deepEqual(gateway.site.asked.records.at(-1), {
      axis: 'event',
      from: 5,
      to: 9,
      text: 'a',
      limit: 100,
      order: 'desc',
    });
  });

  for (const query of [
    'from=yesterday',
    'from=9&to=5',
    'subject=nobody',
    'limit=0',
    'limit=10001',
    'level=LOUD',
    'colour=red',
  ]) {
    it(`refuses the query ${query}`, async () => {
      const { status, body } = await json(`/v1/records/query?${query}`);
      assert.equal(status, 400);
      assert.ok(['QUERY_INVALID', 'BAD_REQUEST'].includes(String(body['code'])));
    });
  }

  it('names the parameter that it does not know', async () => {
    const { body } = await json('/v1/records/query?colour=red');
    assert.match(String(body['detail']), /colour/);
  });

  it('answers problems with type, title, status, detail, code and fix', async () => {
    const { status, headers, body } = await json(`/v1/alerts/${'0'.repeat(32)}`);
    assert.equal(status, 404);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.deepEqual(body, {
      type: 'urn:watchkeeper:problem:not-found',
      title: 'Not found',
      status: 404,
      detail: `There is no alert "${'0'.repeat(32)}".`,
      code: 'NOT_FOUND',
      fix: 'List alerts with GET /v1/alerts.',
    });
  });

  it('says nothing of an unexpected error but that there was one, to the caller and to the log', async () => {
    gateway.site.failNext(new TypeError('secret-canary'));
    const { status, body } = await json('/v1/records/query');
    assert.equal(status, 500);
    assert.equal(body['code'], 'INTERNAL');
    assert.doesNotMatch(JSON.stringify([body, logged]), /canary/);
    assert.ok(logged.some(({ stack }) => Array.isArray(stack)));
  });

  it("passes the site's own errors on", async () => {
    gateway.site.failNext(
      new WatchkeeperError('STORE_FAILED', 'The store is away.', { fix: 'Wait.' }),
    );
    const { status, headers, body } = await json('/v1/records/query');
    assert.deepEqual([status, body['code'], body['fix']], [503, 'STORE_FAILED', 'Wait.']);
    assert.equal(headers.get('retry-after'), '1');
  });

  for (const [path, key] of [
    ['/v1/subjects?kind=device', 'subjects'],
    ['/v1/subjects/device/w-1', 'recentVitals'],
    ['/v1/subjects/device/w-1/templates', 'messages'],
    ['/v1/records/query?templates=true', 'records'],
    [`/v1/alerts/${ALERT}`, 'evidence'],
    ['/v1/actors', 'actors'],
    ['/v1/actors/local/alerter', 'capturedAt'],
    ['/v1/detectors', 'detectors'],
    ['/v1/ledger', 'received'],
    ['/v1/overview', 'recordsPerSecond'],
    ['/v1/health', 'parts'],
    ['/healthz', 'status'],
    ['/readyz', 'ready'],
  ] as const) {
    it(`answers GET ${path}`, async () => {
      const { status, body } = await json(path);
      assert.equal(status, 200);
      assert.ok(key in body, JSON.stringify(body));
    });
  }

  for (const path of [
    '/v1/subjects/device/none',
    '/v1/subjects/planet/x',
    '/v1/subjects/device/none/templates',
    '/v1/actors/none',
    '/v1/nothing',
    '/v2',
  ]) {
    it(`does not find GET ${path}`, async () => {
      const { status, body } = await json(path);
      assert.equal(status, path.includes('planet') ? 400 : 404);
      assert.ok(['NOT_FOUND', 'BAD_REQUEST'].includes(String(body['code'])));
    });
  }

  it('does not take a method that a route does not have', async () => {
    assert.equal((await gateway.call('/v1/alerts', { method: 'DELETE' })).status, 405);
  });

  it('filters alerts by state, severity, subject and time', async () => {
    const { status } = await json(
      '/v1/alerts?state=open,acknowledged&severity=high&subject=user:u&from=5&limit=2&type=x&to=9&cursor=c',
    );
    assert.equal(status, 200);
    assert.deepEqual(gateway.site.asked.alerts.at(-1), {
      states: ['open', 'acknowledged'],
      severities: ['high'],
      subject: 'user:u',
      type: 'x',
      from: 5,
      to: 9,
      limit: 2,
      cursor: 'c',
    });
    assert.equal((await json('/v1/alerts?state=sleeping')).status, 400);
  });

  it("acknowledges, labels and resolves an alert under the caller's name", async () => {
    const act = (verb: string, body: unknown, headers = {}) =>
      json(`/v1/alerts/${ALERT}/${verb}`, { as: 'operator', body, headers });
    assert.equal(
      (await act('ack', { note: 'on it' }, { 'idempotency-key': 'k1' })).body['state'],
      'acknowledged',
    );
    assert.equal((await act('label', { label: 'useful' })).status, 200);
    assert.equal(
      (await gateway.call(`/v1/alerts/${ALERT}/resolve`, { as: 'operator', method: 'POST' }))
        .status,
      200,
    );
    const [ack, label, resolve] = gateway.site.asked.actions;
    assert.match(ack!.commandId, /^[0-9a-f]+\/k1$/);
    assert.deepEqual(
      { ...ack, commandId: '' },
      { commandId: '', alert: ALERT, action: 'acknowledge', by: 'the operator', note: 'on it' },
    );
    assert.equal(label!.label, 'useful');
    assert.equal(resolve!.action, 'resolve');
    assert.notEqual(label!.commandId, resolve!.commandId);
    assert.equal((await act('label', { label: 'nice' })).status, 400);
    assert.equal((await act('label', {})).status, 400);
    assert.equal((await act('ack', { note: 'x'.repeat(2001) })).status, 400);
  });

  it('enrols, lists and revokes watches', async () => {
    const enrolled = await json('/v1/devices', {
      as: 'admin',
      body: { id: 'w-9', publicKey: KEY },
    });
    assert.equal(enrolled.status, 201);
    assert.deepEqual(enrolled.body, {
      id: 'w-9',
      publicKey: KEY,
      revoked: false,
      enrolledAt: 1,
      online: false,
    });
    assert.equal(((await json('/v1/devices')).body['devices'] as unknown[]).length, 1);
    assert.equal(
      (await gateway.call('/v1/devices/w-9/revoke', { as: 'admin', body: { reason: 'lost' } }))
        .status,
      204,
    );
    assert.equal(
      (await gateway.call('/v1/devices/none/revoke', { as: 'admin', method: 'POST' })).status,
      404,
    );
    assert.deepEqual(gateway.site.asked.revoked, ['w-9', 'none']);
    for (const body of [
      { id: 'w', publicKey: 'abc' },
      { id: 'w w', publicKey: KEY },
      { id: 'w' },
      { id: 'w', publicKey: `${KEY.slice(1)}!` },
    ]) {
      assert.equal(
        (await json('/v1/devices', { as: 'admin', body })).status,
        400,
        JSON.stringify(body),
      );
    }
  });

  it('shows dead letters with their bytes in base64', async () => {
    const { body } = await json('/v1/dlq?limit=1', { as: 'operator' });
    assert.equal((body['letters'] as Json[])[0]!['body'], 'AQID');
  });

  it('hands frames to the device endpoint and its answer back', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const body = Uint8Array.of(1, 2, 3);
    const response = await gateway.call('/v1/device/frames', { as: 'none', body, headers });
    assert.equal(response.status, 200);
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), Uint8Array.of(3, 2, 1));
    assert.equal(
      (await gateway.call('/v1/device/frames', { as: 'none', method: 'POST' })).status,
      400,
    );
  });

  it('says 503 when the site is not ready, without details', async () => {
    gateway.site.setHealth({ ready: false, state: 'failed' });
    const { status, body } = await json('/readyz', { as: 'none' });
    gateway.site.setHealth({ ready: true, state: 'ok' });
    assert.deepEqual([status, body], [503, { ready: false, state: 'failed' }]);
  });

  it('opens its metrics to this machine, not to what comes through a proxy or under a foreign name', async () => {
    const own = await gateway.call('/metrics', { as: 'none' });
    assert.equal(own.status, 200);
    assert.match(
      await own.text(),
      /watchkeeper_http_requests_total\{route="GET \/healthz",status="200"\} \d/,
    );
    const proxied = { 'x-forwarded-for': '192.0.2.1' };
    assert.equal((await gateway.call('/metrics', { as: 'none', headers: proxied })).status, 401);
    assert.equal((await gateway.call('/metrics', { as: 'viewer', headers: proxied })).status, 200);
    const answer = await exchange(
      gateway.url,
      'GET /metrics HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1.1 401 /);
  });

  it('serves the dashboard with a strict content policy, and 304 when it is known', async () => {
    const first = await gateway.call('/', { as: 'none' });
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('content-type'), 'text/html; charset=utf-8');
    const policy = first.headers.get('content-security-policy') ?? '';
    const { host } = new URL(gateway.url);
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.ok(policy.includes(`connect-src 'self' ws://${host} wss://${host};`), policy);
    assert.equal(first.headers.get('x-content-type-options'), 'nosniff');
    const again = await gateway.call('/', {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    assert.equal(again.status, 304);
    assert.equal((await gateway.call('/main.js?v=1')).status, 200);
    assert.equal((await gateway.call('/main.css')).status, 404);
  });

  it('keeps answers of the API out of caches', async () => {
    assert.equal((await gateway.call('/v1/ledger')).headers.get('cache-control'), 'no-store');
  });

  for (const [origin, status] of [
    ['https://evil.example', 403],
    ['null', 403],
    ['own', 200],
  ] as const) {
    it(`answers a change from the origin ${origin} with ${status}`, async () => {
      const headers = { origin: origin === 'own' ? gateway.url : origin };
      const response = await gateway.call(`/v1/alerts/${ALERT}/ack`, {
        as: 'operator',
        body: {},
        headers,
      });
      assert.equal(response.status, status);
    });
  }

  it('refuses tokens that are wrong, revoked or not bearer', async () => {
    const { token, id } = await gateway.store.issue({ role: 'admin', name: 'x' });
    const status = async (authorization: string) =>
      (await gateway.call('/v1/ledger', { as: 'none', headers: { authorization } })).status;
    assert.equal(await status(`Bearer ${token}`), 200);
    assert.equal(await status(`Basic ${token}`), 401);
    assert.equal(
      await status(`Bearer ${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`),
      401,
    );
    await gateway.store.revoke(id);
    assert.equal(await status(`Bearer ${token}`), 401);
  });

  it('does not take a token from the query string', async () => {
    const response = await gateway.call(`/v1/ledger?token=${gateway.tokens.admin}`, { as: 'none' });
    assert.equal(response.status, 401);
  });

  it('refuses JSON that is broken or of another type', async () => {
    const path = '/v1/records/query';
    const headers = { 'content-type': 'application/json' };
    const broken = await json(path, { body: '{"secret-canary', headers });
    assert.equal(broken.status, 400);
    assert.doesNotMatch(JSON.stringify(broken.body), /canary/);
    assert.equal(
      (await json(path, { body: '{}', headers: { 'content-type': 'text/plain' } })).status,
      415,
    );
    assert.equal((await json(path, { body: { text: 'x'.repeat(70_000) } })).status, 413);
  });

  it('refuses headers over 16 KiB with 431, and what is not HTTP with 400', async () => {
    const long = await exchange(
      gateway.url,
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`,
    );
    assert.match(long, /^HTTP\/1.1 431 /);
    assert.match(await exchange(gateway.url, 'HELLO\r\n\r\n'), /^HTTP\/1.1 400 /);
  });

  it('answers a path that cannot be decoded with a problem', async () => {
    const { status, headers, body } = await json('/v1/alerts/%zz');
    assert.equal(status, 400);
    assert.equal(body['code'], 'BAD_REQUEST');
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
  });

  it('says nothing of the path in a parameter that is too long', async () => {
    assert.equal((await gateway.call(`/v1/alerts/${'a'.repeat(300)}`)).status, 404);
  });

  it('hands upgrades of watches over and refuses others', async () => {
    const upgrade = (path: string, extra = '') =>
      exchange(
        gateway.url,
        `GET ${path} HTTP/1.1\r\nHost: ${new URL(gateway.url).host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${extra}\r\n`,
      );
    assert.match(await upgrade('/v1/device?x=1'), /^HTTP\/1.1 418 /);
    assert.deepEqual(gateway.devices.upgraded, ['/v1/device?x=1']);
    assert.match(await upgrade('/elsewhere'), /^HTTP\/1.1 404 /);
    assert.match(await upgrade('/ui/ws', 'Origin: https://evil.example\r\n'), /^HTTP\/1.1 403 /);
  });
});

describe('HTTP gateway limits', (it) => {
  const rates = (requests: number, bytes: number) => ({
    requests: { perSecond: 0.1, burst: requests },
    bytes: { perSecond: 10, burst: bytes },
  });

  it('answers 429 with Retry-After to a token that asks too often, and serves the others', async () => {
    const gateway = await startGateway({ limits: { perToken: rates(2, 10_000) } });
    try {
      assert.equal((await gateway.call('/v1/ledger')).status, 200);
      assert.equal((await gateway.call('/v1/ledger')).status, 200);
      const third = await gateway.call('/v1/ledger');
      assert.equal(third.status, 429);
      assert.equal(third.headers.get('retry-after'), '10');
      assert.equal((await gateway.call('/v1/ledger', { as: 'admin' })).status, 200);
    } finally {
      await gateway.close();
    }
  });

  it('counts callers without a valid token by their address, upgrades too', async () => {
    const gateway = await startGateway({ limits: { perAddress: rates(2, 10_000) } });
    try {
      const headers = { authorization: 'Bearer wk_guess_x' };
      assert.equal((await gateway.call('/v1/ledger', { as: 'none', headers })).status, 401);
      assert.equal((await gateway.call('/healthz', { as: 'none' })).status, 200);
      assert.equal((await gateway.call('/healthz', { as: 'none' })).status, 429);
      const answer = await exchange(
        gateway.url,
        'GET /v1/device HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      );
      assert.match(answer, /^HTTP\/1.1 429 /);
      assert.equal((await gateway.call('/v1/ledger')).status, 200);
    } finally {
      await gateway.close();
    }
  });

  it('counts the bytes of bodies, announced or not', async () => {
    const gateway = await startGateway({ limits: { perToken: rates(100, 400) } });
    try {
      const body = JSON.stringify([aRecord({ message: 'x'.repeat(250) })]);
      const headers = { 'content-type': 'application/json' };
      const first = await gateway.call('/v1/logs', { as: 'service', body, headers });
      assert.equal(first.status, 200);
      assert.equal((await gateway.call('/v1/logs', { as: 'service', body, headers })).status, 429);
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(`${gateway.url}/v1/logs`, {
          method: 'POST',
          headers: { ...headers, authorization: `Bearer ${gateway.tokens.service}` },
        });
        request.on('response', (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on('error', reject);
        request.write(body.slice(0, 100));
        request.end(body.slice(100));
      });
      assert.equal(status, 429);
    } finally {
      await gateway.close();
    }
  });

  it('closes connections whose headers do not come in time', async () => {
    const gateway = await startGateway({ limits: { headersMs: 500, requestMs: 1_000 } });
    try {
      const started = performance.now();
      const answer = await exchange(gateway.url, 'GET / HTTP/1.1\r\nHost: x\r\n');
      assert.match(answer, /^HTTP\/1.1 408 /);
      assert.ok(performance.now() - started < 4_000);
    } finally {
      await gateway.close();
    }
  });

  it('takes no more connections than it may', async () => {
    const gateway = await startGateway({ limits: { connections: 1 } });
    try {
      const first = await open(gateway.url);
      const second = await open(gateway.url);
      second.resume();
      await once(second, 'close');
      assert.equal(first.destroyed, false);
      first.destroy();
    } finally {
      await gateway.close();
    }
  });

  it('cuts sockets that do not end when it closes', async () => {
    const gateway = await startGateway({
      limits: { closeMs: 100 },
      devices: {
        ...fakeDevices(),
        upgrade: (_request, socket) => {
          socket.write('taken');
        },
      },
    });
    const socket = await open(gateway.url);
    socket.write(
      'GET /v1/device HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await once(socket, 'data');
    await Promise.all([gateway.close(), once(socket, 'close')]);
    await assert.rejects(gateway.call('/healthz'));
  });
});

describe('HTTP gateway listen', (it) => {
  const bare = () =>
    createHttpGateway({
      api: createFakeSite(),
      intake: new FakeIntake(),
      groups: { seal: (_service, payload) => payload },
      records: { schema: logSchema },
      tokens: { verify: () => undefined, isActive: () => false },
      devices: fakeDevices(),
      metrics: createMetricsRegistry({ processMetrics: false }),
      logger: silentLogger,
    });

  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '128.0.0.1']) {
    it(`refuses to listen on ${host} without TLS`, async () => {
      const gateway = bare();
      await assert.rejects(gateway.listen({ host, port: 0 }), {
        code: 'CONFIG_INVALID',
        message: /Without TLS/,
      });
      await gateway.close();
    });
  }

  it('says that a port is in use', async () => {
    const gateway = await startGateway();
    const other = bare();
    const port = Number(new URL(gateway.url).port);
    await assert.rejects(other.listen({ host: '127.0.0.1', port }), { code: 'PORT_IN_USE' });
    await other.close();
    await gateway.close();
  });

  it('listens on localhost, closes twice, and says nothing without a dashboard', async () => {
    const gateway = bare();
    const { url } = await gateway.listen({ host: 'localhost', port: 0 });
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(url)).status, 404);
    await Promise.all([gateway.close(), gateway.close()]);
    assert.ok(systemClock.now() > 0);
  });
});
