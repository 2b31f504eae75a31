import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectWatch } from '../../../src/client/node.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { noMetrics } from '../../../src/core/metrics.ts';
import { noTracer } from '../../../src/core/trace.ts';
import { createDeviceGateway, type DeviceGateway } from '../../../src/gateway/device/gateway.ts';
import { SessionTable } from '../../../src/gateway/device/sessions.ts';
import { createIntake } from '../../../src/gateway/intake.ts';
import { ENTRY, type JournalEntry } from '../../../src/model/journal-entry.ts';
import { openKeyRing } from '../../../src/security/key-ring.ts';
import type { Journal } from '../../../src/store/journal.ts';
import { openSegmentJournal } from '../../../src/store/segment-journal.ts';
import { readHeader } from '../../../src/wire/frame.ts';
import { createOpener, type OpenSession } from '../../../src/wire/opener.ts';
import { TestDirectory } from '../../support/device-site.ts';
import { describe } from '../../support/suite.ts';

async function entriesOf(journal: Journal): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const batch of journal.read(1)) entries.push(...batch);
  return entries;
}

describe('device gateway with the client library and the segment journal', (it) => {
  it('carries sealed records from the watch to the worker through restarts of the gateway', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'watchkeeper-'));
    const journal = await openSegmentJournal({
      folder: join(folder, 'journal'),
      clock: systemClock,
      segmentBytes: 1 << 20,
    });
    const keyRing = await openKeyRing({ folder, clock: systemClock });
    const directory = new TestDirectory();
    const key = directory.enroll('w1');
    const intake = createIntake({ journal, clock: systemClock, metrics: noMetrics });
    const start = (sessions: SessionTable): DeviceGateway =>
      createDeviceGateway({
        site: 'test',
        clock: systemClock,
        logger: silentLogger,
        metrics: noMetrics,
        tracer: noTracer,
        directory,
        sessions,
        intake,
        keyRing,
      });
    let gateway = start(new SessionTable());
    const server = createServer();
    server.on('upgrade', (request, socket, head) => {
      gateway.upgrade(request, socket, head);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const watch = connectWatch({
      url: `ws://127.0.0.1:${port}/v1/device`,
      device: 'w1',
      privateKey: key.privateKey,
      firmware: 'test',
    });
    const record = (message: string) =>
      ({ timestamp: 1, level: 'INFO', service: 's', message }) as const;
    for (let index = 0; index < 50; index += 1)
      watch.send([record(`first ${index}`)], index % 2 === 0 ? 1 : 2);
    await watch.flush();
    await gateway.drain();

    const sessions = new SessionTable();
    for (const entry of await entriesOf(journal)) sessions.apply(entry);
    gateway = start(sessions);
    for (let index = 0; index < 50; index += 1) watch.send([record(`second ${index}`)], 1);
    await watch.flush();
    assert.equal(watch.buffered, 0);
    assert.equal(gateway.totals.duplicates, 0, 'nothing acked was sent again');

    const opener = createOpener({ site: 'test', keyRing });
    const open = new Map<number, OpenSession>();
    const texts: string[] = [];
    for (const { kind, body, subject } of await entriesOf(journal)) {
      if (kind === ENTRY.hello) {
        const sealed = opener.verifyHello(body, subject, key.publicKey);
        open.set(sealed.epoch, opener.session(subject, sealed));
      } else if (kind === ENTRY.frame) {
        const session = open.get(readHeader(body).epoch);
        assert.ok(session);
        const plain = Buffer.from(opener.open(session, body)).toString('latin1');
        texts.push(...(plain.match(/(?:first|second) \d+/g) ?? []));
      }
    }
    assert.equal(texts.length, 100);
    assert.equal(new Set(texts).size, 100);
    await watch.stop();
    await gateway.drain();
    await new Promise((resolve) => server.close(resolve));
    await journal.close();
    await rm(folder, { recursive: true });
  });
});
