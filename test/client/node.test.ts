import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpack } from 'msgpackr';
import { connectWatch, fileStorage, postWatch } from '../../src/client/node.ts';
import { systemClock } from '../../src/core/clock.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { createDeviceGateway } from '../../src/gateway/device/gateway.ts';
import { ENTRY } from '../../src/model/journal-entry.ts';
import { openKeyRing, type KeyRing } from '../../src/security/key-ring.ts';
import { createOpener, type SealedSession } from '../../src/wire/opener.ts';
import { testParts } from '../support/device-site.ts';
import { MemoryJournal } from '../support/memory-journal.ts';
import { describe } from '../support/suite.ts';

/** The real gateway behind a real server, over a journal in memory. */
async function startSite(keyRing: KeyRing) {
  const journal = new MemoryJournal({ auto: true });
  const { options, directory } = testParts({ clock: systemClock, journal });
  const gateway = createDeviceGateway({ ...options, keyRing });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void gateway.post(Buffer.concat(chunks)).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/octet-stream' }).end(body);
      });
    });
  });
  server.on('upgrade', (request, socket, head) => {
    gateway.upgrade(request, socket, head);
  });
  const host = await listen(server);
  const stop = async (): Promise<void> => {
    await gateway.drain();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { host, gateway, journal, directory, key: directory.enroll('watch-1'), stop };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a worker reads from the journal. */
function openAll(journal: MemoryJournal, keyRing: KeyRing, publicKey: Uint8Array): unknown[] {
  const opener = createOpener({ site: 'test', keyRing });
  let sealed: SealedSession | undefined;
  return journal.entries.flatMap(({ kind, subject, body }) => {
    if (kind === ENTRY.hello) sealed = opener.verifyHello(body, subject, publicKey);
    if (kind !== ENTRY.frame) return [];
    return unpack(opener.open(opener.session(subject, sealed!), body)) as unknown[];
  });
}

describe('watch on Node', (it) => {
  let folder: string;
  let keyRing: KeyRing;
  it.before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wk-client-'));
    keyRing = await openKeyRing({ folder, clock: systemClock });
  });
  it.after(() => rm(folder, { recursive: true }));

  it('delivers over a WebSocket what the site’s worker then opens', async () => {
    const site = await startSite(keyRing);
    const client = connectWatch({
      url: `ws://${site.host}/v1/device`,
      device: 'watch-1',
      privateKey: site.key.privateKey,
      site: 'test',
      siteKeys: [keyRing.current().publicKey],
      storage: fileStorage(join(folder, 'epoch.json')),
    });
    client.send([{ n: 1 }, { n: 2 }], 1);
    await client.flush();
    client.send([{ n: 3 }], 3);
    await client.flush();
    assert.equal(client.beat({ battery: 50, worn: true, charging: false }), true);
    assert.deepEqual(openAll(site.journal, keyRing, site.key.publicKey), [
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
    assert.equal(site.gateway.isOnline('watch-1'), true);
    await client.stop();
    await site.stop();
    assert.deepEqual(await fileStorage(join(folder, 'epoch.json')).load(), { epoch: 1 });
  });

  it('delivers by POST', async () => {
    const site = await startSite(keyRing);
    const client = postWatch({
      url: `http://${site.host}/v1/device/frames`,
      device: 'watch-1',
      privateKey: site.key.privateKey,
      site: 'test',
      siteKeys: [keyRing.current().publicKey],
    });
    client.send([{ n: 1 }], 0);
    await client.flush();
    client.send([{ n: 2 }], 2);
    await client.flush();
    assert.deepEqual(openAll(site.journal, keyRing, site.key.publicKey), [{ n: 1 }, { n: 2 }]);
    await site.stop();
  });

  it('is refused for good when its device was revoked', async () => {
    const site = await startSite(keyRing);
    const states: string[] = [];
    const client = connectWatch({
      url: `ws://${site.host}/v1/device`,
      device: 'watch-1',
      privateKey: site.key.privateKey,
      onState: (state) => states.push(state),
    });
    client.send([{ n: 1 }], 1);
    await client.flush();
    site.directory.revoke('watch-1');
    client.send([{ n: 2 }], 1);
    await assert.rejects(client.flush(), (e) => isWatchkeeperError(e, 'DEVICE_REVOKED'));
    assert.equal(states.at(-1), 'refused');
    await client.stop();
    await site.stop();
  });

  it('waits while there is no site, and can be stopped meanwhile', async () => {
    const server = createServer();
    const host = await listen(server);
    server.close();
    await once(server, 'close');
    const waiting = new Promise<void>((resolve) => {
      const client = connectWatch({
        url: `ws://${host}/v1/device`,
        device: 'watch-1',
        privateKey: new Uint8Array(32).fill(1),
        onState: (state) => {
          if (state === 'waiting') void client.stop().then(resolve);
        },
      });
    });
    await waiting;
  });

  it('refuses a damaged epoch file instead of starting again at 1', async () => {
    const path = join(folder, 'damaged.json');
    assert.equal(await fileStorage(path).load(), undefined);
    for (const text of ['', '{}', '{"epoch":-1}', '{"epoch":1.5}', '{"epoch":"7"}']) {
      await writeFile(path, text);
      await assert.rejects(
        async () => fileStorage(path).load(),
        (e) => isWatchkeeperError(e, 'CONFIG_INVALID'),
      );
    }
    await fileStorage(path).save({ epoch: 12 });
    assert.deepEqual(await fileStorage(path).load(), { epoch: 12 });
  });
});
