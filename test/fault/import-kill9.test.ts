import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openImportFile } from '../../src/cli/import/import-file.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { SiteClient } from '../../src/cli/http/site-client.ts';
import { projectRoot } from '../../src/core/root.ts';
import type { Ledger } from '../../src/model/ledger.ts';
import type { StoredRecord } from '../../src/store/store.ts';
import { buildFaultSite } from '../support/fault/build-site.ts';
import { chance } from '../support/fault/random.ts';
import { SiteRun } from '../support/fault/site.ts';
import type { Death } from '../support/fault/site-config.ts';
import { describe } from '../support/suite.ts';

/** Give `FAULT_SEED` to repeat a run that failed. */
const seed = Number(process.env['FAULT_SEED'] ?? 4711);
const KILLS = 6;
const LINES = 60_000;

/** Lines of three formats among each other, each with its number. */
function lineOf(index: number): string {
  const second = String(index % 60).padStart(2, '0');
  if (index % 10 === 3) return `?? no format has this, line#${index}#`;
  if (index % 2 === 0) {
    return `Mar  3 04:05:${second} host sshd[7]: Failed password for root from 10.0.0.1 port 4 ssh2 line#${index}#`;
  }
  return `{"time":"2021-03-03T04:05:${second}Z","level":"error","service":"s${index % 5}","msg":"line#${index}#"}`;
}

/** A site that is killed and started again at the same place. */
class KilledSite {
  readonly #program: string;
  readonly #folder: string;
  #run: SiteRun | undefined;
  #port = 0;

  constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
    cpSync(join(projectRoot(), 'config'), join(folder, 'config'), { recursive: true });
  }

  async up(death?: Death): Promise<string> {
    this.#run = new SiteRun(this.#program, {
      dataFolder: join(this.#folder, 'data'),
      configFolder: join(this.#folder, 'config'),
      port: this.#port,
      token: TOKEN,
      sink: {
        file: join(this.#folder, 'sink'),
        ...{ replyLoss: 0, refusal: 0, slowMs: 0, seed: 1 },
      },
      snapshotEveryMs: 300,
      ...(death === undefined ? {} : { death }),
    });
    const { url } = await this.#run.ready;
    this.#port = Number(new URL(url).port);
    return url;
  }

  async kill(): Promise<void> {
    await this.#run?.kill();
  }

  get exited(): Promise<unknown> {
    return this.#run?.exited ?? Promise.resolve();
  }
}

const TOKEN = `wk_kill9_${'a'.repeat(43)}`;

function importer(path: string, url: string): ChildProcess {
  const program = join(projectRoot(), 'dist', 'js', 'cli', 'main.js');
  const args = ['import', path, '--url', url, '--token', TOKEN, '--json'];
  return spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('An import under kill -9', (it) => {
  it(
    'takes every line in once, whoever is killed',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wk-import-kill-'));
      const path = join(folder, 'past.log');
      const text = Array.from({ length: LINES }, (_, index) => `${lineOf(index)}\n`).join('');
      writeFileSync(path, text);
      const { next: random } = chance(seed);
      const program = await buildFaultSite('import-kill9');
      const site = new KilledSite(program, folder);
      const killed = { site: 0, importer: 0, both: 0 };
      try {
        const url = await site.up();
        const client = new SiteClient({ url, token: TOKEN });
        const { source } = await openImportFile(path, {} as CliContext);
        const progress = async (): Promise<number> =>
          (await client.get<{ next: number }>('/v1/import', { source })).next;
        let child = importer(path, url);
        for (let kill = 1; kill <= KILLS; kill += 1) {
          const target = (text.length * (kill - random())) / (KILLS + 1);
          while ((await progress()) < target) await pause(2);
          await pause(random() * 20);
          const victim = (['site', 'importer', 'both'] as const)[kill % 3] ?? 'site';
          killed[victim] += 1;
          if (victim !== 'site') {
            child.kill('SIGKILL');
            await exitOf(child);
          }
          if (victim !== 'importer') {
            await site.kill();
            // Every other time it dies a second time, right after a commit that nobody was told of.
            if (random() < 0.5) {
              await site.up({ at: 'commit', count: 3 + Math.floor(random() * 4) });
              if (victim === 'both') child = importer(path, url);
              await site.exited;
              killed.site += 1;
              await site.up();
              continue;
            }
            await site.up();
          }
          if (victim !== 'site') child = importer(path, url);
        }
        assert.equal(await exitOf(child), 0);
        const again = importer(path, url);
        assert.equal(await exitOf(again), 0);
        await balance(client);
        console.log(JSON.stringify({ seed, killed }));
      } finally {
        await site.kill();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { deadlineMs: 240_000 },
  );
});

async function balance(client: SiteClient): Promise<void> {
  let ledger = await client.get<Ledger>('/v1/ledger');
  while (ledger.pending > 0) {
    await pause(100);
    ledger = await client.get<Ledger>('/v1/ledger');
  }
  assert.equal(ledger.storedRecords, LINES);
  assert.equal(ledger.accepted, ledger.stored);
  const seen = new Uint8Array(LINES);
  const formats = { syslog: 0, json: 0, unparsed: 0 };
  let cursor: string | undefined;
  do {
    const page: { records: StoredRecord[]; cursor?: string } = await client.post(
      '/v1/records/query',
      { from: 0, to: 4e12, limit: 10_000, ...(cursor === undefined ? {} : { cursor }) },
    );
    for (const record of page.records) {
      const index = Number(/line#(\d+)#/.exec(record.message)?.[1] ?? -1);
      seen[index] = (seen[index] ?? 0) + 1;
      assert.equal(record.attributes?.['backfill'], true);
      if (record.attributes['unparsed'] === true) {
        formats.unparsed += 1;
        assert.equal(record.message, lineOf(index));
      } else formats[/^s\d$/.test(record.service) ? 'json' : 'syslog'] += 1;
    }
    ({ cursor } = page);
  } while (cursor !== undefined);
  assert.deepEqual(
    [...seen].flatMap((count, index) => (count === 1 ? [] : [`${index}: ${count}`])),
    [],
  );
  assert.deepEqual(formats, { syslog: LINES / 2, json: (LINES * 2) / 5, unparsed: LINES / 10 });
}
