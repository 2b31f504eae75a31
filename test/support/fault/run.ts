import { putModels } from './put-models.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/root.ts';
import { check, type Verdict } from './checker.ts';
import { FaultPoster } from './posters.ts';
import { chance, type Chance } from './random.ts';
import { SiteRun } from './site.ts';
import type { Death, FaultSiteConfig, SinkConfig } from './site-config.ts';
import { FaultWatch, planWatch, type WatchPlan, type WatchTally } from './watches.ts';

export interface FaultRunOptions {
  /** Whether a detector asks a live model about every window of a service. */
  readonly hasModels?: boolean;
  readonly seed: number;
  /** Built by `buildFaultSite`. */
  readonly program: string;
  readonly kills: number;
  /** Among the ends of the process, how many are drains by SIGTERM instead. @default 0 */
  readonly drains?: number;
  /** Whether the process is once stopped for 3 s by SIGSTOP. @default false */
  readonly pauses?: boolean;
  /** Watches that send at a time. @default 12 */
  readonly watches?: number;
  /** The longest time between listening and being killed. @default 2500 */
  readonly upMs?: number;
  readonly ackEarlyMs?: number;
  /** Time for open alerts to resolve before the site is stopped. @default 6500 */
  readonly settleMs?: number;
  /** How bad the far end of the alerts is. */
  readonly sink?: Partial<SinkConfig>;
}

export interface FaultReport extends Verdict {
  readonly seed: number;
  readonly kills: number;
  readonly drains: number;
  /** Ms from the start of the process to listening, ascending. */
  readonly recoveries: readonly number[];
}

/** Has the form of a token; it is valid while the process runs, by `FaultSiteConfig.token`. */
const TOKEN = `wk_fault_${'A'.repeat(43)}`;
const WATCHES_PREPARED = 400;

