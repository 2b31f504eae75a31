import type { ChildProcess } from 'node:child_process';
import { ask, nextMessage } from './built.ts';
import { quantile } from './figures.ts';
import { FullSpeedLine } from './full-speed-line.ts';
import { DEVICE_PUBLIC_KEY } from './load.ts';
import { seeded, someRecords } from './records.ts';
import { encodeRecords } from '../../src/wire/records/encode.ts';
import type { StopRequest, StopSample, StopServerReady } from './store-stop-server.ts';

const MIB = 1024 * 1024;
/**
 * What a journal may grow while the store takes nothing: the archive's
 * backlog (64 MiB), the budget of the intake (1.5 × 4 MiB) with the frames on
 * their way when it ran out, and two segments (64 MiB each) that are begun
 * and prepared.
 */
const JOURNAL_BOUND_BYTES = (64 + 6 + 4 + 2 * 64) * MIB;

export interface StoreStopOptions {
  readonly server: ChildProcess;
  readonly devices: number;
  /** How long the site works before its store stops. */
  readonly warmMs: number;
  /** How long the store is stopped, from when the sockets are paused. */
  readonly stoppedMs: number;
  /** How long after that garbage is collected once and measuring the memory begins. */
  readonly settleMs: number;
  readonly storeUrl?: string;
  /** Stops and resumes the store; by default the site's own writes are held. */
  readonly hold?: { readonly stop: () => void; readonly go: () => void };
  readonly onSample?: (sample: StopSample, stoppedForMs: number) => void;
}

export interface StoreStopFigures {
  readonly acked_before_stop: number;
  readonly acked_while_stopped: number;
  readonly seconds_to_pause: number;
  readonly seconds_stopped: number;
  readonly frames_in_sockets: number;
  readonly least_credits_class_3: number;
  readonly http_refused: number;
  readonly http_taken_while_paused: number;
  readonly backlog_mib: number;
  readonly journal_growth_mib: number;
  readonly journal_bound_mib: number;
  readonly journal_state: string;
  readonly rss_median_mib: number;
  readonly rss_min_mib: number;
  readonly rss_max_mib: number;
  /** The greatest distance from the median, in percent of it. */
  readonly rss_deviation_percent: number;
  readonly seconds_to_store_all: number;
  readonly frames_acked: number;
  readonly frames_stored: number;
  readonly frames_shed: number;
  readonly groups_stored: number;
  readonly is_balanced: boolean;
  readonly is_count_right: boolean;
}

/** Runs a site at full speed, stops its store, goes on, and tells what happened to memory, journal and records. */
export async function runStoreStop(options: StoreStopOptions): Promise<StoreStopFigures> {
  const { server, devices, storeUrl } = options;
  const told = <Answer>(request: StopRequest): Promise<Answer> => ask<Answer>(server, request);
  server.send({
    devices,
    publicKey: DEVICE_PUBLIC_KEY,
    ...(storeUrl === undefined ? {} : { storeUrl }),
  });
  const ready = await nextMessage<StopServerReady>(server);
  const lines = await connect(ready, devices);
  const services = new Services(ready);
  const acked = (): number => lines.reduce((sum, line) => sum + line.acked[0] + line.acked[1], 0);
  const http = services.post();
  for (const line of lines) line.pump();
  await delay(options.warmMs);

  const ackedBefore = acked();
  const before = await told<StopSample>({ ask: 'sample' });
  const stoppedAt = performance.now();
  if (options.hold === undefined) await told({ ask: 'stop-store' });
  else options.hold.stop();
  const pausedAt = await paused(() => told<StopSample>({ ask: 'sample' }), acked);
  const takenBefore = services.taken;
  const samples = await watch(options, { told, pausedAt });
  const takenWhilePaused = services.taken - takenBefore;
  const framesInSockets = lines.reduce((sum, line) => sum + line.flying, 0);
  const ackedAfter = acked();

  const resumedAt = performance.now();
  for (const line of lines) line.isSending = false;
  services.stop();
  if (options.hold === undefined) await told({ ask: 'start-store' });
  else options.hold.go();
  while (lines.some((line) => line.flying > 0)) await delay(50);
  await http;
  const last = await told<StopSample>({ ask: 'settle' });
  const storedAfter = performance.now() - resumedAt;
  for (const line of lines) line.close();
  server.send({ ask: 'stop' } satisfies StopRequest);
  await new Promise((resolve) => server.once('exit', resolve));

  const { ledger } = last;
  const shed = Object.values(ledger.shed).reduce((sum, count) => sum + count, 0);
  const rss = samples.map(({ rssBytes }) => rssBytes);
  const middle = quantile(rss, 0.5);
  const spread = Math.max(...rss.map((bytes) => Math.abs(bytes - middle)));
  const growth = Math.max(...samples.map(({ journalBytes }) => journalBytes)) - before.journalBytes;
  return {
    acked_before_stop: ackedBefore,
    acked_while_stopped: ackedAfter - ackedBefore,
    seconds_to_pause: seconds(pausedAt - stoppedAt),
    seconds_stopped: seconds(resumedAt - stoppedAt),
    frames_in_sockets: framesInSockets,
    least_credits_class_3: Math.min(...lines.map(({ leastCredits }) => leastCredits)),
    http_refused: services.refused,
    http_taken_while_paused: takenWhilePaused,
    backlog_mib: mib(Math.max(...samples.map(({ backlogBytes }) => backlogBytes))),
    journal_growth_mib: mib(growth),
    journal_bound_mib: mib(JOURNAL_BOUND_BYTES),
    journal_state: samples.map(({ journalState }) => journalState).find((s) => s !== 'ok') ?? 'ok',
    rss_median_mib: mib(middle),
    rss_min_mib: mib(Math.min(...rss)),
    rss_max_mib: mib(Math.max(...rss)),
    rss_deviation_percent: Math.round((spread / middle) * 1000) / 10,
    seconds_to_store_all: seconds(storedAfter),
    frames_acked: acked(),
    frames_stored: ledger.stored - services.taken,
    frames_shed: shed,
    groups_stored: services.taken,
    is_balanced:
      ledger.pending === 0 &&
      ledger.accepted === ledger.stored + shed + ledger.quarantined &&
      acked() + services.taken === ledger.accepted,
    is_count_right: last.records === ledger.storedRecords,
  };
}

