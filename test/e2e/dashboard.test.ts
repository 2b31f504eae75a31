import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { Alert } from '../../src/model/alert.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { itInBrowser, launchChromium } from '../support/dashboard-browser.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';
import { E2eSite, hasNats } from '../support/e2e/e2e-site.ts';
import { faulty, MARK } from '../support/e2e/faulty-detectors.ts';
import { line, lines, vitals } from '../support/e2e/records.ts';

const MINUTE_MS = 60_000;

describe('dashboard on a real site', (it) => {
  let site: E2eSite;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  it.before(async () => {
    site = await E2eSite.start({
      tuning: { compile: (content) => faulty(compileDetectors(content, 'anomaly_schema.yaml')) },
    });
    browser = await launchChromium();
  });
  it.beforeEach(async () => {
    complaints.length = 0;
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });
  it.afterEach(async () => {
    await page.context().close();
    assert.deepEqual(complaints, []);
  });
  it.after(async () => {
    await browser.close();
    await site.close();
  });

  const open = async (hash: string): Promise<void> => {
    const to = encodeURIComponent(hash);
    if (page.url() === 'about:blank')
      await page.goto(`${site.handle.url}/#token=${site.token}&to=${to}`);
    else await page.evaluate((next) => (location.hash = next), hash);
    await page.waitForSelector('[data-link=live]');
  };
  const screenshot = async (name: string): Promise<void> => {
    const folder = process.env['WATCHKEEPER_SCREENSHOTS'] ?? site.folder;
    await page.screenshot({ path: `${folder}/${name}.png` });
  };

  itInBrowser(
    it,
    'shows an alert without a reload, and acknowledges it for all by a click',
    async () => {
      const heard = hasNats ? await site.listen() : [];
      await open('/alerts');
      await site.logs(lines(101));
      const row = page.locator('[data-testid=alert-row]').first();
      await row.waitFor();
      const id = (await row.getAttribute('data-alert')) ?? '';
      await row.click();
      await page.fill('[data-testid=note-input]', 'Looking into it');
      const facts = page.locator('[data-testid=evidence] [data-testid=fact-table]').first();
      assert.match(await facts.innerText(), /card declined\s+101/);
      await screenshot('alerts');
      await page.click('[data-testid=ack-button]');
      await page.waitForSelector(`[data-alert="${id}"][data-state=acknowledged]`);
      // The page shows it at once; it is true for all when the command is durable.
      const alert = await until('the acknowledgement', async () => {
        const { alerts } = await site.http.get<{ alerts: readonly Alert[] }>('/v1/alerts');
        return alerts.find((each) => each.id === id && each.state === 'acknowledged');
      });
      assert.equal(alert.note, 'Looking into it');
      if (!hasNats) return;
      await until('the acknowledgement on NATS', () =>
        heard.some((each) => each.id === id && each.transition === 'acknowledged'),
      );
    },
  );

  itInBrowser(it, 'shows the restart of a detector that fell over a record', async () => {
    await site.logs([line({ service: 'fragile', level: 'INFO', duration_ms: 3 })]);
    await site.settled();
    await open('/actors?q=fragile');
    const service = page.locator('[data-testid=actor-row][data-path$="/service-fragile"]');
    await service.waitFor();
    await site.logs([line({ service: 'fragile', message: `${MARK} once` })]);
    const detector = page.locator(
      '[data-testid=actor-row][data-path*="fragile/"] [data-testid=actor-restarts]',
    );
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-path*="fragile/"] [data-testid=actor-restarts]')].some(
        (cell) => Number(cell.textContent) > 0,
      ),
    );
    assert.ok((await detector.count()) > 0);
    await screenshot('actors');
    await page.locator('[data-testid=actor-row][data-path*="fragile/"]').first().click();
    await page.waitForSelector('[data-testid=actor-drawer]');
    await screenshot('actor');
    await site.settled();
    const letters = await site.api.deadLetters({ limit: 10 });
    assert.deepEqual(
      letters.letters.map(({ stage }) => stage),
      ['error_spike'],
    );
    assert.doesNotMatch(
      JSON.stringify(letters.letters.map(({ reason }) => reason)),
      new RegExp(MARK),
    );
    // The others of its subject and its own next step are untouched.
    await site.logs(lines(101, { service: 'fragile', message: 'sound' }));
    await until('the spike', async () =>
      (await site.api.alerts({ type: 'error_spike' })).alerts.some(
        ({ subject }) => subject === 'service:fragile',
      ),
    );
  });

  itInBrowser(it, 'charts a watch’s vitals with a mark at its anomaly', async () => {
    const now = Date.now();
    const watch = await site.watch('watch-07');
    const points = Array.from({ length: 120 }, (_, n) =>
      vitals(now - (120 - n) * 5_000, 70 + Math.round(12 * Math.sin(n / 8))),
    );
    watch.send(points, 1);
    watch.send(
      lines(101, {
        service: 'firmware',
        message: 'sensor read failed',
        timestamp: now - 2 * MINUTE_MS,
      }),
      1,
    );
    await watch.flush();
    await site.settled();
    await open('/watches');
    await page.waitForSelector('[data-testid=watch-card]');
    await screenshot('watches');
    await open('/watches/watch-07');
    await page.waitForSelector('[data-testid=watch-chart] canvas');
    const count = Number(await page.getAttribute('[data-vital=heartRate]', 'data-points'));
    assert.ok(count >= 119, `${count} points are drawn`);
    await page.locator('[data-testid=chart-marker]').first().waitFor();
    await screenshot('watch');
    watch.send([vitals(Date.now(), 181)], 1);
    await page.waitForFunction(() =>
      document.querySelector('[data-testid=latest-heartRate]')?.textContent?.startsWith('181'),
    );
  });

  itInBrowser(it, 'gives the overview, the services and their errors of real records', async () => {
    await open('/overview');
    await page.waitForSelector('[data-testid=attention]');
    await screenshot('overview');
    // The watch's errors were two minutes old when they came in; that is not the site's latency.
    const { detectionP99 } = site.api.overview();
    assert.ok((detectionP99 ?? Infinity) < 5, `${detectionP99} s`);
    await open('/services');
    await page.locator('[data-service=payment-service] a').first().click();
    await page.waitForSelector('text=card declined');
    await screenshot('service');
  });
});
