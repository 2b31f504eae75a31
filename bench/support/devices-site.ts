// A site in a process of its own that folds sealed frames of many devices,
// handed straight to its intake: what a record costs behind the sockets.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSite, type SiteHandle } from '../../src/app.ts';
import { ENTRY, type EntryKind } from '../../src/model/journal-entry.ts';
import { encodeJournalHello } from '../../src/wire/journal-hello.ts';
import { encodeRecords } from '../../src/wire/records/encode.ts';
import { DEVICE_KEY, DEVICE_PUBLIC_KEY } from './load.ts';
import { seeded, someRecords } from './records.ts';
import { SealedDevice } from './sealed-device.ts';
import { benchSite } from './bench-site.ts';

export interface DevicesStart {
  readonly devices: number;
  readonly frames: number;
  readonly recordsPerFrame: number;
}

export interface DevicesRun {
  readonly seconds: number;
  readonly cpuUsPerRecord: number;
  readonly rssBytes: number;
  readonly isBalanced: boolean;
}

/** Entries under way at a time; below what the intake admits. */
const ROUND = 1000;

process.once('disconnect', () => process.exit(1));
process.once('message', (message) => {
  void run(message as DevicesStart);
});

async function run(start: DevicesStart): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-devices-'));
  const site = await startSite(benchSite(folder));
  const devices = await openDevices(site, start);
  // The first frame of an epoch derives its keys; that belongs to connecting.
  await feed(site, ENTRY.frame, sealFrames(devices, { ...start, frames: start.devices }));
  // Sealed in advance: what is measured is the site's part alone.
  const frames = sealFrames(devices, start);
  await site.engine.archivist.flushed();
  await site.engine.snapshotted();
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const began = performance.now();
  await feed(site, ENTRY.frame, frames);
  await site.engine.archivist.flushed();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const { accepted, stored, pending, quarantined } = site.api.ledger();
  const result: DevicesRun = {
    seconds,
    cpuUsPerRecord: (user + system) / (start.frames * start.recordsPerFrame),
    rssBytes: process.memoryUsage.rss(),
    isBalanced:
      accepted === start.devices + start.frames &&
      accepted === stored + pending + quarantined &&
      quarantined === 0,
  };
  process.send?.(result, () => {
    void site.stop().then(() => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(0);
    });
  });
}

interface Item {
  readonly subject: string;
  readonly body: Uint8Array;
}

async function openDevices(
  site: SiteHandle,
  { devices }: DevicesStart,
): Promise<readonly SealedDevice[]> {
  const { id, publicKey } = site.parts.keyRing.current();
  const sealed: SealedDevice[] = [];
  for (let from = 0; from < devices; from += ROUND) {
    const hellos: Item[] = [];
    const ids = Array.from({ length: Math.min(ROUND, devices - from) }, (_, n) => `w${from + n}`);
    await Promise.all(
      ids.map((device) =>
        site.api.enroll({ id: device, publicKey: DEVICE_PUBLIC_KEY, by: 'bench' }),
      ),
    );
    for (const device of ids) {
      const one = new SealedDevice(device, 1, { site: 'bench', keyId: id, publicKey });
      const challenge = createHash('sha256').update(device).digest();
      const frame = one.hello({ challenge }, DEVICE_KEY);
      hellos.push({ subject: device, body: encodeJournalHello({ challenge, frame }) });
      sealed.push(one);
    }
    await feed(site, ENTRY.hello, hellos);
    process.stderr.write(`\r${from + ids.length} of ${devices} devices enrolled `);
  }
  return sealed;
}

function sealFrames(
  devices: readonly SealedDevice[],
  { frames, recordsPerFrame }: DevicesStart,
): readonly Item[] {
  const random = seeded(7);
  const now = Date.now();
  const payloads = Array.from({ length: 64 }, () =>
    encodeRecords(someRecords(recordsPerFrame, now, random)),
  );
  return Array.from({ length: frames }, (_, index) => {
    const device = devices[index % devices.length] as SealedDevice;
    const body = device.seal(payloads[index % payloads.length] as Uint8Array, 1);
    return { subject: device.id, body };
  });
}

async function feed(site: SiteHandle, kind: EntryKind, items: readonly Item[]): Promise<void> {
  const { intake, journal, clock } = site.parts;
  for (let from = 0; from < items.length; from += ROUND) {
    for (const { subject, body } of items.slice(from, from + ROUND)) {
      intake.submit({ kind, subject, observedAt: clock.now(), body });
    }
    await journal.durable(journal.nextLsn - 1);
    await site.engine.drained();
  }
}
