import assert from 'node:assert/strict';
import { axeViolations, DashboardBrowser, itInBrowser } from '../../support/dashboard-browser.ts';
import { someStreams } from '../../support/dashboard-fixtures.ts';
import { describe } from '../../support/suite.ts';

describe('dashboard: streams', (it) => {
  let dashboard: DashboardBrowser;
  it.before(async () => {
    dashboard = await DashboardBrowser.start();
  });
  it.after(() => dashboard.stop());

  itInBrowser(it, 'draws the graph of the site and says the same in a table', async () => {
    const { nodes, edges } = someStreams();
    const page = await dashboard.open('/overview');
    await page.click('[data-testid=nav-streams]');
    await page.waitForSelector('[data-testid=stream-graph]');
    const drawn = await page
      .locator('[data-testid=stream-node]')
      .evaluateAll((parts) => parts.map((part) => part.getAttribute('data-node')));
    assert.deepEqual(
      drawn,
      nodes.map(({ id }) => id),
    );
    assert.equal(await page.locator('[data-testid=stream-graph] > path').count(), edges.length);
    const rows = await page.locator('[data-testid=stream-table] tbody th').allInnerTexts();
    assert.deepEqual(
      rows,
      nodes.map(({ label }) => label),
    );
    const left = async (id: string): Promise<number> =>
      (await page.locator(`[data-node="${id}"]`).boundingBox())?.x ?? Number.NaN;
    assert.ok((await left('intake')) < (await left('dispatch')));
    assert.ok((await left('dispatch')) < (await left('alerter')));
    assert.ok((await left('alerter')) < (await left('channel/nats')));
    assert.deepEqual(await axeViolations(page), []);
    assert.deepEqual(dashboard.complaints, []);
    await page.context().close();
  });

  itInBrowser(it, 'is reached by the keyboard', async () => {
    const page = await dashboard.open('/overview');
    await page.waitForSelector('[data-link=live]');
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.waitForSelector('[data-testid=stream-node]');
    assert.match(page.url(), /#\/streams$/);
    await page.context().close();
  });
});
