import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { systemClock, type Clock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { clientIdentity, type ClientIdentity } from '../../../src/gateway/tls/client-identity.ts';
import { hostName, isLoopback } from '../../../src/gateway/tls/loopback.ts';
import { resolveTls, type TlsMaterial } from '../../../src/gateway/tls/tls-material.ts';
import { openSiteCertificates, type SiteCertificates } from '../../../src/security/certificates.ts';
import { createFakeSite } from '../../support/fake-site.ts';
import { fakeDevices, startGateway, type Fixture } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

function get(url: string, options: Readonly<Record<string, unknown>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on('error', reject);
    call.end();
  });
}

describe('TLS', (it) => {
  const identities: ClientIdentity[] = [];
  let folder: string;
  let site: SiteCertificates;
  let foreign: SiteCertificates;
  let tls: TlsMaterial;
  let gateway: Fixture;
  it.before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wk-tls-'));
    const common = { site: 'local', clock: systemClock };
    tls = (await resolveTls({ ...common, folder, host: '127.0.0.1', always: true }))!;
    site = await openSiteCertificates({ ...common, folder, names: [] });
    foreign = await openSiteCertificates({ ...common, folder: join(folder, 'other'), names: [] });
    gateway = await startGateway({
      tls,
      devices: {
        ...fakeDevices(),
        upgrade: (request, socket) => {
          identities.push(clientIdentity(request.socket));
          socket.end('HTTP/1.1 418 Taken\r\nContent-Length: 0\r\n\r\n');
        },
      },
    });
  });
  it.after(async () => {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  });

  const dial = async (options: ConnectionOptions): Promise<TLSSocket> => {
    const { port } = new URL(gateway.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: tls.clientCa, ...options });
    await once(socket, 'secureConnect');
    return socket;
  };
  const upgradeAs = async (options: ConnectionOptions): Promise<ClientIdentity | undefined> => {
    identities.length = 0;
    const socket = await dial(options);
    socket.on('error', () => undefined);
    socket.write(
      'GET /v1/device HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    socket.resume();
    await once(socket, 'close');
    return identities[0];
  };

  it("serves clients that trust the site's CA", async () => {
    assert.match(gateway.url, /^https:/);
    assert.equal(await get(`${gateway.url}/healthz`, { ca: tls.clientCa }), 200);
    const ca = await readFile(join(folder, 'tls', 'ca.crt'), 'utf8');
    assert.equal(await get(`${gateway.url}/healthz`, { ca, servername: 'localhost' }), 200);
  });

  it('sends Strict-Transport-Security', async () => {
    const call = request(`${gateway.url}/healthz`, { ca: tls.clientCa, agent: false });
    call.end();
    const [response] = (await once(call, 'response')) as [
      { headers: Record<string, string>; resume(): void },
    ];
    response.resume();
    assert.match(response.headers['strict-transport-security'] ?? '', /max-age/);
  });

  it('is not trusted by clients that do not know the CA, or ask for another name', async () => {
    await assert.rejects(get(`${gateway.url}/healthz`, { ca: foreign.ca }));
    await assert.rejects(
      get(`${gateway.url}/healthz`, { ca: tls.clientCa, servername: 'evil.example' }),
    );
  });

  it('refuses TLS 1.2', async () => {
    await assert.rejects(dial({ maxVersion: 'TLSv1.2' }), /protocol version|alert/i);
  });

  it('tells the device endpoint which watch a client certificate names', async () => {
    const { cert, key } = await site.device('w-1');
    assert.deepEqual(await upgradeAs({ cert, key }), { type: 'device', device: 'w-1' });
  });

  it('lets watches in without a certificate', async () => {
    assert.deepEqual(await upgradeAs({}), { type: 'none' });
  });

  it('cuts a client with a certificate of another CA', async () => {
    const { cert, key } = await foreign.device('w-1');
    assert.equal(await upgradeAs({ cert, key }), undefined);
  });

  it('cuts a client whose certificate names no watch', async () => {
    const { cert, key } = await site.server();
    assert.equal(await upgradeAs({ cert, key }), undefined);
  });

  it('names the watch on a resumed session too', async () => {
    const { cert, key } = await site.device('w-2');
    const first = await dial({ cert, key });
    const session = once(first, 'session') as Promise<[Buffer]>;
    first.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    first.resume();
    const [ticket] = await session;
    first.destroy();
    assert.deepEqual(await upgradeAs({ cert, key, session: ticket }), {
      type: 'device',
      device: 'w-2',
    });
  });
});

