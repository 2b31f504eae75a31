import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { connectWatch } from '../../src/client/node.ts';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import { openSiteCertificates } from '../../src/security/certificates.ts';
import { systemClock } from '../../src/core/clock.ts';
import { SUBPROTOCOL } from '../../src/wire/frame.ts';
import { until } from '../support/nats-server.ts';
import { fakeTerminal, runIn } from '../cli/fake-terminal.ts';
import { describe } from '../support/suite.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';

/** How a raw WebSocket attempt ends: `open`, or the HTTP status or error that stood in its way. */
function attempt(url: string, options: object = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, SUBPROTOCOL, { ...options });
    socket.on('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.on('unexpected-response', (_, response) => {
      response.destroy();
      socket.terminate();
      resolve(String(response.statusCode));
    });
    socket.on('error', () => {
      resolve('error');
    });
  });
}

describe('a site that listens on all addresses', (it) => {
  let site: E2eSite;
  it.before(async () => {
    site = await E2eSite.start({ options: { host: '0.0.0.0' }, withNats: false });
  });
  it.after(() => site.close());

  it('serves TLS 1.3 with a certificate of an authority that it made', async () => {
    assert.match(site.handle.url, /^https:/);
    const { caFile } = site.handle;
    const key = join(site.dataFolder, 'tls', 'ca.pem');
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.doesNotMatch(readFileSync(caFile ?? '', 'utf8'), /PRIVATE KEY/);
    const ca = site.http.ca;
    const port = Number(new URL(site.handle.url).port);
    const protocol = await new Promise((resolve, reject) => {
      const socket = connect(
        { host: '127.0.0.1', port, ...(ca === undefined ? {} : { ca }) },
        () => {
          resolve(socket.getProtocol());
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });
    assert.equal(protocol, 'TLSv1.3');
    assert.equal((await site.http.request({ method: 'GET', path: '/healthz' })).status, 200);
  });

  it('takes frames of a watch that trusts it, and none over plain WebSocket', async () => {
    const watch = await site.watch('watch-tls');
    watch.send([line({ service: 'app', level: 'INFO' })], 1);
    await watch.flush();
    await site.settled();
    assert.equal(site.api.ledger().storedRecords, 1);
    assert.equal(await attempt(site.deviceUrl.replace('wss:', 'ws:')), 'error');
    assert.equal(
      await attempt(site.deviceUrl),
      'error',
      'the authority is not one that Node knows',
    );
  });

  it('refuses a hello that names another watch than the certificate', async () => {
    const { dataFolder: folder } = site;
    const certificates = await openSiteCertificates({
      ...{ folder, site: 'local', clock: systemClock, names: [] },
    });
    const { cert, key } = await certificates.device('watch-a');
    const tls = { ca: certificates.ca, cert, key };
    const own = await site.watch('watch-a', { tls });
    own.send([line({ service: 'app', level: 'INFO' })], 1);
    await own.flush();
    const states: string[] = [];
    const onState = (state: string, reason: string): void => {
      states.push(`${state} ${reason}`);
    };
    await site.watch('watch-b', { tls, onState });
    await until('a refusal', () => states.some((each) => each.includes('certificate is that of')));
    assert.equal(site.api.devices().length, 3);
    assert.equal(site.handle.api.overview().watchesOnline, 2);
  });
});

describe('a site that asks watches for certificates', (it) => {
  let site: E2eSite;
  it.before(async () => {
    site = await E2eSite.start({ options: { tls: { clientCertificates: true } }, withNats: false });
  });
  it.after(() => site.close());

  it('serves TLS on loopback too, and lets in only who shows one', async () => {
    assert.match(site.handle.url, /^https:\/\/127\.0\.0\.1:/);
    const ca = site.http.ca;
    assert.equal(await attempt(site.deviceUrl, { ca }), '401');
    const answer = await site.http.request({
      method: 'POST',
      path: '/v1/device/frames',
      body: new Uint8Array(20),
      contentType: 'application/octet-stream',
    });
    assert.equal(answer.status, 401);
    const made = await runIn(fakeTerminal(), [
      ...['device', 'certificate', 'watch-1', '--data', site.dataFolder, '--json'],
    ]);
    assert.equal(made.code, 0, made.err);
    const { file } = JSON.parse(made.out) as { file: string };
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const pem = readFileSync(file, 'utf8');
    const tls = { ...(ca === undefined ? {} : { ca }), cert: pem, key: pem };
    const watch = await site.watch('watch-1', { tls });
    watch.send([line({ service: 'app', level: 'INFO' })], 1);
    await watch.flush();
    await site.settled();
    assert.equal(site.api.ledger().stored, 1);
  });

  it('still wants the key behind the certificate’s watch', async () => {
    const certificates = await openSiteCertificates({
      ...{ folder: site.dataFolder, site: 'local', clock: systemClock, names: [] },
    });
    const { cert, key } = await certificates.device('watch-1');
    const states: string[] = [];
    const thief = connectWatch({
      url: site.deviceUrl,
      device: 'watch-1',
      privateKey: generateDeviceKey().privateKey,
      tls: { ca: certificates.ca, cert, key },
      onState: (state, reason) => states.push(`${state} ${reason}`),
    });
    site.onClose(() => thief.stop());
    await until('a refusal', () => states.some((each) => each.includes('not signed by')));
  });
});
