import assert from 'node:assert/strict';
import { axeViolations, DashboardBrowser, itInBrowser } from '../../support/dashboard-browser.ts';
import { describe } from '../../support/suite.ts';

const SEL = encodeURIComponent('/site/subjects/shard-1/device-watch-05/error_spike');

/** Each page, and what is there when it is complete. */
const PAGES: readonly (readonly [hash: string, ready: string])[] = [
  ['/overview', '[data-testid=ledger-verdict]'],
  [`/alerts/${'a1'.padEnd(32, '0')}`, '[data-testid=alert-detail]'],
  ['/alerts?tab=resolved', '[data-testid=alert-row]'],
  [`/actors?sel=${SEL}`, '[data-testid=actor-state-json]'],
  ['/actors', '[data-testid=actor-row]'],
  ['/watches', '[data-testid=watch-card]'],
  ['/watches/watch-03', '[data-testid=watch-chart] canvas'],
  ['/services', '[data-testid=service-row]'],
  ['/services/payment-service', '[data-testid=records] td'],
  ['/streams', '[data-testid=stream-node]'],
  ['/models', '[data-testid=performance-row]'],
];

describe('dashboard: accessibility', (it) => {
  let dashboard: DashboardBrowser;
  it.before(async () => {
    dashboard = await DashboardBrowser.start();
  });
  it.after(() => dashboard.stop());

  for (const scheme of ['light', 'dark'] as const) {
    for (const width of [1280, 400]) {
      itInBrowser(
        it,
        `has no axe violations and no sideways scroll, ${scheme}, ${width} px`,
        async () => {
          const page = await dashboard.open('/overview', { scheme, width });
          for (const [hash, ready] of PAGES) {
            await page.goto(`${dashboard.server.url}/#${hash}`);
            await page.waitForSelector(ready);
            await page.waitForSelector('[data-link=live]');
            assert.deepEqual(await axeViolations(page), [], hash);
            const overflow = await page.evaluate(() => {
              const main = document.querySelector('main');
              return Math.max(
                document.documentElement.scrollWidth - innerWidth,
                (main?.scrollWidth ?? 0) - (main?.clientWidth ?? 0),
              );
            });
            assert.equal(overflow, 0, `${hash} scrolls sideways by ${overflow} px`);
          }
          assert.deepEqual(dashboard.complaints, []);
          await page.context().close();
        },
      );
    }
    itInBrowser(it, `has no axe violations on the sign-in and the help, ${scheme}`, async () => {
      const page = await dashboard.open('/overview', { scheme, signedIn: false });
      await page.waitForSelector('[data-testid=sign-in]');
      assert.deepEqual(await axeViolations(page), []);
      await page.context().close();
      const inside = await dashboard.open('/overview', { scheme });
      await inside.waitForSelector('[data-link=live]');
      await inside.keyboard.press('?');
      await inside.waitForSelector('[data-testid=help][open]');
      assert.deepEqual(await axeViolations(inside), []);
      await inside.context().close();
    });
  }

  itInBrowser(it, 'keeps the colours that a person chose', async () => {
    const page = await dashboard.open('/overview', { scheme: 'light' });
    const shade = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await shade();
    await page.click('[data-testid=theme-button]');
    assert.equal(await shade(), light);
    await page.click('[data-testid=theme-button]');
    assert.notEqual(await shade(), light);
    await page.reload();
    await page.waitForSelector('[data-link=live]');
    assert.notEqual(await shade(), light);
    await page.context().close();
  });
});
