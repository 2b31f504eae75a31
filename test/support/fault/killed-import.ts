import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliContext } from '../../../src/cli/context.ts';
import { SiteClient } from '../../../src/cli/http/site-client.ts';
import { openImportFile } from '../../../src/cli/import/import-file.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { SiteRun } from './site.ts';
import type { Death } from './site-config.ts';

export interface KilledImportOptions {
  /** The site's bundle, by buildFaultSite. */
  readonly program: string;
  /** An empty folder for data, configuration and file. */
  readonly folder: string;
  readonly fileName: string;
  /** The file as it lies on the disk, packed or not. */
  readonly bytes: Uint8Array;
  /** Characters of the lines, unpacked; all are ASCII. */
  readonly length: number;
  /** Further arguments of `import`. */
  readonly args?: readonly string[];
  readonly kills: number;
  readonly random: () => number;
}

const TOKEN = `wk_kill9_${'a'.repeat(43)}`;
/** A field that only the site knows: what breaks its rule becomes a dead letter there. */
const OWN_FIELD = '\n    badge: { type: integer, max: 9 }';

/** One file that is imported into a site while importer and site are killed again and again. */
export class KilledImport {
  readonly #options: KilledImportOptions;
  readonly #path: string;
  readonly #killed = { site: 0, importer: 0, both: 0 };
  #run: SiteRun | undefined;
  #child: ChildProcess | undefined;
  #port = 0;
  #url = '';

  constructor(options: KilledImportOptions) {
    const { folder, fileName, bytes } = options;
    this.#options = options;
    this.#path = join(folder, fileName);
    writeFileSync(this.#path, bytes);
    cpSync(join(projectRoot(), 'config'), join(folder, 'config'), { recursive: true });
    addOwnField(join(folder, 'config', 'log_schema.yaml'));
  }

  get client(): SiteClient {
    return new SiteClient({ url: this.#url, token: TOKEN });
  }

  get killed(): Readonly<Record<Victim, number>> {
    return this.#killed;
  }

  /** Kills as told, spread over the file, and lets the last importer end; its exit code. */
  async run(): Promise<number | null> {
    const { kills, length, random } = this.#options;
    await this.#up();
    const { source } = await openImportFile(this.#path, {} as CliContext);
    this.#start();
    for (let kill = 1; kill <= kills; kill += 1) {
      const target = (length * (kill - random())) / (kills + 1);
      while ((await this.#progress(source)) < target) await pause(2);
      await pause(random() * 20);
      await this.#kill(VICTIMS[kill % VICTIMS.length] ?? 'site');
    }
    return exitOf(this.#child);
  }

  /** Imports the file once more, with nobody killed; the exit code. */
  async again(): Promise<number | null> {
    this.#start();
    return exitOf(this.#child);
  }

  async end(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#run?.kill();
  }

  async #progress(source: string): Promise<number> {
    return (await this.client.get<{ next: number }>('/v1/import', { source })).next;
  }

  async #kill(victim: Victim): Promise<void> {
    this.#killed[victim] += 1;
    if (victim !== 'site') {
      this.#child?.kill('SIGKILL');
      await exitOf(this.#child);
    }
    if (victim !== 'importer') await this.#run?.kill();
    // Every other time it dies a second time, right after a commit that nobody was told of.
    if (victim !== 'importer' && this.#options.random() < 0.5) {
      await this.#up({ at: 'commit', count: 3 + Math.floor(this.#options.random() * 4) });
      if (victim === 'both') this.#start();
      await this.#run?.exited;
      this.#killed.site += 1;
      await this.#up();
      return;
    }
    if (victim !== 'importer') await this.#up();
    if (victim !== 'site') this.#start();
  }

  async #up(death?: Death): Promise<void> {
    const { program, folder } = this.#options;
    this.#run = new SiteRun(program, {
      dataFolder: join(folder, 'data'),
      configFolder: join(folder, 'config'),
      port: this.#port,
      token: TOKEN,
      sink: { file: join(folder, 'sink'), replyLoss: 0, refusal: 0, slowMs: 0, seed: 1 },
      snapshotEveryMs: 300,
      ...(death === undefined ? {} : { death }),
    });
    const { url } = await this.#run.ready;
    this.#url = url;
    this.#port = Number(new URL(url).port);
  }

  #start(): void {
    const program = join(projectRoot(), 'dist', 'js', 'cli', 'main.js');
    const { args = [] } = this.#options;
    const all = ['import', this.#path, '--url', this.#url, '--token', TOKEN, '--json', ...args];
    this.#child = spawn(process.execPath, [program, ...all], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}

type Victim = 'site' | 'importer' | 'both';
const VICTIMS: readonly Victim[] = ['site', 'importer', 'both'];

function addOwnField(schema: string): void {
  const text = readFileSync(schema, 'utf8');
  const at = text.indexOf('\n\n# These run with');
  if (at < 0) throw new Error('config/log_schema.yaml has no place for a field of its own.');
  writeFileSync(schema, text.slice(0, at) + OWN_FIELD + text.slice(at));
}

function exitOf(child: ChildProcess | undefined): Promise<number | null> {
  return new Promise((resolve) => {
    if (child === undefined) resolve(null);
    else if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
