import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertPoll } from '../../src/cli/demo/alert-poll.ts';
import { freshDemoFolder } from '../../src/cli/demo/demo-folder.ts';
import { DemoScreen, stripText } from '../../src/cli/demo/demo-screen.ts';
import { SiteClient } from '../../src/cli/http/site-client.ts';
import { within } from '../../src/cli/within.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import type { Alert } from '../../src/model/alert.ts';
import { describe } from '../support/suite.ts';
import { fakeSite } from './fake-site.ts';
import { fakeTerminal } from './fake-terminal.ts';

const alert = (changes: Partial<Alert> = {}): Alert =>
  ({
    id: 'a'.repeat(32),
    type: 'slow_response',
    subject: 'service:api-gateway',
    severity: 'medium',
    state: 'open',
    summary: '1 slow response',
    actionRequired: 'Look',
    openedAt: 0,
    updatedAt: 0,
    revision: 1,
    ...changes,
  }) as Alert;

describe('freshDemoFolder', (it) => {
  let parent = '';
  it.beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'watchkeeper-demo-'));
  });
  it.afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  it('empties what an earlier demo left', () => {
    const folder = freshDemoFolder(parent, false);
    writeFileSync(join(folder, 'old'), '');
    assert.equal(freshDemoFolder(parent, false), folder);
    assert.equal(existsSync(join(folder, 'old')), false);
  });

  it('keeps the data when the watchdog restarted the process', () => {
    const folder = freshDemoFolder(parent, false);
    writeFileSync(join(folder, 'journal'), '');
    freshDemoFolder(parent, true);
    assert.ok(existsSync(join(folder, 'journal')));
  });

  it('never empties a folder that no demo made, or that a running demo uses', () => {
    mkdirSync(join(parent, 'demo'));
    writeFileSync(join(parent, 'demo', 'mine'), '');
    const folder = freshDemoFolder(parent, false);
    assert.ok(existsSync(join(folder, 'mine')));
    const site = { url: 'http://127.0.0.1:1', site: 's', pid: process.pid };
    writeFileSync(join(folder, 'site.json'), JSON.stringify(site));
    freshDemoFolder(parent, false);
    assert.ok(existsSync(join(folder, 'mine')));
  });
});

describe('DemoScreen', (it) => {
  it('shows an alert when it opens, is acknowledged and ends, and a hint at the first', () => {
    const terminal = fakeTerminal();
    const screen = new DemoScreen(terminal, '/tmp/wk');
    screen.alert(alert());
    screen.alert(alert({ revision: 2 }));
    screen.alert(
      alert({ revision: 3, state: 'acknowledged', acknowledgedBy: 'ann', acknowledgedAt: 0 }),
    );
    screen.alert(
      alert({ revision: 4, state: 'resolved', resolvedBy: 'condition cleared', resolvedAt: 0 }),
    );
    const titles = terminal.stdout().match(/.*ANOMALY.*/g);
    assert.deepEqual(
      titles?.map((title) => title.replace(/^\S+ /, '')),
      ['ANOMALY DETECTED', 'ANOMALY ACKNOWLEDGED', 'ANOMALY RESOLVED'],
    );
    assert.equal(terminal.stdout().split('alerts ack aaaaaaaa --data /tmp/wk').length, 2);
  });

  it('says where the dashboard is and how to subscribe', () => {
    const terminal = fakeTerminal();
    const clock = new SimulatedClock();
    new DemoScreen(terminal, undefined).head(
      {
        url: 'http://127.0.0.1:7180',
        token: 'wk_x',
        natsUrl: 'nats://127.0.0.1:4222',
        natsSubscriber: { user: 'subscriber', pass: 'p' },
        site: 'local',
        clock,
        notices: ['Something is missing.'],
        stop: () => Promise.resolve(),
      },
      { rate: 30, files: 1 },
    );
    const text = terminal.stdout();
    assert.match(text, /http:\/\/127\.0\.0\.1:7180\/#token=wk_x/);
    assert.match(
      text,
      /nats --server nats:\/\/127\.0\.0\.1:4222 --user subscriber --password p sub 'alerts\.v1\.>'/,
    );
    assert.match(text, /30 times as fast/);
    assert.match(text, /▲ Something is missing\./);
    assert.match(text, /1 replayed logs/);
  });

  const strip = {
    siteTime: 0,
    isFast: true,
    watches: 5,
    services: 4,
    sent: 9,
    stored: 8,
    alerts: 1,
    quietMs: 300,
  };

  it('keeps one living line on a terminal, and clears it before it prints', () => {
    const written: string[] = [];
    const out = { write: (text: string) => written.push(text), isTTY: true, columns: 200 };
    const screen = new DemoScreen(fakeTerminal({ out }), undefined);
    screen.strip(strip);
    screen.strip(strip);
    screen.print('above');
    assert.equal(written.length, 4);
    assert.ok(written[0]?.startsWith('\r\u001b[2K') && !written[0].includes('\n'));
    assert.deepEqual(written.slice(2), ['\r\u001b[2K', 'above\n']);
  });

  it('writes a line each 10 s where there is no terminal', () => {
    const clock = new SimulatedClock();
    const terminal = fakeTerminal({ clock });
    const screen = new DemoScreen(terminal, undefined);
    for (let second = 0; second < 25; second += 1) {
      screen.strip(strip);
      clock.advance(1_000);
    }
    assert.equal(terminal.stdout().split('\n').length - 1, 3);
    assert.equal(
      stripText(strip),
      '00:00:00 UTC (fast) · receiving from 5 watches, 4 services · 9 sent, 8 stored · 1 alerts · last record 0 s ago',
    );
  });
});

describe('AlertPoll', (it) => {
  it('gives what is new or changed, oldest first', async () => {
    const pages = [[alert()], [alert()], [alert({ id: 'b' }), alert({ revision: 2 })]];
    const site = await fakeSite({ 'GET /v1/alerts': () => ({ body: { alerts: pages.shift() } }) });
    const client = new SiteClient({ url: site.url });
    const poll = new AlertPoll(client);
    const ids = async (): Promise<string[]> =>
      (await poll.next()).map(({ id, revision }) => `${id[0]}${revision}`);
    assert.deepEqual([await ids(), await ids(), await ids()], [['a1'], [], ['a2', 'b1']]);
    assert.equal(poll.seen, 2);
    client.close();
    await site.close();
  });
});

describe('within', (it) => {
  it('gives the result, or "late" when it takes longer', async () => {
    const clock = new SimulatedClock();
    assert.equal(await within(Promise.resolve(1), { clock, ms: 10 }), 1);
    const waiting = within(new Promise<never>(() => undefined), { clock, ms: 10 });
    clock.advance(10);
    assert.equal(await waiting, 'late');
  });
});
