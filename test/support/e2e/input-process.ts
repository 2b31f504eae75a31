// A site as a process of its own, to be killed: `node --import tsx input-process.ts '<options as JSON>'`.
import { startSite } from '../../../src/app.ts';
import { silentLogger } from '../../../src/core/logger.ts';

const { dataFolder, configFolder, token } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly dataFolder: string;
  readonly configFolder: string;
  readonly token: string;
};
const site = await startSite({
  host: '127.0.0.1',
  port: 0,
  ...{ dataFolder, configFolder, token },
  siteName: 'local',
  clock: {},
  tls: {},
  consoleAlerts: false,
  logger: silentLogger,
});
process.stdout.write(`${JSON.stringify({ url: site.url })}\n`);
process.once('SIGTERM', () => {
  void site.stop().then(() => process.exit(0));
});
