import assert from 'node:assert/strict';
import { subjectId } from '../../src/model/subject.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';
import { E2eSite, withNats } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';

const MINUTE_MS = 60_000;

describe('silence of a service', (it) => {
  const itNats = withNats(it);
  itNats('is told at 10:00.000 of site time, and ends with the next record', async () => {
    // Site time runs 600 times as fast: 10 minutes pass in one second.
    const origin = Date.now() - 24 * 60 * MINUTE_MS;
    const site = await E2eSite.start({ options: { clock: { origin, rate: 600 } } });
    try {
      const heard = await site.listen('alerts.v1.*.critical.>');
      const spokeAt = site.handle.clock.now();
      await site.logs(Array(10).fill(line({ level: 'INFO', timestamp: spokeAt })));
      await site.settled();
      const subject = await site.api.subject(subjectId('service', 'payment-service'));
      const [message] = await until('service_down on NATS', () => heard.length > 0 && heard);
      assert.equal(
        message?.subject,
        'alerts.v1.local.critical.service_down.service_3apayment-service',
      );
      const [alert] = (await site.api.alerts({ type: 'service_down' })).alerts;
      assert.equal(alert?.openedAt, (subject?.lastTimestamp ?? 0) + 10 * MINUTE_MS);
      await site.logs([line({ level: 'INFO', timestamp: site.handle.clock.now() })]);
      await until('its end on NATS', () =>
        heard.some(({ transition }) => transition === 'resolved'),
      );
    } finally {
      await site.close();
    }
  });

  itNats('is told of a service that was expected and never spoke', async () => {
    const origin = Date.now() - 24 * 60 * MINUTE_MS;
    const site = E2eSite.prepare({ options: { clock: { origin, rate: 600 } } });
    try {
      site.editDetectors((text) =>
        text.replace('expected_services: []', 'expected_services: [ledger]'),
      );
      await site.up();
      const heard = await site.listen('alerts.v1.*.critical.>');
      const [message] = await until('service_down on NATS', () => heard.length > 0 && heard);
      assert.equal(message?.subject, 'alerts.v1.local.critical.service_down.service_3aledger');
      await site.down();
      await site.up();
      const { alerts } = await site.api.alerts({ type: 'service_down' });
      assert.deepEqual(
        alerts.map(({ id }) => id),
        [message?.id],
        'one alert, also after a restart',
      );
    } finally {
      await site.close();
    }
  });
});
