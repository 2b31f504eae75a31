import assert from 'node:assert/strict';
import type { Tap } from '../../src/model/tap.ts';
import type { SubjectExplanation } from '../../src/model/verdict.ts';
import { describe } from '../support/suite.ts';
import { fakeSite, problem, type FakeSite } from './fake-site.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

const TAP: Tap = {
  at: 60_000,
  since: 0,
  edges: [
    { from: 'intake', to: 'journal', unit: 'entries', total: 7, rate: 1.5 },
    { from: 'alerter', to: 'channel/\u001b[31m', unit: 'alerts', total: 0, rate: 0 },
  ],
  inputs: [
    {
      name: 'syslog-tls',
      unit: 'records',
      taken: { total: 90, rate: 2.5 },
      refused: { total: 3, rate: 0 },
      unparsed: { total: 4, rate: 0.5 },
    },
  ],
  verdicts: [],
};

describe('tap and explain', (it) => {
  let site: FakeSite;
  it.afterEach(() => site.close());

  it('reads again and again until Ctrl-C, a JSON line each', async () => {
    const terminal = fakeTerminal();
    site = await fakeSite({
      'GET /v1/tap': () => {
        if (site.seen.length === 3) setImmediate(terminal.interrupt);
        return { body: TAP };
      },
    });
    const args = ['tap', '--json', '--interval', '10ms', '--url', site.url];
    const { code, out } = await runIn(terminal, args);
    assert.equal(code, 0);
    const read = out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Tap);
    assert.equal(read.length, 3);
    assert.deepEqual(read[2], TAP);
  });

  it('draws over what it drew on a terminal only, and lets no escape through', async () => {
    site = await fakeSite({ 'GET /v1/tap': () => ({ body: TAP }) });
    const { out } = await runIn(fakeTerminal(), ['tap', '--once', '--url', site.url]);
    assert.ok(!out.includes('\u001b'));
    assert.match(out, /^1970-01-01 00:01:00 UTC, counted since 1970-01-01 00:00:00$/m);
    assert.match(out, /^intake +journal +7 +entries +1\.5$/m);
    assert.match(out, /^syslog-tls +90 +records +2\.5 +3 +0\.0 +4 +0\.5$/m);
    let written = '';
    const terminal = fakeTerminal({
      out: { write: (text) => (written += text), isTTY: true, columns: 100 },
    });
    site.seen.length = 0;
    const running = runIn(terminal, ['tap', '--interval', '1h', '--url', site.url]);
    while (!written.includes('intake')) await new Promise((resolve) => setImmediate(resolve));
    terminal.interrupt();
    assert.equal((await running).code, 0);
    assert.ok(written.startsWith('\u001b[H\u001b[J'));
  });

  it('refuses an interval that is none, and says when the site does not answer', async () => {
    site = await fakeSite({});
    const wrong = await runIn(fakeTerminal(), ['tap', '--interval', '0', '--url', site.url]);
    assert.equal(wrong.code, 2);
    assert.notEqual((await runIn(fakeTerminal(), ['tap', '--url', site.url])).code, 0);
  });

  it('explains, and leaves out what fires when asked why not', async () => {
    const counts = { silent: 3, finding: 1, verdicts: [] };
    const told: SubjectExplanation = {
      subject: 'service:a' as SubjectExplanation['subject'],
      now: 0,
      detectors: [
        { detector: 'one', type: 'one', state: 'open', text: 'firing', ...counts },
        {
          detector: 'two',
          type: 'burst',
          state: 'quiet',
          text: '2 more would fire',
          ...counts,
          quarantinedUntil: 60_000,
          verdicts: [
            {
              at: 0,
              subject: 'service:a' as SubjectExplanation['subject'],
              detector: 'two',
              input: 'deadline',
              records: 0,
              verdict: 'silent',
            },
          ],
        },
      ],
    };
    site = await fakeSite({ 'GET /v1/explain': () => ({ body: told }) });
    const ask = (...more: readonly string[]) =>
      runIn(fakeTerminal(), ['explain', 'service:a', '--url', site.url, ...more]);
    const all = (await ask('--detector', 'x')).out;
    assert.match(all, /● one: firing[^]*○ two: 2 more would fire/);
    assert.match(all, /left out until 1970-01-01 00:01:00 UTC/);
    assert.match(all, /burst, 4 steps on all subjects of this kind: 3 silent, 1 with a finding/);
    assert.match(all, /a deadline +silent/);
    assert.deepEqual(
      [site.seen[0]?.query.get('subject'), site.seen[0]?.query.get('detector')],
      ['service:a', 'x'],
    );
    const quiet = JSON.parse((await ask('--why-not', '--json')).out) as SubjectExplanation;
    assert.deepEqual(
      quiet.detectors.map(({ detector }) => detector),
      ['two'],
    );
  });

  it('says so when everything fires or nothing watches, and passes on what the site says', async () => {
    const firing = { detector: 'a', type: 'a', state: 'open', text: '', silent: 0, finding: 1 };
    let detectors: readonly unknown[] = [{ ...firing, verdicts: [] }];
    site = await fakeSite({
      'GET /v1/explain': ({ query }) =>
        query.get('subject') === 'user:u'
          ? { body: { subject: 'user:u', now: 0, detectors } }
          : { status: 404, body: problem('NOT_FOUND', 'Knows nothing of it.', 'List them.') },
    });
    const ask = (subject: string) =>
      runIn(fakeTerminal(), ['explain', subject, '--why-not', '--url', site.url]);
    assert.match((await ask('user:u')).out, /Every detector of it is firing/);
    detectors = [];
    assert.match((await ask('user:u')).out, /No detector watches it/);
    const unknown = await ask('user:v');
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /Knows nothing of it[^]*List them/);
  });
});
