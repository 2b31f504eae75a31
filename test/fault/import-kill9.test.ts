import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { unpack } from 'msgpackr';
import type { CliContext } from '../../src/cli/context.ts';
import type { SiteClient } from '../../src/cli/http/site-client.ts';
import { openImportFile } from '../../src/cli/import/import-file.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import type { Ledger } from '../../src/model/ledger.ts';
import type { StoredRecord } from '../../src/store/store.ts';
import { buildFaultSite } from '../support/fault/build-site.ts';
import { KilledImport, pause } from '../support/fault/killed-import.ts';
import { chance } from '../support/fault/random.ts';
import { describe } from '../support/suite.ts';

/** Give `FAULT_SEED` to repeat a run that failed. */
const seed = Number(process.env['FAULT_SEED'] ?? 4711);

/** What became of each line of a file: how often it is in a stored record, and in a dead letter. */
interface Account {
  readonly stored: Uint8Array;
  readonly refused: Uint8Array;
  readonly records: readonly { readonly lines: readonly number[]; readonly record: StoredRecord }[];
}

interface Case {
  readonly name: string;
  readonly fileName: string;
  readonly text: string;
  readonly pack?: (text: Buffer) => Uint8Array;
  readonly args?: readonly string[];
  readonly kills: number;
  readonly lines: number;
  /** Whether a line belongs to what the site refuses. */
  readonly isRefused: (index: number) => boolean;
  readonly check: (account: Account) => void;
}

/** Lines of three formats among each other, each with its number; one in ten breaks a rule of the site. */
function mixed(index: number): string {
  const second = String(index % 60).padStart(2, '0');
  if (index % 10 === 3) return `?? no format has this, line#${index}#`;
  if (index % 2 === 0) {
    return `Mar  3 04:05:${second} host sshd[7]: Failed password for root from 10.0.0.1 port 4 ssh2 line#${index}#`;
  }
  const badge = index % 10 === 7 ? 99 : 9;
  return `{"time":"2021-03-03T04:05:${second}Z","level":"error","service":"s${index % 5}","badge":${badge},"msg":"line#${index}#"}`;
}

function mixedLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `${mixed(index)}\n`).join('');
}

function checkMixed({ records, stored }: Account): void {
  const formats = { syslog: 0, json: 0, unparsed: 0 };
  for (const { lines, record } of records) {
    assert.equal(lines.length, 1);
    if (record.attributes?.['unparsed'] === true) {
      formats.unparsed += 1;
      assert.equal(record.message, mixed(lines[0] ?? -1));
    } else formats[/^s\d$/.test(record.service) ? 'json' : 'syslog'] += 1;
  }
  const count = stored.length;
  assert.deepEqual(formats, {
    syslog: count / 2,
    json: (count * 3) / 10,
    unparsed: count / 10,
  });
}

/** Lines of one turn: a trace of five, a line of another format, one that the site refuses, one of no format. */
const TURN = 8;

function trace(turn: number): string {
  const [a, b, c, d, e, f, g, h] = Array.from({ length: TURN }, (_, at) => {
    return `line#${turn * TURN + at}#`;
  });
  return [
    `2021-03-03 04:05:06,789 ERROR [main] com.example.Shop - ${a} failed`,
    `java.lang.IllegalStateException: ${b}`,
    `\tat com.example.Shop.pay(Shop.java:12) ${c}`,
    `Caused by: java.io.IOException: ${d}`,
    `\t... 3 more ${e}`,
    '',
    `{"time":"2021-03-03T04:05:06Z","level":"error","service":"s1","msg":"${f}"}`,
    `{"time":"2021-03-03T04:05:06Z","level":"error","service":"s1","badge":99,"msg":"${g}"}`,
    `?? ${h}`,
    '',
  ].join('\n');
}

function checkTraces({ records, stored }: Account): void {
  const joined = records.filter(({ lines }) => lines.length > 1);
  assert.equal(joined.length, stored.length / TURN);
  for (const { lines, record } of joined) {
    const [first = 0] = lines;
    assert.equal(first % TURN, 0);
    assert.deepEqual(lines, [first, first + 1, first + 2, first + 3, first + 4]);
    assert.equal(record.level, 'ERROR');
  }
  const single = records.filter(({ lines }) => lines.length === 1);
  assert.equal(single.length, (stored.length * 2) / TURN);
}

const isMixedRefused = (index: number): boolean => index % 10 === 7;
const PLAIN = 36_000;
const PACKED = 24_000;
const TURNS = 2_500;
const packed = {
  text: mixedLines(PACKED),
  lines: PACKED,
  isRefused: isMixedRefused,
  check: checkMixed,
};
const CASES: readonly Case[] = [
  {
    ...packed,
    name: 'takes every line in once, whoever is killed',
    fileName: 'past.log',
    text: mixedLines(PLAIN),
    lines: PLAIN,
    kills: 4,
  },
  {
    ...packed,
    name: 'takes every line of a gzip file in once',
    fileName: 'past.log.gz',
    pack: (text) => zlib.gzipSync(text, { level: 1 }),
    kills: 3,
  },
  {
    name: 'takes every line of joined traces in once',
    fileName: 'shop.log',
    text: Array.from({ length: TURNS }, (_, turn) => trace(turn)).join(''),
    args: ['--multiline'],
    lines: TURNS * TURN,
    kills: 3,
    isRefused: (index) => index % TURN === 6,
    check: checkTraces,
  },
];
const ZSTD: Case = {
  ...packed,
  name: 'takes every line of a zstd file in once',
  fileName: 'past.log.zst',
  pack: zstd,
  kills: 2,
};

