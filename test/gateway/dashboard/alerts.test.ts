import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { anAlert, NOW, someAlerts } from '../../support/dashboard-fixtures.ts';
import { axeViolations, DashboardBrowser, itInBrowser } from '../../support/dashboard-browser.ts';
import { TOKEN } from '../../support/dashboard-server.ts';
import { describe } from '../../support/suite.ts';
import { subjectId } from '../../../src/model/subject.ts';

const SPIKE = 'a1'.padEnd(32, '0');
const row = (id: string): string => `[data-testid=alert-row][data-alert="${id}"]`;

async function textOf(page: Page, selector: string): Promise<string> {
  return page.locator(selector).first().innerText();
}

describe('dashboard: alerts', (it) => {
  let dashboard: DashboardBrowser;
  it.before(async () => {
    dashboard = await DashboardBrowser.start();
  });
  it.beforeEach(() => {
    dashboard.server.site.alerts = someAlerts();
    dashboard.server.site.role = 'admin';
    dashboard.server.site.failChangesWith = undefined;
    dashboard.server.calls.length = 0;
    dashboard.complaints.length = 0;
  });
  it.after(() => dashboard.stop());

  itInBrowser(it, 'takes the token from the address and forgets it there', async () => {
    const page = await dashboard.open('/alerts');
    await page.waitForSelector('[data-link=live]');
    assert.equal(page.url(), `${dashboard.server.url}/#/alerts`);
    await page.reload();
    await page.waitForSelector('[data-link=live]');
    assert.deepEqual(dashboard.complaints, []);
    await page.context().close();
  });

  itInBrowser(it, 'labels an alert, and says so when the site refuses', async () => {
    const page = await dashboard.open(`/alerts/${SPIKE}`);
    await page.waitForSelector('[data-testid=label-false][aria-pressed=false]');
    await page.click('[data-testid=label-false]');
    await page.waitForSelector('[data-testid=label-false][aria-pressed=true]');
    assert.match(await textOf(page, '[data-testid=timeline]'), /Labelled false by admin/);
    const [call] = dashboard.server.calls;
    assert.equal(call?.path, `/v1/alerts/${SPIKE}/label`);
    assert.deepEqual(call.body, { label: 'false' });
    assert.ok((call.key?.length ?? 0) > 8);
    assert.deepEqual(await axeViolations(page), []);
    dashboard.server.site.failChangesWith = 503;
    await page.click('[data-testid=label-useful]');
    await page.waitForSelector('text=Not labelled: The journal is full.');
    assert.equal(await page.locator('[data-testid=label-useful][aria-pressed=true]').count(), 0);
    await page.context().close();
  });

  itInBrowser(it, 'asks for a token, refuses a wrong one and keeps the address', async () => {
    const page = await dashboard.open(`/alerts/${SPIKE}`, { signedIn: false });
    await page.fill('[data-testid=token-input]', 'wrong');
    await page.click('[data-testid=sign-in-button]');
    await page.waitForSelector('text=The site does not know this token.');
    await page.fill('[data-testid=token-input]', TOKEN);
    await page.click('[data-testid=sign-in-button]');
    await page.waitForSelector('[data-testid=alert-detail]');
    await page.click('[data-testid=sign-out]');
    await page.waitForSelector('[data-testid=sign-in]');
    await page.context().close();
  });

  itInBrowser(it, 'goes back to the sign-in when the feed refuses the token', async () => {
    const page = await dashboard.open('/overview', { signedIn: false });
    await page.evaluate(() => {
      sessionStorage.setItem('watchkeeper.token', 'ended');
    });
    await page.reload();
    await page.waitForSelector('[data-testid=sign-in]');
    await page.context().close();
  });

  itInBrowser(it, 'lists open alerts by urgency, with the block that people know', async () => {
    const page = await dashboard.open('/alerts');
    await page.waitForSelector(row(SPIKE));
    const words = await page.locator('[data-testid=alert-row] .badge').allInnerTexts();
    assert.deepEqual(words, ['CRITICAL', 'HIGH', 'HIGH', 'MEDIUM', 'LOW']);
    await page.click(row(SPIKE));
    assert.equal(
      await textOf(page, '[data-testid=alert-text]'),
      [
        '⚠️ ANOMALY DETECTED',
        'Type: error_spike',
        'Service: payment-service',
        'Count: 150 errors in 5 minutes',
        'Severity: HIGH',
        'Time: 2026-02-16 14:30:10',
        'Action Required: Investigate immediately',
      ].join('\n'),
    );
    await page.context().close();
  });

  itInBrowser(it, 'shows a new alert by itself and announces it', async () => {
    const page = await dashboard.open('/overview');
    await page.waitForSelector('[data-testid=attention-list] [data-testid=alert-row]');
    assert.equal(await textOf(page, '[data-testid=attention]'), '5 alerts need attention');
    dashboard.server.putAlert(
      anAlert({
        id: 'b'.repeat(32),
        severity: 'critical',
        type: 'service_down',
        subject: subjectId('service', 'auth-service'),
        openedAt: NOW,
      }),
    );
    await page.waitForSelector(row('b'.repeat(32)));
    assert.equal(await textOf(page, '[data-testid=attention]'), '6 alerts need attention');
    assert.match(await textOf(page, '[data-testid=open-count]'), /^6\s+open$/);
    await page.waitForFunction(() => {
      const said = document.querySelector('[data-testid=announcer]')?.textContent;
      return said === 'New critical alert: Service down, auth-service.';
    });
    await page.context().close();
  });

  itInBrowser(it, 'acknowledges by a click and keeps the row in sight', async () => {
    const page = await dashboard.open(`/alerts/${SPIKE}`);
    await page.fill('[data-testid=note-input]', 'Looking into it');
    await page.click('[data-testid=ack-button]');
    await page.waitForSelector(`${row(SPIKE)}[data-state=acknowledged]`);
    assert.equal(await textOf(page, `${row(SPIKE)} [data-testid=alert-state]`), 'Acknowledged');
    await page.waitForSelector('text=Error spike acknowledged.');
    const [call] = dashboard.server.calls;
    assert.equal(call?.path, `/v1/alerts/${SPIKE}/ack`);
    assert.deepEqual(call.body, { note: 'Looking into it' });
    assert.match(call.key ?? '', /^[0-9a-f]{32}$/);
    assert.match(
      await textOf(page, '[data-testid=timeline]'),
      /Acknowledged by admin\s*“?Looking into it/,
    );
    await page.click('[data-testid=tab-acknowledged]');
    await page.waitForSelector(row(SPIKE));
    await page.context().close();
  });

  itInBrowser(it, 'takes an acknowledgement back when the site refuses it', async () => {
    dashboard.server.site.failChangesWith = 507;
    const page = await dashboard.open(`/alerts/${SPIKE}`);
    await page.click('[data-testid=ack-button]');
    await page.waitForSelector('text=Not acknowledged: The journal is full.');
    await page.waitForSelector(`${row(SPIKE)}[data-state=open]`);
    await page.waitForSelector('[data-testid=ack-button]:not([disabled])');
    await page.context().close();
  });

  itInBrowser(it, 'works by keyboard: j, k, a, r, and g with a letter', async () => {
    const page = await dashboard.open('/alerts');
    await page.waitForSelector(row(SPIKE));
    for (const key of ['j', 'j', 'k', 'j', 'a']) await page.keyboard.press(key);
    await page.waitForSelector(`${row(SPIKE)}[data-state=acknowledged]`);
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.waitForSelector('[data-testid=alert-detail]', { state: 'detached' });
    await page.keyboard.press('r');
    assert.deepEqual(
      dashboard.server.calls.map((call) => call.path),
      [`/v1/alerts/${SPIKE}/ack`],
      'g a goes to the inbox, which clears the choice; r has nothing to resolve then',
    );
    await page.keyboard.press('?');
    await page.waitForSelector('[data-testid=help][open]');
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.waitForSelector('[data-testid=watch-card]');
    await page.context().close();
  });

  itInBrowser(it, 'offers no buttons to a viewer', async () => {
    dashboard.server.site.role = 'viewer';
    const page = await dashboard.open(`/alerts/${SPIKE}`);
    await page.waitForSelector('text=Your role may look');
    assert.equal(await page.locator('[data-testid=ack-button]').count(), 0);
    await page.keyboard.press('a');
    await page.waitForSelector('text=Your role may not acknowledge alerts.');
    assert.equal(dashboard.server.calls.length, 0);
    await page.context().close();
  });

  itInBrowser(it, 'keeps thousands of alerts out of the document', async () => {
    dashboard.server.site.alerts = Array.from({ length: 2000 }, (_, index) =>
      anAlert({ id: String(index).padStart(32, '0'), openedAt: NOW - index * 1000 }),
    );
    const page = await dashboard.open('/alerts');
    await page.waitForSelector('[data-testid=alert-row]');
    assert.ok((await page.locator('[data-testid=alert-row]').count()) < 40);
    await page.locator('.alert-list').evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await page.waitForSelector(row(String(1999).padStart(32, '0')));
    await page.context().close();
  });

  itInBrowser(it, 'says when nothing needs anybody', async () => {
    dashboard.server.site.alerts = [];
    const page = await dashboard.open('/overview');
    await page.waitForSelector('text=All clear');
    await page.click('[data-testid=nav-alerts]');
    await page.waitForSelector('text=Nothing needs you.');
    await page.context().close();
  });

  itInBrowser(
    it,
    'keeps its data greyed while the site is away, and comes back by itself',
    async () => {
      const page = await dashboard.open('/overview');
      await page.waitForSelector('[data-link=live]');
      await dashboard.server.stop();
      await page.waitForSelector('[data-link=down]');
      await page.waitForSelector('[data-testid=old-note]');
      assert.equal(await textOf(page, '[data-testid=attention]'), '5 alerts need attention');
      dashboard.server.site.alerts = someAlerts().slice(0, 2);
      await dashboard.server.start();
      await page.waitForSelector('[data-link=live]');
      await page.waitForSelector('text=2 alerts need attention');
      assert.equal(await page.locator('[data-testid=old-note]').count(), 0);
      await page.context().close();
    },
  );
});
