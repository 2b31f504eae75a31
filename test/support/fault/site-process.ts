// The site as a process of its own, bundled by build-site.ts: `node site-process.js '<FaultSiteConfig as JSON>'`.
import { startSite } from '../../../src/app.ts';
import { silentLogger, type Logger } from '../../../src/core/logger.ts';
import type { Journal } from '../../../src/store/journal.ts';
import { dying, EarlyJournal, untrimmed } from './journals.ts';
import { SinkChannel } from './sink-channel.ts';
import type { FaultSiteConfig, FaultSiteReady } from './site-config.ts';

const started = performance.now();
const config = JSON.parse(process.argv[2] ?? '{}') as FaultSiteConfig;

/** What went wrong goes to stderr, where the test looks for it when a check fails. */
const logger: Logger = {
  ...silentLogger,
  error: (message, fields) => process.stderr.write(`${message} ${JSON.stringify(fields ?? {})}\n`),
};

function wrapJournal(journal: Journal): Journal {
  const early =
    config.ackEarlyMs === undefined ? journal : new EarlyJournal(journal, config.ackEarlyMs);
  if (config.death !== undefined) dying(early, config.death);
  return untrimmed(early);
}

const site = await startSite(
  {
    host: '127.0.0.1',
    port: config.port,
    dataFolder: config.dataFolder,
    configFolder: config.configFolder,
    token: config.token,
    siteName: 'local',
    clock: {},
    tls: {},
    consoleAlerts: false,
    logger,
  },
  {
    snapshotEveryMs: config.snapshotEveryMs,
    passivateAfterMs: 1500,
    channels: [new SinkChannel(config.sink)],
    wrapJournal,
    ...(config.watchdogMs === undefined ? {} : { watchdogMs: config.watchdogMs }),
  },
);
const ready: FaultSiteReady = {
  url: site.url,
  pid: process.pid,
  readyMs: performance.now() - started,
};
process.stdout.write(`${JSON.stringify(ready)}\n`);
process.once('SIGTERM', () => {
  void site.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
