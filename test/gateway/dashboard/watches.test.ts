import assert from 'node:assert/strict';
import {
  aSubject,
  aVitalPoint,
  NOW,
  someAlerts,
  someSubjects,
} from '../../support/dashboard-fixtures.ts';
import { DashboardBrowser, itInBrowser } from '../../support/dashboard-browser.ts';
import { describe } from '../../support/suite.ts';
import { subjectId } from '../../../src/model/subject.ts';

describe('dashboard: watches and services', (it) => {
  let dashboard: DashboardBrowser;
  it.before(async () => {
    dashboard = await DashboardBrowser.start();
  });
  it.beforeEach(() => {
    dashboard.server.site.alerts = someAlerts();
    dashboard.server.site.subjects = someSubjects();
    dashboard.complaints.length = 0;
  });
  it.after(() => dashboard.stop());

  itInBrowser(it, 'lists watches, those with alerts first, and searches them', async () => {
    const page = await dashboard.open('/watches');
    await page.waitForSelector('[data-testid=watch-card]');
    const names = await page.locator('[data-testid=watch-card] strong').allInnerTexts();
    assert.deepEqual(names, ['watch-03', 'watch-05', 'watch-01', 'watch-02', 'watch-04']);
    await page.keyboard.press('/');
    await page.keyboard.type('04');
    await page.waitForFunction(
      () => document.querySelectorAll('[data-testid=watch-card]').length === 1,
    );
    assert.match(page.url(), /q=04/);
    await page.context().close();
  });

  itInBrowser(it, 'charts the vitals of a watch with a mark at each alert', async () => {
    const page = await dashboard.open('/watches/watch-03');
    await page.waitForSelector('[data-testid=watch-chart] canvas');
    const names = await page
      .locator('[data-testid=watch-chart]')
      .evaluateAll((charts) => charts.map((chart) => chart.getAttribute('data-vital')));
    assert.deepEqual(names, ['heartRate', 'spo2', 'skinTemperature', 'steps']);
    const marker = page.locator('[data-vital=heartRate] [data-testid=chart-marker]');
    await marker.waitFor();
    assert.equal(await marker.getAttribute('data-at'), String(NOW - 4 * 60_000));
    assert.equal(
      await marker.getAttribute('aria-label'),
      'high alert on Heart rate: Heart rate high',
    );
    const box = await page.locator('[data-vital=heartRate] .u-over').boundingBox();
    const at = await marker.boundingBox();
    assert.ok(box && at && at.x > box.x + box.width * 0.4 && at.x < box.x + box.width * 0.8);
    await marker.click();
    await page.waitForSelector('[data-testid=alert-detail]');
    assert.deepEqual(dashboard.complaints, []);
    await page.context().close();
  });

  itInBrowser(it, 'draws what the feed adds', async () => {
    const page = await dashboard.open('/watches/watch-03');
    await page.waitForSelector('[data-testid=watch-chart] canvas');
    const before = Number(await page.getAttribute('[data-vital=heartRate]', 'data-points'));
    dashboard.server.broadcast({
      type: 'vitals',
      subject: 'device:watch-03',
      points: [aVitalPoint({ timestamp: NOW + 1000, heartRate: 181 })],
    });
    dashboard.server.broadcast({
      type: 'vitals',
      subject: 'device:watch-01',
      points: [aVitalPoint({ timestamp: NOW + 2000, heartRate: 44 })],
    });
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=latest-heartRate]')?.textContent?.startsWith('181'),
    );
    assert.equal(
      Number(await page.getAttribute('[data-vital=heartRate]', 'data-points')),
      before + 1,
    );
    const asked = dashboard.server.subscriptions.at(-1);
    assert.deepEqual(asked, { type: 'sub', page: 'subject', subject: 'device:watch-03' });
    await page.context().close();
  });

  itInBrowser(it, 'shows hundreds of watches as a virtual list', async () => {
    dashboard.server.site.subjects = Array.from({ length: 500 }, (_, index) =>
      aSubject({ id: subjectId('device', `w-${index}`) }),
    );
    const page = await dashboard.open('/watches');
    await page.waitForSelector('[data-testid=watch-card]');
    assert.ok((await page.locator('[data-testid=watch-card]').count()) < 60);
    await page.context().close();
  });

  itInBrowser(it, 'lists services and opens one with its errors', async () => {
    const page = await dashboard.open('/services');
    await page.click('[data-service=payment-service] a');
    await page.waitForSelector('[data-testid=records] td');
    await page.waitForSelector('[data-testid=subject-alerts] [data-testid=alert-row]');
    assert.match(await page.locator('[data-testid=records]').innerText(), /CARD_TIMEOUT/);
    await page.context().close();
  });

  itInBrowser(it, 'says how to begin when there is nothing, and what failed', async () => {
    dashboard.server.site.subjects = [];
    const page = await dashboard.open('/watches');
    await page.waitForSelector('text=No watch has connected yet.');
    await page.goto(`${dashboard.server.url}/#/services/nowhere`);
    await page.waitForSelector('text=There is nothing at /v1/subjects/service/nowhere.');
    await page.context().close();
  });
});
