import assert from 'node:assert/strict';
import { axeViolations, DashboardBrowser, itInBrowser } from '../../support/dashboard-browser.ts';
import { someModels, somePerformance } from '../../support/dashboard-fixtures.ts';
import { describe } from '../../support/suite.ts';

describe('dashboard: models', (it) => {
  let dashboard: DashboardBrowser;
  it.before(async () => {
    dashboard = await DashboardBrowser.start();
  });
  it.after(() => dashboard.stop());
  it.beforeEach(() => {
    dashboard.complaints.length = 0;
    dashboard.server.site.models = someModels();
    dashboard.server.site.performance = somePerformance();
  });

  itInBrowser(it, 'shows models with their versions, and how well detectors do', async () => {
    dashboard.server.site.models = someModels({ isReadable: false });
    const page = await dashboard.open('/overview');
    await page.click('[data-testid=nav-models]');
    await page.waitForSelector('[data-testid=model-row]');
    await page.waitForSelector('[data-testid=performance-row]');
    const rows = await page.locator('[data-testid=model-row]').allInnerTexts();
    const [broken = '', vitals = ''] = rows.map((text) => text.replace(/\s+/g, ' '));
    assert.match(broken, /^sessions cannot be read none none c{8} – shadow c{8} – none none –$/);
    assert.match(vitals, /^vitals isolation_forest a{8} b{8} 25 % of subjects none 2026-02-15/);
    assert.match(vitals, /vitals v2 roc auc 0\.971, .*rows 20,160 100 % 34 to 100 % 184\.3 KB$/);
    const detectors = await page.locator('[data-testid=performance-row]').allInnerTexts();
    const texts = detectors.map((text) => text.replace(/\s+/g, ' '));
    assert.equal(texts[0], 'error_spike 14 0.2 6 2 1 75 % 41 to 93 % 75 % 4 min, 95 % in 31 min');
    assert.deepEqual(
      texts.map((text) => text.split(' ')[0]),
      ['error_spike', 'model_score', 'battery_low'],
    );
    assert.match(
      await page.innerText('[data-testid=performance-note]'),
      /^Alerts since 2026-01-17 14:32:10 UTC; 8 useful incidents\./,
    );
    assert.equal(await page.locator('[data-testid=label-hint]').count(), 0);
    assert.deepEqual(await axeViolations(page), []);
    // The answer about the broken model is the one thing the console may complain about.
    assert.ok(dashboard.complaints.every((text) => text.includes('404')));
    await page.context().close();
  });

  for (const scheme of ['light', 'dark'] as const) {
    itInBrowser(it, `says what to do when there is nothing yet, ${scheme}`, async () => {
      const { detectors, ...rest } = somePerformance();
      const none = { labelled: 0, useful: 0, false: 0, expected: 0 };
      dashboard.server.site.models = [];
      dashboard.server.site.performance = {
        ...rest,
        usefulIncidents: 0,
        models: [],
        detectors: detectors.map(({ id, opened, alertsPerShift, acknowledged }) => ({
          ...{ id, opened, alertsPerShift, acknowledged, ...none },
        })),
      };
      const page = await dashboard.open('/models', { scheme });
      await page.waitForSelector('[data-testid=empty]');
      const text = await page.innerText('[data-testid=empty]');
      assert.match(text, /^No model is trained yet\. The rules already watch\./);
      assert.match(text, /\.\/watchkeeper models train vitals week\.csv --kind isolation_forest/);
      await page.waitForSelector('[data-testid=label-hint]');
      const hint = await page.innerText('[data-testid=label-hint]');
      assert.match(hint, /\.\/watchkeeper alerts label <id> useful/);
      assert.equal(await page.locator('[data-testid=performance-row]').count(), 3);
      assert.deepEqual(await axeViolations(page), []);
      assert.deepEqual(dashboard.complaints, []);
      await page.context().close();
    });
  }

  itInBrowser(it, 'is reached by the keyboard', async () => {
    const page = await dashboard.open('/overview');
    await page.waitForSelector('[data-link=live]');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.waitForSelector('[data-testid=model-row]');
    assert.match(page.url(), /#\/models$/);
    await page.context().close();
  });
});
