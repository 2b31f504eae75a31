import assert from 'node:assert/strict';
import { anActor, someActors } from '../../support/dashboard-fixtures.ts';
import { DashboardBrowser, itInBrowser } from '../../support/dashboard-browser.ts';
import { describe } from '../../support/suite.ts';

const DETECTOR = '/site/subjects/shard-1/device-watch-05/error_spike';
const row = (path: string): string => `[data-testid=actor-row][data-path="${path}"]`;

describe('dashboard: actors', (it) => {
  let dashboard: DashboardBrowser;
  it.before(async () => {
    dashboard = await DashboardBrowser.start();
  });
  it.beforeEach(() => {
    dashboard.server.site.actors = someActors();
    dashboard.complaints.length = 0;
  });
  it.after(() => dashboard.stop());

  itInBrowser(it, 'shows a restart as it happens', async () => {
    const page = await dashboard.open('/actors?q=kind%3Adetector');
    const restarts = page.locator(
      `${row('/site/subjects/shard-0/device-watch-04/error_spike')} [data-testid=actor-restarts]`,
    );
    await restarts.waitFor();
    assert.equal(await restarts.innerText(), '0');
    dashboard.server.setActors(
      dashboard.server.site.actors.map((actor) =>
        actor.path.endsWith('watch-04/error_spike')
          ? { ...actor, restarts: 1, state: 'restarting' as const }
          : actor,
      ),
    );
    await page.waitForFunction(
      (selector) => document.querySelector(selector)?.textContent === '1',
      `${row('/site/subjects/shard-0/device-watch-04/error_spike')} [data-testid=actor-restarts]`,
    );
    assert.deepEqual(dashboard.complaints, []);
    await page.context().close();
  });

  itInBrowser(it, 'keeps 1,000 actors out of the document', async () => {
    dashboard.server.site.actors = someActors(330);
    const page = await dashboard.open('/actors?q=site');
    await page.waitForSelector('[data-testid=actor-row]');
    assert.ok(dashboard.server.site.actors.length >= 999);
    const count = await page.locator('[data-testid=actor-row]').count();
    assert.ok(count > 10 && count < 80, `${count} rows are in the document`);
    assert.equal(
      await page.getAttribute('[data-testid=actor-grid]', 'aria-rowcount'),
      String(dashboard.server.site.actors.length + 1),
    );
    await page.context().close();
  });

  itInBrowser(it, 'collapses a large site and sums what it hides', async () => {
    dashboard.server.site.actors = someActors(100).map((actor) => ({
      ...actor,
      mailbox: actor.kind === 'subject' ? 2 : 0,
      restarts: actor.path === DETECTOR ? 4 : 0,
    }));
    const page = await dashboard.open('/actors');
    const shard = page.locator(row('/site/subjects/shard-1'));
    await shard.waitFor();
    assert.equal(await shard.getAttribute('aria-expanded'), 'false');
    assert.equal(await shard.locator('[data-testid=actor-mailbox]').innerText(), '50');
    assert.equal(await shard.locator('[data-testid=actor-restarts]').innerText(), '4');
    assert.equal(await shard.locator('[data-testid=actor-state]').innerText(), 'quarantined');
    await shard.locator('[data-testid=actor-twist]').click();
    await page.waitForSelector(`${row('/site/subjects/shard-1')}[aria-expanded=true]`);
    await page.context().close();
  });

  itInBrowser(it, 'opens one actor with its state and errors', async () => {
    const page = await dashboard.open('/actors?q=error_spike');
    await page.click(row(DETECTOR));
    await page.waitForSelector('[data-testid=actor-state-json]');
    assert.match(
      await page.locator('[data-testid=actor-drawer]').innerText(),
      /RangeError: Expected a finite rate/,
    );
    assert.match(page.url(), /sel=%2Fsite%2Fsubjects/);
    await page.keyboard.press('Escape');
    await page.waitForSelector('[data-testid=actor-drawer]', { state: 'detached' });
    await page.context().close();
  });

  itInBrowser(it, 'moves by the keys of a tree-grid', async () => {
    const page = await dashboard.open('/actors');
    await page.waitForSelector('[data-testid=actor-row]');
    await page.focus('[data-testid=actor-grid]');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(
      () => document.querySelectorAll('[data-testid=actor-row]').length === 1,
    );
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(
      () => document.querySelectorAll('[data-testid=actor-row]').length > 1,
    );
    await page.keyboard.press('End');
    await page.waitForFunction(() => {
      const grid = document.querySelector('[data-testid=actor-grid]');
      const active = grid?.getAttribute('aria-activedescendant') ?? '';
      return active === 'actor-44' && document.getElementById(active) !== null;
    });
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-testid=actor-drawer]');
    await page.context().close();
  });

  itInBrowser(it, 'sorts by a column and says how many match a filter', async () => {
    const page = await dashboard.open('/actors');
    await page.click('[data-testid=sort-restarts]');
    await page.waitForFunction(
      (path) =>
        document.querySelector('[data-testid=actor-row]')?.getAttribute('data-path') === path,
      DETECTOR,
    );
    await page.fill('[data-testid=actor-filter]', 'restarts>99');
    await page.waitForSelector('text=None of 45 actors match.');
    await page.click('text=Show all');
    await page.waitForSelector('[data-testid=actor-row]');
    await page.context().close();
  });

  itInBrowser(it, 'follows actors that come and go', async () => {
    const page = await dashboard.open('/actors');
    await page.waitForSelector(row('/site/alerter'));
    const actors = [
      ...dashboard.server.site.actors,
      anActor({ path: '/site/a-newcomer', kind: 'detector' }),
    ];
    dashboard.server.setActors(actors, { topology: true });
    await page.waitForSelector(row('/site/a-newcomer'));
    await page.context().close();
  });
});
