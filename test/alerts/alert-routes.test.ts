import assert from 'node:assert/strict';

import { loadAlertRoutes, routedChannel } from '../../src/alerts/alert-routes.ts';
import type { Channel, Notification } from '../../src/alerts/channel.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import type { Alert } from '../../src/model/alert.ts';
import { anAlert } from '../support/fake-site.ts';
import { describe } from '../support/suite.ts';

const HIGH = anAlert({});
const LOW = anAlert({ severity: 'low' });
const news = (alert: Alert): Notification => ({
  key: `${alert.id}.1`,
  transition: 'opened',
  alert,
});

/** A channel that takes all but what is pending, and writes down what happens to it. */
class Wire implements Channel {
  readonly name = 'nats';
  readonly log: string[] = [];
  isOpen = true;
  accepts(): boolean {
    return this.isOpen;
  }
  deliver({ key }: Notification): Promise<void> {
    this.log.push(key);
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.log.push('closed');
    return Promise.resolve();
  }
}

const MISTAKES: readonly (readonly [string, RegExp])[] = [
  ['routes: { nats: { where: "severty:high" } }', /routes\.yaml:1:27.*"severty".*severity/s],
  ['routes: { nats: { where: "type:x duration_ms>5" } }', /routes\.yaml:1:34/],
  ['routes: { nuts: { where: "type:x" } }', /routes\.yaml:1:11.*no channel "nuts".*nats/s],
  ['routes: { nats: { were: "type:x" } }', /Unknown key "were".*where/s],
  ['routes: { nats: {} }', /Expected "where"/],
  ['routes: { nats: { where: " " } }', /Expected "where" to be a filter/],
  ['routs: {}', /Unknown key "routs".*routes/s],
  ['routes: [nats]', /Expected "routes" to be a map/],
];

describe('routes of alerts', (it) => {
  it('let a channel have the alerts that its filter means, and no others', async () => {
    const routes = loadAlertRoutes('routes:\n  nats: { where: "severity>=high" }\n', 'routes.yaml');
    assert.equal(routes.get('nats')?.where, 'severity>=high');
    const wire = new Wire();
    const routed = routedChannel(wire, routes);
    assert.equal(routed.name, 'nats');
    assert.deepEqual(
      [HIGH, LOW].map(news).map((each) => routed.accepts(each)),
      [true, false],
    );
    wire.isOpen = false;
    assert.equal(routed.accepts(news(HIGH)), false);
    await routed.deliver(news(HIGH));
    await routed.close();
    assert.deepEqual(wire.log, [`${HIGH.id}.1`, 'closed']);
  });

  it('leave a channel without one as it is', () => {
    const wire = new Wire();
    for (const text of ['routes:\n', '{}', 'routes: { console: { where: "type:x" } }']) {
      assert.equal(routedChannel(wire, loadAlertRoutes(text, 'routes.yaml')), wire);
    }
  });

  for (const [text, expected] of MISTAKES) {
    it(`refuse ${text}`, () => {
      assert.throws(
        () => loadAlertRoutes(text, 'routes.yaml'),
        (error) =>
          isWatchkeeperError(error, 'CONFIG_INVALID') &&
          expected.test(`${error.message} ${error.fix ?? ''}`),
      );
    });
  }
});
