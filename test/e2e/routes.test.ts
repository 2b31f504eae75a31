import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Channel, Notification } from '../../src/alerts/channel.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { lines } from '../support/e2e/records.ts';
import { describe } from '../support/suite.ts';

class Collector implements Channel {
  readonly name: string;
  readonly types = new Set<string>();
  constructor(name: string) {
    this.name = name;
  }
  accepts(): boolean {
    return true;
  }
  deliver({ alert }: Notification): Promise<void> {
    this.types.add(alert.type);
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe('routes of a site', (it) => {
  const channels = [new Collector('nats'), new Collector('console')] as const;
  let site: E2eSite;
  it.beforeEach(() => {
    site = E2eSite.prepare({ withNats: false, tuning: { channels } });
  });
  it.afterEach(() => site.close());

  const route = (text: string): void => {
    writeFileSync(join(site.configFolder, 'routes.yaml'), `routes: ${text}\n`);
  };

  it('keep an alert from the channel that does not want it, and from no other', async () => {
    route('{ nats: { where: "-type:error_spike" } }');
    await site.up();
    await site.logs(lines(120));
    await site.settled();
    const [nats, console] = channels;
    const { alerts } = await site.api.alerts({ type: 'error_spike' });
    assert.equal(alerts.length, 1);
    for (let turn = 0; turn < 200 && !console.types.has('error_spike'); turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(console.types.has('error_spike'), true);
    assert.equal(nats.types.has('error_spike'), false);
  });

  it('with a mistake keep the site from starting, and say where it is', async () => {
    route('{ nats: { where: "severty:high" } }');
    await assert.rejects(
      site.up(),
      (error) =>
        isWatchkeeperError(error, 'CONFIG_INVALID') && /routes\.yaml:1:27/.test(error.message),
    );
  });
});
