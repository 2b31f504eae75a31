import { resolve } from 'node:path';
import type { Cancel } from '../core/clock.ts';
import { isWatchkeeperError, WatchkeeperError } from '../core/errors.ts';
import type { CliContext } from './context.ts';
import { ExitWith } from './exit.ts';
import type { RunningSite, StartSiteOptions } from './site-contract.ts';
import { isRunning, readSiteFile, writeSiteFile, type SiteFile } from './site-file.ts';
import { within } from './within.ts';

const DRAIN_MS = 5_000;
/** As a shell reports a program ended by SIGINT. */
const INTERRUPTED = 130;

/** Starts the system. The composition root is loaded here only: other commands start faster without it. */
async function startSite(options: StartSiteOptions): Promise<RunningSite> {
  const { startSite: start } = await import('../app.ts');
  return start(options);
}

/** Runs while the site runs; `stopped` resolves when somebody asked to stop. */
export type WhileRunning = (site: RunningSite, stopped: Promise<void>) => Promise<void>;

/**
 * Starts a site, writes `site.json`, runs `during`, and stops the site: within
 * 5 s when it can, at once at the second signal.
 *
 * @throws ExitWith 130 when it was cut short
 */
export async function serveSite(
  context: CliContext,
  options: StartSiteOptions,
  during: WhileRunning,
): Promise<void> {
  const before = readSiteFile(options.dataFolder);
  const site = await startSite(options).catch((error: unknown) => {
    throw nameHolder(error, options.dataFolder, before);
  });
  const token = site.token ?? before?.token;
  const file: SiteFile = {
    url: site.url,
    site: site.site,
    pid: process.pid,
    ...(token === undefined ? {} : { token }),
    ...(site.natsUrl === undefined ? {} : { nats: site.natsUrl }),
    ...(site.caFile === undefined ? {} : { ca: resolve(context.cwd, site.caFile) }),
  };
  const signals = listenForStop(context);
  try {
    await writeSiteFile(options.dataFolder, file);
    await during({ ...site, token, stop: () => site.stop() }, signals.stopped);
  } finally {
    await stopWithin(context, site, signals.hurried);
    await writeSiteFile(options.dataFolder, { ...file, pid: 0 });
    signals.cancel();
  }
}

/**
 * Says which site holds the folder. Only the journal's lock knows that one
 * does: the process in a `site.json` left by a crash may be another by now.
 */
function nameHolder(error: unknown, dataFolder: string, file: SiteFile | undefined): unknown {
  if (!isWatchkeeperError(error, 'DATA_DIR_LOCKED') || file === undefined || !isRunning(file)) {
    return error;
  }
  return new WatchkeeperError(
    'DATA_DIR_LOCKED',
    `A site already runs in "${dataFolder}" (process ${file.pid}, ${file.url}).`,
    { fix: 'Stop it, or give another folder with --data and another --port.' },
  );
}

interface StopSignals {
  readonly stopped: Promise<void>;
  /** The second request. */
  readonly hurried: Promise<void>;
  readonly cancel: Cancel;
}

function listenForStop(context: CliContext): StopSignals {
  let stop: () => void = () => undefined;
  let hurry: () => void = () => undefined;
  const stopped = new Promise<void>((done) => (stop = done));
  const hurried = new Promise<void>((done) => (hurry = done));
  const cancel = context.onStop((times) => {
    if (times === 1) stop();
    else hurry();
  });
  return { stopped, hurried, cancel };
}

async function stopWithin(
  { clock, err }: CliContext,
  site: RunningSite,
  hurried: Promise<void>,
): Promise<void> {
  const stopping = site.stop().then(() => 'stopped' as const);
  const work = Promise.race([stopping, hurried.then(() => 'hurried' as const)]);
  const outcome = await within(work, { clock, ms: DRAIN_MS });
  if (outcome === 'stopped') return;
  if (outcome === 'late') err.write('Could not stop within 5 s; what was acked is safe.\n');
  throw new ExitWith(INTERRUPTED);
}
