import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/root.ts';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import { hex } from '../../src/security/bytes.ts';
import { buildFaultSite } from '../support/fault/build-site.ts';
import { check } from '../support/fault/checker.ts';
import { chance } from '../support/fault/random.ts';
import { SiteRun } from '../support/fault/site.ts';
import type { FaultSiteConfig } from '../support/fault/site-config.ts';
import type { WatchProcessConfig } from '../support/fault/watch-process.ts';
import { describe } from '../support/suite.ts';

/** Fixes who is killed when; what each was doing then is up to the machine. */
const SEED = 20_261;
const KILLS = 10;
const TOKEN = `wk_fault_${'A'.repeat(43)}`;
const DEVICE = 'watch-0';

const key = generateDeviceKey();

describe('A watch and its site under kill -9', (it) => {
  it(
    'neither lose nor double a record that the watch was told to be buffered, in 10 kills',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wk-durable-'));
      const run = new Run(folder, {
        site: await buildFaultSite('durable-site'),
        watch: await buildFaultSite('durable-watch', [], 'watch-process'),
      });
      try {
        await run.torment();
        await run.judge();
      } finally {
        await run.end();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { deadlineMs: 90_000 },
  );
});

class Run {
  readonly #folder: string;
  readonly #programs: { readonly site: string; readonly watch: string };
  #site: SiteRun | undefined;
  #watch: ChildProcess | undefined;
  #url = '';
  #lives = 0;

  constructor(folder: string, programs: { readonly site: string; readonly watch: string }) {
    this.#folder = folder;
    this.#programs = programs;
  }

  /** Both are killed again and again, each on its own or together; then the watch may deliver. */
  async torment(): Promise<void> {
    const random = chance(SEED);
    await this.#startSite();
    await this.#enroll();
    this.#startWatch();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(random.between(50, 900));
      const victim = random.pick(['watch', 'watch', 'site', 'both'] as const);
      if (victim !== 'site') await this.#killWatch();
      if (victim !== 'watch') await this.#site?.kill();
      if (victim !== 'site') this.#startWatch();
      if (victim !== 'watch') await this.#startSite();
    }
    await pause(500);
    await this.#killWatch();
    const { code } = await ended(this.#startWatch(true));
    assert.equal(code, 0);
  }

  async judge(): Promise<void> {
    const site = this.#site;
    site?.signal('SIGTERM');
    assert.equal((await site?.exited)?.code, 0, site?.stderr);
    const lines = readFileSync(this.#ledger, 'utf8').trim().split('\n');
    const told = linesOf('told', lines);
    const untold = linesOf('try', lines).filter((message) => !told.includes(message));
    const plan = { device: DEVICE, key, errors: 0, connectionFailures: 0 };
    const details = { information: told.length, batches: told.length, batchEveryMs: 0 };
    const epochs = Number(linesOf('epoch', lines)[0]);
    const nobody = { service: 'none', acked: [], refused: [], posts: 0 };
    const { violations, figures } = await check({
      dataFolder: join(this.#folder, 'data'),
      configFolder: join(projectRoot(), 'config'),
      sinkFile: join(this.#folder, 'sink.jsonl'),
      watches: [{ plan: { ...plan, ...details }, sent: told, resentFrames: 0, epochs }],
      posters: [{ ...nobody, unknown: untold }],
    });
    const { records, acked, lost, doubled } = figures;
    console.log(JSON.stringify({ lives: this.#lives, records, acked, lost, doubled, epochs }));
    assert.deepEqual(violations, []);
    assert.deepEqual([lost, doubled], [0, 0]);
    assert.ok(told.length > 300, `only ${told.length} records were sent`);
    assert.ok(untold.length > 0, 'no kill hit the watch between sending and being told');
  }

  async end(): Promise<void> {
    await this.#killWatch();
    await this.#site?.kill();
  }

  get #ledger(): string {
    return join(this.#folder, 'ledger');
  }

  #startWatch(isLast = false): ChildProcess {
    this.#lives += 1;
    const config: WatchProcessConfig = {
      url: `${this.#url.replace(/^http/, 'ws')}/v1/device`,
      device: DEVICE,
      privateKey: hex(key.privateKey),
      bufferFolder: join(this.#folder, 'buffer'),
      ledger: this.#ledger,
      life: this.#lives,
      isLast,
    };
    const args = ['--enable-source-maps', this.#programs.watch, JSON.stringify(config)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#watch = child;
    return child;
  }

  async #killWatch(): Promise<void> {
    const watch = this.#watch;
    if (watch === undefined || watch.exitCode !== null || watch.signalCode !== null) return;
    const end = ended(watch);
    watch.kill('SIGKILL');
    assert.equal((await end).signal, 'SIGKILL', 'the watch ended by itself');
  }

  async #startSite(): Promise<void> {
    const config: FaultSiteConfig = {
      dataFolder: join(this.#folder, 'data'),
      configFolder: join(projectRoot(), 'config'),
      port: this.#url === '' ? 0 : Number(new URL(this.#url).port),
      token: TOKEN,
      sink: {
        file: join(this.#folder, 'sink.jsonl'),
        replyLoss: 0,
        refusal: 0,
        slowMs: 0,
        seed: SEED,
      },
      snapshotEveryMs: 300,
    };
    this.#site = new SiteRun(this.#programs.site, config);
    this.#url = (await this.#site.ready).url;
  }

  async #enroll(): Promise<void> {
    const publicKey = Buffer.from(key.publicKey).toString('base64url');
    const response = await fetch(`${this.#url}/v1/devices`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id: DEVICE, publicKey }),
    });
    assert.equal(response.status, 201);
    assert.equal(existsSync(this.#ledger), false);
  }
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function ended(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
}

function linesOf(kind: string, lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : [],
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