const whyNoZstd = await missingForZstd();

describe('An import under kill -9', (it) => {
  for (const each of CASES) it(each.name, () => survive(each), { deadlineMs: 240_000 });
  if (whyNoZstd === undefined) it(ZSTD.name, () => survive(ZSTD), { deadlineMs: 240_000 });
  else it.skip(ZSTD.name, whyNoZstd);
});

/** Packs by Node, or by the program of that name where Node cannot. */
function zstd(text: Buffer): Uint8Array {
  const { zstdCompressSync } = zlib as { readonly zstdCompressSync?: (text: Buffer) => Uint8Array };
  if (zstdCompressSync !== undefined) return zstdCompressSync(text);
  return execFileSync(process.env['WATCHKEEPER_ZSTD'] ?? 'zstd', ['-q', '-c'], {
    input: text,
    maxBuffer: 2 * text.length + 1_000,
  });
}

/** Why no zstd file can be made here, or imported; `undefined` when both can be. */
async function missingForZstd(): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-zstd-'));
  const path = join(folder, 'a.zst');
  try {
    writeFileSync(path, zstd(Buffer.from('one line\n')));
    await openImportFile(path, {} as CliContext);
    return undefined;
  } catch (error) {
    if (isWatchkeeperError(error, 'PREREQUISITE_MISSING')) return error.message;
    if ((error as { code?: unknown }).code === 'ENOENT') return 'there is no program zstd';
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function survive({ pack = (text) => text, ...each }: Case): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-import-kill-'));
  const { fileName, text, kills, args = [], lines, isRefused } = each;
  const run = new KilledImport({
    ...{ folder, fileName, kills, args },
    program: await buildFaultSite('import-kill9'),
    bytes: pack(Buffer.from(text)),
    length: text.length,
    random: chance(seed).next,
  });
  try {
    // 1 says that the site refused some of what the last importer sent.
    assert.ok([0, 1].includes((await run.run()) ?? -1));
    assert.equal(await run.again(), 0);
    const account = await balance(run.client, lines);
    const wrong = Array.from({ length: lines }, (_, index) => index).flatMap((index) => {
      const found = [account.stored[index], account.refused[index]];
      const isRight = found.join() === (isRefused(index) ? '0,1' : '1,0');
      return isRight ? [] : [`${index}: ${found.join()}`];
    });
    assert.deepEqual(wrong, []);
    each.check(account);
    console.log(JSON.stringify({ file: fileName, lines, seed, killed: run.killed }));
  } finally {
    await run.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until all is stored, and finds every line among records and dead letters. */
async function balance(client: SiteClient, lines: number): Promise<Account> {
  let ledger = await client.get<Ledger>('/v1/ledger');
  while (ledger.pending > 0) {
    await pause(100);
    ledger = await client.get<Ledger>('/v1/ledger');
  }
  const records = (await storedRecords(client)).map((record) => ({
    record,
    lines: linesIn(JSON.stringify([record.message, record.attributes])),
  }));
  assert.equal(ledger.storedRecords, records.length);
  assert.equal(ledger.accepted, ledger.stored);
  for (const { record } of records) assert.equal(record.attributes?.['backfill'], true);
  const letters = await deadLetters(client);
  return {
    records,
    stored: counted(
      lines,
      records.flatMap((record) => record.lines),
    ),
    refused: counted(lines, letters.flatMap(linesIn)),
  };
}

async function storedRecords(client: SiteClient): Promise<readonly StoredRecord[]> {
  const found: StoredRecord[] = [];
  let cursor: string | undefined;
  do {
    const page: { records: StoredRecord[]; cursor?: string } = await client.post(
      '/v1/records/query',
      { from: 0, to: 4e12, limit: 10_000, ...(cursor === undefined ? {} : { cursor }) },
    );
    found.push(...page.records);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return found;
}

interface Letter {
  readonly body: string;
  /** Which records of the body it stands for. */
  readonly ordinals?: readonly number[];
}

/** The refused records of all dead letters, as text. */
async function deadLetters(client: SiteClient): Promise<readonly string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page: { letters: Letter[]; cursor?: string } = await client.get('/v1/dlq', {
      limit: 1_000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.letters.map(refusedOf));
    ({ cursor } = page);
  } while (cursor !== undefined);
  return found;
}

function refusedOf({ body, ordinals }: Letter): string {
  const value: unknown = unpack(Buffer.from(body, 'base64'));
  return JSON.stringify(
    ordinals === undefined ? value : ordinals.map((at) => (value as readonly unknown[])[at]),
  );
}

function linesIn(text: string): readonly number[] {
  return [...text.matchAll(/line#(\d+)#/g)].map(([, index]) => Number(index));
}

function counted(lines: number, found: readonly number[]): Uint8Array {
  const counts = new Uint8Array(lines);
  for (const index of found) {
    assert.ok(index < lines);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}