async function connect(ready: StopServerReady, devices: number): Promise<FullSpeedLine[]> {
  const random = seeded(11);
  const payloads = Array.from({ length: 64 }, () =>
    encodeRecords(someRecords(20, Date.now(), random)),
  );
  let next = 0;
  const payload = (): Uint8Array => payloads[next++ % payloads.length] ?? new Uint8Array();
  return Promise.all(
    Array.from({ length: devices }, (_, index) =>
      FullSpeedLine.connect({ ...ready, id: `w${index}` }, payload),
    ),
  );
}

/** Posts logs of a service twenty times a second, whatever it is answered. */
class Services {
  readonly #ready: StopServerReady;
  #isOn = true;
  taken = 0;
  refused = 0;

  constructor(ready: StopServerReady) {
    this.#ready = ready;
  }

  stop(): void {
    this.#isOn = false;
  }

  async post(): Promise<void> {
    while (this.#isOn) {
      const response = await fetch(`http://127.0.0.1:${this.#ready.port}/v1/logs`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.#ready.token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify([
          { timestamp: Date.now(), level: 'INFO', service: 'pay', message: 'paid' },
        ]),
      });
      await response.arrayBuffer();
      if (response.status === 200) this.taken += 1;
      else if ([429, 503, 507].includes(response.status)) this.refused += 1;
      else throw new Error(`POST /v1/logs answered ${response.status}.`);
      await delay(50);
    }
  }
}

/** Resolves, with the time, when the site takes no more: frames have to wait and nothing was acked for a second. */
async function paused(sample: () => Promise<StopSample>, acked: () => number): Promise<number> {
  const start = performance.now();
  let last = { acked: -1, at: start };
  while (performance.now() - start < 120_000) {
    const { busy } = await sample();
    const now = performance.now();
    if (acked() !== last.acked) last = { acked: acked(), at: now };
    if (busy > 0 && now - last.at > 1000) return last.at;
    await delay(50);
  }
  throw new Error('The site took everything for two minutes although its store was stopped.');
}

async function watch(
  { stoppedMs, settleMs, onSample }: StoreStopOptions,
  from: { told: (request: StopRequest) => Promise<StopSample>; pausedAt: number },
): Promise<StopSample[]> {
  const samples: StopSample[] = [];
  let isCollected = false;
  for (;;) {
    const elapsed = performance.now() - from.pausedAt;
    if (elapsed >= stoppedMs) return samples;
    if (elapsed >= settleMs && !isCollected) {
      isCollected = true;
      await from.told({ ask: 'collect' });
    }
    const sample = await from.told({ ask: 'sample' });
    onSample?.(sample, elapsed);
    if (isCollected) samples.push(sample);
    await delay(Math.min(1000, stoppedMs / 50));
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

function mib(bytes: number): number {
  return Math.round((bytes / MIB) * 10) / 10;
}