describe('TLS renewal', (it) => {
  it('serves the new certificate to the next client, and keeps the old one when renewal fails', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wk-tls-'));
    const checks: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      every: (periodMs, task) => {
        if (periodMs > 3_600_000) checks.push(task);
        return systemClock.every(periodMs, task);
      },
    };
    const site = await openSiteCertificates({ folder, site: 'local', clock, names: [] });
    const first = await site.server();
    await rm(join(folder, 'tls', 'server.pem'));
    const second = await site.server();
    const renewals = [
      () => Promise.reject(new Error('secret-canary')),
      () => Promise.resolve(undefined),
      () => Promise.resolve(second),
    ];
    const failures: string[] = [];
    const gateway = await startGateway({
      api: createFakeSite(clock),
      logger: { ...silentLogger, error: (message) => failures.push(message) },
      tls: { ...first, clientCa: site.ca, renewed: () => renewals.shift()!() },
    });
    const serial = async (): Promise<string> => {
      const socket = connect({
        port: Number(new URL(gateway.url).port),
        host: '127.0.0.1',
        ca: site.ca,
      });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const before = await serial();
    for (let check = 0; check < 2; check += 1) {
      for (const task of checks) task();
      await new Promise(setImmediate);
      assert.equal(await serial(), before);
    }
    for (const task of checks) task();
    await new Promise(setImmediate);
    assert.notEqual(await serial(), before);
    await assert.rejects(async () => {
      const socket = connect({
        port: Number(new URL(gateway.url).port),
        host: '127.0.0.1',
        ca: site.ca,
        maxVersion: 'TLSv1.2',
      });
      await once(socket, 'secureConnect');
    });
    assert.deepEqual(failures.length, 1);
    assert.doesNotMatch(failures.join(), /canary/);
    await gateway.close();
    await rm(folder, { recursive: true });
  });
});

describe('resolveTls', (it) => {
  const base = { site: 'local', clock: systemClock };

  it('gives nothing on loopback and makes a certificate elsewhere', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wk-tls-'));
    assert.equal(await resolveTls({ ...base, folder, host: 'localhost' }), undefined);
    const made = await resolveTls({ ...base, folder, host: '0.0.0.0', names: ['watch.example'] });
    assert.match(made?.cert ?? '', /BEGIN CERTIFICATE/);
    await rm(folder, { recursive: true });
  });

  it('takes given files and says which one is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wk-tls-'));
    const certFile = join(folder, 'c.pem');
    const keyFile = join(folder, 'k.pem');
    await writeFile(certFile, 'C');
    await assert.rejects(resolveTls({ ...base, folder, host: '0.0.0.0', certFile, keyFile }), {
      code: 'CONFIG_MISSING',
    });
    await writeFile(keyFile, 'K');
    assert.deepEqual(await resolveTls({ ...base, folder, host: '127.0.0.1', certFile, keyFile }), {
      cert: 'C',
      key: 'K',
    });
    await assert.rejects(resolveTls({ ...base, folder, host: '0.0.0.0', certFile }), {
      code: 'CONFIG_INVALID',
    });
    await rm(folder, { recursive: true });
  });

  it('renews while the server runs, and only when it is time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wk-tls-'));
    const clock = new SimulatedClock();
    const material = await resolveTls({ site: 'local', clock, folder, host: '192.0.2.1' });
    assert.equal(await material!.renewed!(), undefined);
    clock.advance(61 * 86_400_000);
    const next = await material!.renewed!();
    assert.ok(next !== undefined && next.cert !== material!.cert);
    assert.equal(await material!.renewed!(), undefined);
    await rm(folder, { recursive: true });
  });
});

describe('isLoopback', (it) => {
  for (const [host, expected] of [
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['[::1]', true],
    ['::ffff:127.0.0.1', true],
    ['localhost', true],
    ['LocalHost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['128.0.0.1', false],
    ['127.0.0.1.example', false],
    ['localhost.example', false],
    ['', false],
  ] as const) {
    it(`says ${expected} for "${host}"`, () => {
      assert.equal(isLoopback(host), expected);
    });
  }

  it('reads the name out of a Host header', () => {
    assert.equal(hostName('a.example:80'), 'a.example');
    assert.equal(hostName('[::1]:7180'), '[::1]');
    for (const wrong of [undefined, '', 'a b', 'a;b', 'a:b', "x'"])
      assert.equal(hostName(wrong), undefined);
  });
});
