import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { openSiteCertificates } from '../../src/security/certificates.ts';
import { describe } from '../support/suite.ts';

const DAY_MS = 86_400_000;

describe('site certificates', (it) => {
  let folder: string;
  let clock: SimulatedClock;
  it.beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wk-cert-'));
    clock = new SimulatedClock();
  });
  it.afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = (names: readonly string[] = []) =>
    openSiteCertificates({ folder, site: 'north', clock, names });

  it('makes a CA and a server certificate with all names', async () => {
    const certificates = await open(['watch.example', '192.0.2.7', '0.0.0.0']);
    const ca = new X509Certificate(certificates.ca);
    const server = new X509Certificate((await certificates.server()).cert);
    assert.ok(ca.ca);
    assert.equal(ca.subject, 'CN=Watchkeeper site north');
    assert.ok(server.verify(ca.publicKey) && server.checkIssued(ca));
    assert.equal(server.ca, false);
    for (const name of ['watch.example', 'localhost']) assert.equal(server.checkHost(name), name);
    for (const ip of ['192.0.2.7', '127.0.0.1', '::1']) assert.equal(server.checkIP(ip), ip);
    assert.equal(server.checkIP('0.0.0.0'), undefined);
    assert.equal(server.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.ok(new Date(server.validTo).getTime() - clock.now() <= 90 * DAY_MS);
  });

  it('keeps every file readable by its owner only', async () => {
    await (await open()).server();
    const files = await readdir(join(folder, 'tls'));
    assert.deepEqual(files.sort(), ['ca.crt', 'ca.pem', 'server.pem']);
    for (const file of files)
      assert.equal((await stat(join(folder, 'tls', file))).mode & 0o777, 0o600);
  });

  it('finds both again after a restart', async () => {
    const before = await open();
    const made = await before.server();
    const after = await open();
    assert.equal(after.ca, before.ca);
    assert.deepEqual(await after.server(), made);
  });

  it('renews the server certificate from 30 days before its end, and for a new name', async () => {
    const certificates = await open();
    const first = await certificates.server();
    clock.advance(59 * DAY_MS);
    assert.deepEqual(await certificates.server(), first);
    clock.advance(2 * DAY_MS);
    const second = await certificates.server();
    assert.notEqual(second.cert, first.cert);
    assert.notEqual((await (await open(['new.example'])).server()).cert, second.cert);
  });

  it('makes a server certificate anew that was damaged or is of another CA', async () => {
    const certificates = await open();
    const first = await certificates.server();
    await writeFile(join(folder, 'tls', 'server.pem'), 'rubbish');
    const second = await certificates.server();
    assert.notEqual(second.cert, first.cert);
    await rm(join(folder, 'tls', 'ca.pem'));
    const other = await open();
    const third = await other.server();
    assert.ok(new X509Certificate(third.cert).verify(new X509Certificate(other.ca).publicKey));
  });

  it('refuses a CA that is damaged or has ended, and does not replace it', async () => {
    await open();
    clock.advance(3651 * DAY_MS);
    await assert.rejects(open(), { code: 'CONFIG_INVALID' });
    await writeFile(join(folder, 'tls', 'ca.pem'), 'rubbish');
    await assert.rejects(open(), { code: 'CONFIG_INVALID', message: /site's CA/ });
  });

  it('gives a watch a client certificate for 30 days that names it', async () => {
    const certificates = await open();
    const { cert, key } = await certificates.device('w-1');
    const leaf = new X509Certificate(cert);
    assert.equal(leaf.subjectAltName, 'URI:urn:device:w-1');
    assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.equal(new Date(leaf.validTo).getTime() - clock.now(), 30 * DAY_MS);
    assert.match(key, /BEGIN PRIVATE KEY/);
    await assert.rejects(certificates.device('a b'), { code: 'BAD_REQUEST' });
  });
});
