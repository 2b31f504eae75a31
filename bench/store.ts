/**
 * Figures of the embedded store: `node --import tsx bench/store.ts [--json] [--records n]`.
 * "main" is what put costs the calling thread, the commit runs in LMDB's own.
 * Costs and query times are CPU time of the main thread, so that they hold on
 * a busy machine too; durable rates and the longest turn are by the wall clock.
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Packr } from 'msgpackr';
import { LEVEL_NAMES } from '../src/model/level.ts';
import { subjectId } from '../src/model/subject.ts';
import { openEmbeddedStore } from '../src/store/embedded/open.ts';
import type { Block, BlockEntry, RecordQuery, Store, WireRecord } from '../src/store/store.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, records: { type: 'string', default: '1000000' } },
});
const START = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const DEVICES = 1000;
const ENTRIES_PER_BLOCK = 64;
const packr = new Packr({ useRecords: false });
const figures: Record<string, number> = {};

const folder = mkdtempSync(join(tmpdir(), 'wk-bench-store-'));
try {
  const batched = await open('batched');
  await measurePut(batched, { perEntry: 100, records: Number(values.records), name: 'put_100' });
  figures['bytes_per_record'] = diskBytes('batched') / Number(values.records);
  await measureQueries(batched);
  await batched.close();
  const single = await open('single');
  await measurePut(single, { perEntry: 1, records: 100_000, name: 'put_1' });
  await single.close();
} finally {
  rmSync(folder, { recursive: true });
}
report();

function open(site: string): Promise<Store> {
  const decode = (payload: Uint8Array): readonly WireRecord[] =>
    packr.unpack(payload) as readonly WireRecord[];
  return openEmbeddedStore({ folder, site, decode });
}

interface Load {
  readonly perEntry: number;
  readonly records: number;
  readonly name: string;
}

async function measurePut(store: Store, { perEntry, records, name }: Load): Promise<void> {
  const perBlock = perEntry * ENTRIES_PER_BLOCK;
  const count = Math.ceil(records / perBlock);
  let mainMs = 0;
  let totalMs = 0;
  let inFlight: Promise<void> = Promise.resolve();
  for (let first = 0; first < count; first += 8) {
    const blocks = Array.from({ length: Math.min(8, count - first) }, (_, index) =>
      makeBlock(first + index, perEntry),
    );
    const started = performance.now();
    const cpu = mainThreadMs();
    const written = store.records.put(blocks);
    await inFlight;
    inFlight = written;
    mainMs += mainThreadMs() - cpu;
    totalMs += performance.now() - started;
  }
  const started = performance.now();
  await inFlight;
  totalMs += performance.now() - started;
  const written = count * perBlock;
  figures[`${name}_main_us_per_record`] = (mainMs * 1000) / written;
  figures[`${name}_main_us_per_entry`] = (mainMs * 1000) / (count * ENTRIES_PER_BLOCK);
  figures[`${name}_durable_records_per_s`] = (written / totalMs) * 1000;
}

/** One block of 64 entries; a block covers 6.4 s, with one device an entry. */
function makeBlock(number: number, perEntry: number): Block {
  const firstLsn = number * ENTRIES_PER_BLOCK + 1;
  const entries = Array.from({ length: ENTRIES_PER_BLOCK }, (_, index) =>
    makeEntry(firstLsn + index, perEntry),
  );
  return { day: '2026-01-01', partition: number % 64, firstLsn, entries };
}

function makeEntry(lsn: number, perEntry: number): BlockEntry {
  const observedAt = START + lsn * 5 * Math.min(perEntry, 100);
  const device = lsn % DEVICES;
  const levels: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  const records = Array.from({ length: perEntry }, (_, index): WireRecord => {
    const seed = (lsn * 7919 + index * 104_729) % 100_003;
    const level = seed % 1000 === 0 ? 4 : seed % 50 === 0 ? 3 : 1;
    levels[level] = (levels[level] ?? 0) + 1;
    return {
      timestamp: observedAt - perEntry + index,
      level: LEVEL_NAMES[level] ?? 'INFO',
      service: `service-${device % 20}`,
      message: `Request ${seed} took ${seed % 400} ms on route /v1/things/${seed % 97}`,
      user_id: `user-${device}`,
      request_id: `req-${lsn}-${index}`,
      duration_ms: seed % 400,
    };
  });
  return {
    lsn,
    subject: subjectId('device', `watch-${device}`),
    observedAt,
    payload: Buffer.from(packr.pack(records)),
    count: perEntry,
    minTimestamp: observedAt - perEntry,
    maxTimestamp: observedAt - 1,
    levels,
    services: [`service-${device % 20}`],
    users: [`user-${device}`],
  };
}

async function measureQueries(store: Store): Promise<void> {
  const all = { from: START, to: START + DAY_MS };
  const middle = START + (Number(values.records) / 100) * 250;
  const queries: readonly (readonly [string, RecordQuery])[] = [
    ['newest_100', all],
    ['time_100', { from: middle, to: middle + 60_000 }],
    ['time_10000', { ...all, limit: 10_000 }],
    ['service_100', { ...all, service: 'service-7' }],
    ['critical_100', { ...all, level: 'CRITICAL' }],
    ['user_100', { ...all, user: 'user-42' }],
    ['subject_100', { ...all, subject: subjectId('device', 'watch-42') }],
    [
      'subject_10_min',
      { from: middle, to: middle + 600_000, subject: subjectId('device', 'watch-42') },
    ],
    ['subject_all', { ...all, subject: subjectId('device', 'watch-42'), limit: 10_000 }],
    ['full_scan', { ...all, text: 'no such text' }],
  ];
  for (const [name, query] of queries) {
    const runs = name === 'full_scan' ? 2 : 60;
    await store.records.query(query);
    const started = mainThreadMs();
    for (let run = 0; run < runs; run += 1) await store.records.query(query);
    figures[`query_${name}_cpu_ms`] = (mainThreadMs() - started) / runs;
  }
  figures['full_scan_longest_turn_ms'] = await longestTurn(() =>
    store.records.query({ ...all, text: 'no such text' }),
  );
}

/** The longest turn of the event loop while `action` ran. */
async function longestTurn(action: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let running = true;
  const watch = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(watch);
  };
  setImmediate(watch);
  await action();
  running = false;
  return longest;
}

/** CPU time of the main thread, so that a busy machine does not count; wall time where there is no /proc. */
function mainThreadMs(): number {
  try {
    const schedule = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8');
    return Number(schedule.split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

function diskBytes(site: string): number {
  return statSync(join(folder, site, 'data.mdb')).size;
}

function report(): void {
  if (values.json === true) {
    console.log(JSON.stringify(figures, undefined, 2));
    return;
  }
  for (const [name, value] of Object.entries(figures)) {
    console.log(`${name.padEnd(36)} ${value >= 1000 ? value.toFixed(0) : value.toPrecision(3)}`);
  }
}
