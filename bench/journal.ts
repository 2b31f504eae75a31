import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import Table from 'cli-table3';

import { median, round } from './support/figures.ts';
import {
  journalWriter,
  lmdbWriter,
  rawWriter,
  type OpenWriter,
} from './support/journal-writers.ts';
import { measurePaced, measureSaturated, type Load } from './support/journal-load.ts';

export interface JournalBenchOptions {
  /** Shorter runs for a smoke test. */
  readonly quick?: boolean;
  /** Where to write; a folder on the disk to be measured. @default the system's temporary folder */
  readonly folder?: string;
}

/** One writer at one body size; medians over the rounds. */
export interface JournalBenchRow {
  readonly writer: 'journal' | 'lmdb' | 'raw';
  readonly bodyBytes: number;
  readonly entriesPerSecond: number;
  readonly mibPerSecond: number;
  /** CPU of the whole process, its threads included. */
  readonly cpuUsPerEntry: number;
  /** Time of `append` alone, on the main thread. */
  readonly appendUs: number;
  readonly saturated: { readonly p50Ms: number; readonly p99Ms: number };
  /** At 1,000 entries/s. */
  readonly paced: { readonly p50Ms: number; readonly p99Ms: number; readonly cpuShare: number };
  /** Throughput over that of raw append + fdatasync in the same rounds, median of the ratios. */
  readonly ratioToRaw: number;
}

const WRITERS: readonly (readonly [JournalBenchRow['writer'], OpenWriter])[] = [
  ['raw', rawWriter],
  ['journal', journalWriter],
  ['lmdb', lmdbWriter],
];

/**
 * Compares the segment journal with LMDB (a value per entry, batched, flushed
 * before it counts) and with bare append + fdatasync of the same bytes, turn
 * about in one run, so that only the ratios need trust.
 */
export async function benchJournal({
  quick = false,
  folder = tmpdir(),
}: JournalBenchOptions = {}): Promise<readonly JournalBenchRow[]> {
  const rows: JournalBenchRow[] = [];
  for (const bodyBytes of [200, 17_000]) {
    const entries = (bodyBytes < 1000 ? 300_000 : 20_000) / (quick ? 10 : 1);
    const load = { bodyBytes, entries, pacedEntries: quick ? 300 : 2000 };
    rows.push(...(await compare(load, folder, quick ? 2 : 5)));
  }
  return rows;
}

type Sample = Omit<JournalBenchRow, 'writer' | 'bodyBytes' | 'ratioToRaw'>;

async function compare(load: Load, folder: string, rounds: number): Promise<JournalBenchRow[]> {
  const samples = new Map<string, Sample[]>(WRITERS.map(([writer]) => [writer, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [writer, open] of WRITERS) {
      samples.get(writer)?.push(await measure(open, load, folder));
    }
  }
  const raw = samples.get('raw') ?? [];
  return WRITERS.map(([writer]) => {
    const own = samples.get(writer) ?? [];
    const ratios = own.map(
      (sample, i) => sample.entriesPerSecond / (raw[i]?.entriesPerSecond ?? 1),
    );
    return { writer, bodyBytes: load.bodyBytes, ...middle(own), ratioToRaw: round(median(ratios)) };
  });
}

async function measure(open: OpenWriter, load: Load, folder: string): Promise<Sample> {
  const own = mkdtempSync(join(folder, 'bench-journal-'));
  try {
    const writer = await open(own);
    const saturated = await measureSaturated(writer, load);
    const paced = await measurePaced(writer, load);
    await writer.close();
    return { ...saturated, paced };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function middle(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number): number => round(median(samples.map(pick)));
  return {
    entriesPerSecond: of((s) => s.entriesPerSecond),
    mibPerSecond: of((s) => s.mibPerSecond),
    cpuUsPerEntry: of((s) => s.cpuUsPerEntry),
    appendUs: of((s) => s.appendUs),
    saturated: { p50Ms: of((s) => s.saturated.p50Ms), p99Ms: of((s) => s.saturated.p99Ms) },
    paced: {
      p50Ms: of((s) => s.paced.p50Ms),
      p99Ms: of((s) => s.paced.p99Ms),
      cpuShare: of((s) => s.paced.cpuShare),
    },
  };
}

function print(rows: readonly JournalBenchRow[]): void {
  const table = new Table({
    head: [
      'body',
      'writer',
      'entries/s',
      'MiB/s',
      '÷ raw',
      'append µs',
      'CPU µs',
      'saturated p50/p99 ms',
      '1,000/s p50/p99 ms',
      'CPU at 1,000/s',
    ],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      `${row.bodyBytes} B`,
      row.writer,
      Math.round(row.entriesPerSecond).toLocaleString('en'),
      row.mibPerSecond,
      row.ratioToRaw,
      row.appendUs,
      row.cpuUsPerEntry,
      `${row.saturated.p50Ms} / ${row.saturated.p99Ms}`,
      `${row.paced.p50Ms} / ${row.paced.p99Ms}`,
      `${round(row.paced.cpuShare * 100)} %`,
    ]);
  }
  console.log(table.toString());
  console.log(
    'Each entry counts when it would survive a power cut. 200 entries or 8,000 small ones are in flight at saturation.',
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, folder: { type: 'string' } },
  });
  const rows = await benchJournal({
    quick: values.quick ?? false,
    ...(values.folder === undefined ? {} : { folder: values.folder }),
  });
  print(rows);
  if (values.json === true) console.log(JSON.stringify({ bench: 'journal', rows }));
}
