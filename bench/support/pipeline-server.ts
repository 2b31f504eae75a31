// The server side of the pipeline benchmarks, in a process of its own.
// Started with `raw` or `site`; told what to do over the process's channel.
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Unpackr } from 'msgpackr';
import { WebSocketServer } from 'ws';
import type { Channel } from '../../src/alerts/channel.ts';
import { startSite, type SiteHandle } from '../../src/app.ts';
import { HEADER_BYTES } from '../../src/wire/frame.ts';
import { benchSite } from './bench-site.ts';

export interface ServerStart {
  readonly mode: 'raw' | 'site';
  readonly devices: number;
  readonly publicKey: Uint8Array;
  /** Subjects go to sleep this long after their last message. */
  readonly passivateAfterMs?: number;
  readonly snapshotEveryMs?: number;
  /** Whether to send an {@link AlertOut} for every alert. */
  readonly reportAlerts?: boolean;
}

/** All simulated devices share one address. */
const UNLIMITED = {
  requests: { perSecond: 1e6, burst: 1e6 },
  bytes: { perSecond: 1e12, burst: 1e12 },
};

export interface ServerReady {
  readonly port: number;
  readonly token: string;
  readonly site: { readonly site: string; readonly keyId: string; readonly publicKey: Uint8Array };
}

export interface ServerFigures {
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly live: number;
  readonly ledger: unknown;
  readonly isBalanced: boolean;
}

/** Sent when an alert leaves, at this wall time (ms, sub-millisecond). */
export interface AlertOut {
  readonly alertSubject: string;
  readonly at: number;
}

/** What the process has used so far, and how long its event loop was held since the last one of these. */
export interface ServerEffort {
  /** Of all threads. */
  readonly cpuMs: number;
  readonly longestHoldMs: number;
}

type Request = { readonly ask: 'figures' | 'effort' | 'settle' | 'collect' | 'stop' };

// A benchmark that was cut short leaves no server behind.
process.once('disconnect', () => process.exit(1));
process.once('message', (message) => {
  void run(message as ServerStart);
});

async function run(start: ServerStart): Promise<void> {
  if (start.mode === 'raw') await runRaw();
  else await runSite(start);
}

function wallNow(): number {
  return performance.timeOrigin + performance.now();
}

/** ws, msgpackr decode, a three-byte ack: the limit. */
async function runRaw(): Promise<void> {
  const http = createServer();
  const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });
  const server = new WebSocketServer({
    server: http,
    perMessageDeflate: false,
    clientTracking: false,
    maxPayload: 70_000,
  });
  const ack = Buffer.from([1, 2, 3]);
  let sum = 0;
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const records = unpackr.unpack(data.subarray(HEADER_BYTES, data.length - 16)) as unknown[];
      sum += records.length;
      socket.send(ack);
    });
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  process.on('message', (request: Request) => {
    if (request.ask === 'stop') process.exit(0);
    process.send?.({ cpuMs: cpuMs(), received: sum });
  });
  process.send?.({ port: (http.address() as AddressInfo).port });
}

async function runSite(start: ServerStart): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-bench-'));
  const site = await startSite(benchSite(folder), {
    channels: start.reportAlerts === true ? [alertChannel()] : [],
    httpLimits: { perAddress: UNLIMITED },
    deviceLimits: {
      framesPerSecond: 1e9,
      frameBurst: 1e9,
      bytesPerSecond: 1e12,
      byteBurst: 1e12,
      connectionsPerAddress: 1e6,
    },
    ...(start.passivateAfterMs === undefined ? {} : { passivateAfterMs: start.passivateAfterMs }),
    ...(start.snapshotEveryMs === undefined ? {} : { snapshotEveryMs: start.snapshotEveryMs }),
  });
  await enrol(site, start);
  process.on('message', (request: Request) => {
    void answer(site, folder, request);
  });
  const key = site.parts.keyRing.current();
  const ready: ServerReady = {
    port: Number(new URL(site.url).port),
    token: site.token ?? '',
    site: { site: 'bench', keyId: key.id, publicKey: key.publicKey },
  };
  process.send?.(ready);
}

async function enrol(site: SiteHandle, { devices, publicKey }: ServerStart): Promise<void> {
  for (let from = 0; from < devices; from += 1000) {
    const batch = Array.from({ length: Math.min(1000, devices - from) }, (_, index) =>
      site.api.enroll({ id: `w${from + index}`, publicKey, by: 'bench' }),
    );
    await Promise.all(batch);
  }
}

function alertChannel(): Channel {
  return {
    name: 'bench',
    accepts: ({ transition }) => transition === 'opened',
    deliver: ({ alert }) => {
      const out: AlertOut = { alertSubject: `${alert.subject}/${alert.type}`, at: wallNow() };
      process.send?.(out);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

async function answer(site: SiteHandle, folder: string, { ask }: Request): Promise<void> {
  if (ask === 'effort') {
    process.send?.(effort());
    return;
  }
  if (ask === 'stop') {
    await site.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  }
  if (ask === 'settle' || ask === 'collect') {
    await site.engine.drained();
    await site.engine.archivist.flushed();
  }
  if (ask === 'collect') {
    await site.engine.snapshotted();
    for (let round = 0; round < 4; round += 1) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const memory = process.memoryUsage();
  const ledger = site.api.ledger();
  const shed = Object.values(ledger.shed).reduce((sum, count) => sum + count, 0);
  const figures: ServerFigures = {
    cpuMs: cpuMs(),
    rssBytes: memory.rss,
    heapBytes: memory.heapUsed,
    externalBytes: memory.external,
    live: site.engine.directory.size,
    ledger,
    isBalanced: ledger.accepted === ledger.stored + shed + ledger.quarantined + ledger.pending,
  };
  process.send?.(figures);
}

const HOLDS = monitorEventLoopDelay({ resolution: 1 });

function effort(): ServerEffort {
  HOLDS.enable();
  const longestHoldMs = HOLDS.max / 1e6;
  HOLDS.reset();
  return { cpuMs: cpuMs(), longestHoldMs };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