/** Runs a site under load through a seeded schedule of ends, stops it, and judges what is left. */
export async function runFaults(options: FaultRunOptions): Promise<FaultReport> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-fault-'));
  try {
    if (options.hasModels === true) await putModels(folder);
    return await new FaultRun(options, folder).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class FaultRun {
  readonly #options: FaultRunOptions;
  readonly #folder: string;
  readonly #configFolder: string;
  readonly #random: Chance;
  readonly #recoveries: number[] = [];
  readonly #troubles: string[] = [];
  readonly #tallies: WatchTally[] = [];
  readonly #plans: WatchPlan[];
  readonly #live = new Set<FaultWatch>();
  #site: SiteRun | undefined;
  #url = '';
  #nextWatch = 0;
  #isEnding = false;

  constructor(options: FaultRunOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#configFolder =
      options.hasModels === true ? join(folder, 'config') : join(projectRoot(), 'config');
    this.#random = chance(options.seed);
    this.#plans = Array.from({ length: WATCHES_PREPARED }, (_, index) =>
      planWatch(`watch-${index}`, this.#random),
    );
  }

  async run(): Promise<FaultReport> {
    const { seed, kills, drains = 0 } = this.#options;
    await this.#start();
    await this.#enroll();
    const posters = this.#posters();
    const posting = posters.map((poster) => poster.run());
    const sending = Array.from({ length: this.#options.watches ?? 12 }, () => this.#send());
    try {
      await this.#torment();
      this.#isEnding = true;
      for (const poster of posters) poster.stop();
      await Promise.all(posting);
      await within(40_000, Promise.all(sending), 'The watches could not deliver what they had.');
      await this.#settle();
    } catch (error) {
      this.#troubles.push(String(error));
    } finally {
      this.#isEnding = true;
      for (const poster of posters) poster.stop();
      for (const watch of this.#live) await watch.stop();
      await Promise.allSettled([...posting, ...sending]);
      await this.#site?.kill();
    }
    const verdict = await this.#judge(posters);
    const recoveries = this.#recoveries.toSorted((a, b) => a - b);
    return { ...verdict, seed, kills, drains, recoveries };
  }

  /** Kills, drains and pauses in an order that the seed gives. */
  async #torment(): Promise<void> {
    const { kills, drains = 0, pauses = false, upMs = 2500 } = this.#options;
    const ends = [...Array<'kill'>(kills).fill('kill'), ...Array<'drain'>(drains).fill('drain')];
    shuffle(ends, this.#random);
    const pauseAt = pauses ? this.#random.between(0, ends.length - 1) : -1;
    for (const [index, end] of ends.entries()) {
      if (index === pauseAt) await this.#pause();
      await this.#survive(upMs);
      if (end === 'drain') await this.#drain();
      else await this.#site?.kill();
      await this.#start(index < ends.length - 1);
    }
  }

  /** Until somebody kills the process: the nemesis from outside, or the process itself. */
  async #survive(upMs: number): Promise<void> {
    const timer = sleep(this.#random.between(200, upMs));
    await Promise.race([timer, this.#site?.exited]);
  }

  async #pause(): Promise<void> {
    await sleep(300);
    this.#site?.signal('SIGSTOP');
    await sleep(3000);
    this.#site?.signal('SIGCONT');
    await sleep(500);
  }

  async #drain(): Promise<void> {
    const site = this.#site;
    if (site === undefined || !site.isRunning) return;
    const started = performance.now();
    site.signal('SIGTERM');
    const { code, signal } = await within(10_000, site.exited, 'A drain did not end.');
    const ms = performance.now() - started;
    // The process may have killed itself first, as it was told to.
    if (signal === null && code !== 0)
      this.#troubles.push(`drain ended with ${code}: ${site.stderr}`);
    if (ms > 5000) this.#troubles.push(`drain took ${Math.round(ms)} ms`);
  }

  async #start(mayDie = false): Promise<void> {
    this.#site = new SiteRun(this.#options.program, this.#config(mayDie));
    try {
      const { url, readyMs } = await within(30_000, this.#site.ready, 'The site did not start.');
      this.#url = url;
      this.#recoveries.push(readyMs);
    } catch (error) {
      const { signal } = await this.#site.exited;
      if (signal !== 'SIGKILL') throw error;
      // It died of what it was told to before it listened.
      await this.#start(false);
    }
  }

  #config(mayDie: boolean): FaultSiteConfig {
    const death = mayDie ? this.#death() : undefined;
    const { ackEarlyMs } = this.#options;
    return {
      dataFolder: join(this.#folder, 'data'),
      configFolder: this.#configFolder,
      port: this.#url === '' ? 0 : Number(new URL(this.#url).port),
      token: TOKEN,
      sink: {
        file: this.#sinkFile,
        replyLoss: 0.2,
        refusal: 0.1,
        slowMs: 30,
        seed: this.#random.between(1, 1e9),
        ...this.#options.sink,
      },
      snapshotEveryMs: 300,
      ...(death === undefined ? {} : { death }),
      ...(ackEarlyMs === undefined ? {} : { ackEarlyMs }),
    };
  }

  #death(): Death | undefined {
    const dice = this.#random.next();
    if (dice < 0.4) return undefined;
    if (dice < 0.6) return { at: 'commit', count: this.#random.between(2, 200) };
    const delayMs = this.#random.between(0, 25);
    return { at: 'tick', count: this.#random.between(1, 3), delayMs };
  }

  get #sinkFile(): string {
    return join(this.#folder, 'sink.jsonl');
  }

  async #enroll(): Promise<void> {
    for (const { device, key } of this.#plans) {
      const response = await fetch(`${this.#url}/v1/devices`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          id: device,
          publicKey: Buffer.from(key.publicKey).toString('base64url'),
        }),
      });
      if (response.status !== 201) throw new Error(`Enrolment answered ${response.status}.`);
      await response.arrayBuffer();
    }
  }

  #posters(): FaultPoster[] {
    return ['auth', 'payment', 'database', 'gateway'].map(
      (service, index) =>
        new FaultPoster({
          service,
          url: () => this.#url,
          token: TOKEN,
          random: chance(this.#options.seed + index + 1),
          pauseMs: 60,
        }),
    );
  }

  /** One watch after the other, until the run ends. */
  async #send(): Promise<void> {
    while (!this.#isEnding) {
      const plan = this.#plans[this.#nextWatch];
      if (plan === undefined) return;
      this.#nextWatch += 1;
      const random = chance(this.#options.seed * 1000 + this.#nextWatch);
      const watch = new FaultWatch(plan, () => this.#url, random);
      this.#live.add(watch);
      this.#tallies.push(await watch.live());
      this.#live.delete(watch);
    }
  }

  /** Lets alerts resolve and deliveries leave, then stops the site in order. */
  async #settle(): Promise<void> {
    await sleep(this.#options.settleMs ?? 6500);
    const deadline = performance.now() + 20_000;
    while ((await this.#undelivered()) > 0 && performance.now() < deadline) await sleep(200);
    if ((await this.#undelivered()) > 5) this.#troubles.push('the outbox did not empty');
    await this.#drain();
  }

  /** What the outbox still holds. */
  async #undelivered(): Promise<number> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const list = await fetch(`${this.#url}/v1/actors`, { headers });
    const { actors } = (await list.json()) as { actors: { path: string; kind: string }[] };
    const { path = '' } = actors.find(({ kind }) => kind === 'alerter') ?? {};
    const answer = await fetch(`${this.#url}/v1/actors/${path.replace(/^\//, '')}`, { headers });
    const { state } = (await answer.json()) as { state?: { outbox?: Record<string, number> } };
    return Object.values(state?.outbox ?? { unknown: 1 }).reduce((sum, count) => sum + count, 0);
  }

  async #judge(posters: readonly FaultPoster[]): Promise<Verdict> {
    const verdict = await check({
      dataFolder: join(this.#folder, 'data'),
      configFolder: this.#configFolder,
      sinkFile: this.#sinkFile,
      watches: this.#tallies,
      posters: posters.map(({ tally }) => tally),
    });
    return { ...verdict, violations: [...this.#troubles, ...verdict.violations] };
  }
}

function shuffle<T>(items: T[], random: Chance): void {
  for (let index = items.length - 1; index > 0; index -= 1) {
    const other = random.between(0, index);
    [items[index], items[other]] = [items[other] as T, items[index] as T];
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function within<T>(ms: number, work: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(complaint));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
