import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openAlertBus } from '../../src/federation/open-alert-bus.ts';
import { notification } from './notifications.ts';

// A process that owns a bus, publishes one alert and waits to be killed.
const [folder = '', program = ''] = process.argv.slice(2);
const bus = await openAlertBus({
  site: 'local',
  clock: systemClock,
  logger: silentLogger,
  folder,
  url: undefined,
  program,
});
await bus.channel.deliver(notification());
process.stdout.write(`${bus.url}\n`);
setInterval(() => undefined, 60_000);
