// The site of the benchmark `store-stop`, in a process of its own; told what to do over the process's channel.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSite, type SiteHandle } from '../../src/app.ts';
import type { Ledger } from '../../src/model/ledger.ts';
import { StoppableStore } from './stoppable-store.ts';
import { benchSite } from './bench-site.ts';

export interface StopServerStart {
  readonly devices: number;
  readonly publicKey: Uint8Array;
  /** A MongoDB server; without one the embedded store. */
  readonly storeUrl?: string;
}

export interface StopServerReady {
  readonly port: number;
  readonly token: string;
  readonly site: { readonly site: string; readonly keyId: string; readonly publicKey: Uint8Array };
}

export interface StopSample {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Of the archive: what waits for the store. */
  readonly backlogBytes: number;
  /** On disk, whole segments. */
  readonly journalBytes: number;
  readonly journalState: string;
  readonly pressure: number;
  /** How often a frame or a group had to wait. */
  readonly busy: number;
  readonly ledger: Ledger;
  /** In the store; told after `settle`. */
  readonly records: number;
}

export interface StopRequest {
  readonly ask: 'sample' | 'stop-store' | 'start-store' | 'collect' | 'settle' | 'stop';
}

const NO_LIMIT = 1e12;
let gate: StoppableStore | undefined;

// A benchmark that was cut short leaves no server behind.
process.once('disconnect', () => process.exit(1));
process.once('message', (message) => {
  void run(message as StopServerStart);
});

async function run(start: StopServerStart): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-bench-'));
  const site = await startSite(
    { ...benchSite(folder), ...(start.storeUrl === undefined ? {} : { storeUrl: start.storeUrl }) },
    {
      wrapStore: (store) => {
        gate = new StoppableStore(store);
        return gate.store;
      },
      httpLimits: {
        perAddress: {
          requests: { perSecond: NO_LIMIT, burst: NO_LIMIT },
          bytes: { perSecond: NO_LIMIT, burst: NO_LIMIT },
        },
      },
      deviceLimits: {
        framesPerSecond: NO_LIMIT,
        frameBurst: NO_LIMIT,
        bytesPerSecond: NO_LIMIT,
        byteBurst: NO_LIMIT,
      },
    },
  );
  for (let index = 0; index < start.devices; index += 1) {
    await site.api.enroll({ id: `w${index}`, publicKey: start.publicKey, by: 'bench' });
  }
  process.on('message', (request: StopRequest) => {
    void answer(site, folder, request);
  });
  const key = site.parts.keyRing.current();
  const ready: StopServerReady = {
    port: Number(new URL(site.url).port),
    token: site.token ?? '',
    site: { site: 'bench', keyId: key.id, publicKey: key.publicKey },
  };
  process.send?.(ready);
}

async function answer(site: SiteHandle, folder: string, { ask }: StopRequest): Promise<void> {
  if (ask === 'stop') {
    await site.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  }
  if (ask === 'stop-store') gate?.stop();
  if (ask === 'start-store') gate?.go();
  if (ask === 'settle') await settle(site);
  if (ask === 'collect') await collect();
  const records = ask === 'settle' ? await site.parts.store.records.count() : 0;
  process.send?.({ ...sample(site), records });
}

/** Until everything accepted is stored; the next tick closes the last block. */
async function settle(site: SiteHandle): Promise<void> {
  do {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await site.engine.drained();
    await site.engine.archivist.flushed();
  } while (site.api.ledger().pending > 0);
}

/** Takes away what the way to the full backlog left behind; without --expose-gc nothing. */
async function collect(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function sample({ engine, parts, api }: SiteHandle): Omit<StopSample, 'records'> {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    backlogBytes: engine.archivist.backlogBytes,
    journalBytes: parts.journal.sizeBytes,
    journalState: parts.journal.state,
    pressure: parts.intake.pressure(),
    busy: parts.intake.counters.busy,
    ledger: api.ledger(),
  };
}
