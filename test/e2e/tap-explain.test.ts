import assert from 'node:assert/strict';
import type { Tap } from '../../src/model/tap.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { SubjectExplanation } from '../../src/model/verdict.ts';
import { fakeTerminal, runIn } from '../cli/fake-terminal.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line, lines, vitals } from '../support/e2e/records.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';

const SERVICE = 'service:payment-service';

/** Totals by `from>to`. */
function totalsOf({ edges }: Tap): Readonly<Record<string, number>> {
  return Object.fromEntries(edges.map(({ from, to, total }) => [`${from}>${to}`, total]));
}

describe('tap and explain on a running site', (it) => {
  let site: E2eSite;
  it.beforeEach(async () => {
    site = await E2eSite.start({ withNats: false });
  });
  it.afterEach(() => site.close());

  const tap = (): Promise<Tap> => site.http.get<Tap>('/v1/tap');
  const explain = (query: Record<string, string>): Promise<SubjectExplanation> =>
    site.http.get<SubjectExplanation>('/v1/explain', query);
  const cli = async (...args: readonly string[]) =>
    runIn(fakeTerminal(), [...args, '--url', site.handle.url, '--token', site.token]);

  it('counts what passes from the senders to alerts and the store', async () => {
    const empty = await tap();
    for (const { from, to, total } of empty.edges) assert.equal(total, 0, `${from}>${to}`);
    const watch = await site.watch('watch-1');
    watch.send([vitals(Date.now(), 80), vitals(Date.now(), 81)], 3);
    await watch.flush();
    await site.logs(lines(101, { user_id: 'u-1' }));
    await site.settled();
    const { nodes } = site.api.streams();
    const tapped = await tap();
    const ids = new Set(nodes.map(({ id }) => id));
    for (const { from, to } of tapped.edges) assert.ok(ids.has(from) && ids.has(to));
    const totals = totalsOf(tapped);
    const groups = totals['source/service>intake'] ?? 0;
    assert.ok(groups >= 1);
    for (const [edge, expected] of Object.entries({
      'source/device>intake': 1,
      'intake>journal': 1 + groups,
      'journal>dispatch': 1 + groups,
      'dispatch>subject/device': 1,
      'dispatch>subject/service': groups,
      'dispatch>subject/user': 101,
      'subject/device>archive': 2,
      'subject/service>archive': 101,
      'subject/device>detector/error_spike/select': 0,
      'subject/service>detector/error_spike/select': 101,
      'subject/user>detector/suspicious_user_activity/select': 101,
      'detector/error_spike/stage-1>detector/error_spike/findings': 1,
      'detector/error_spike/findings>alerter': 1,
      'detector/suspicious_user_activity/findings>alerter': 1,
      'alerter>channel/store': 2,
    })) {
      assert.equal(totals[edge], expected, edge);
    }
    const native = tapped.inputs.find(({ name }) => name === 'native');
    assert.deepEqual([native?.taken.total, native?.refused.total], [101, 0]);
    // Frames are counted at once, and told from time to time.
    const watches = await until('the frame of the watch', async () => {
      const { inputs } = await tap();
      return inputs.find(({ name, taken }) => name === 'watches' && taken.total > 0);
    });
    assert.equal(watches.taken.total, 1);
    assert.equal(watches.unit, 'frames');
    const verdict = tapped.verdicts.find(
      ({ detector, kind }) => detector === 'error_spike' && kind === 'service',
    );
    assert.equal(verdict?.finding, 1);
    assert.equal(verdict.records, 101);
    const moving = await until('a rate', async () => {
      await site.logs([line({ level: 'INFO' })]);
      return (await tap()).edges.find(({ from, rate }) => from === 'intake' && rate > 0);
    });
    assert.equal(moving.to, 'journal');
  });

  it('begins to count anew after a restart, without what the replay folded', async () => {
    await site.logs(lines(5));
    await site.settled();
    await site.down();
    await site.up();
    const { edges, verdicts } = await tap();
    assert.deepEqual(verdicts, []);
    for (const { from, to, total } of edges) assert.equal(total, 0, `${from}>${to}`);
  });

  it('says how many errors more would fire, and is right', async () => {
    await site.logs(lines(37));
    await site.settled();
    const { detectors } = await explain({ subject: SERVICE, detector: 'error_spike' });
    const [spike] = detectors;
    assert.equal(detectors.length, 1);
    assert.equal(
      spike?.text,
      '37 of 101 errors in the last 5 minutes; 64 more within the window would fire',
    );
    const [newest] = spike.verdicts;
    assert.deepEqual([newest?.verdict, newest?.value, newest?.threshold], ['silent', 37, 101]);
    await site.logs(lines(63));
    await site.settled();
    const near = await explain({ subject: SERVICE, detector: 'error_spike' });
    assert.equal(near.detectors[0]?.missing, 1);
    assert.deepEqual((await site.api.alerts({ type: 'error_spike' })).alerts, []);
    await site.logs(lines(1));
    await site.settled();
    const fired = await explain({ subject: SERVICE, detector: 'error_spike' });
    assert.equal(fired.detectors[0]?.state, 'open');
    assert.equal(fired.detectors[0]?.verdicts[0]?.verdict, 'finding');
    assert.equal((await site.api.alerts({ type: 'error_spike' })).alerts.length, 1);
  });

  it('explains every detector of the subject, also after a restart', async () => {
    await site.logs(lines(4, { level: 'INFO' }));
    await site.settled();
    const texts = async (): Promise<readonly string[]> =>
      (await explain({ subject: SERVICE })).detectors.map(
        ({ detector, text }) => `${detector}: ${text.replace(/record \d+ s/, 'record N s')}`,
      );
    const expected = [
      'error_spike: 0 of 101 errors in the last 5 minutes; 101 more within the window would fire',
      'service_down: last record N s ago; not counted yet: 4 of 10 min_records',
      'slow_response: no response over 5,000 ms; the next one would fire',
      'database_connection_failure: 0 of 10 connection failures in the last 2 minutes; 10 more within the window would fire',
    ];
    assert.deepEqual(await texts(), expected);
    await site.down();
    await site.up();
    assert.deepEqual(await texts(), expected);
  });

  it('refuses what is no subject, is unknown, or is not watched by the detector', async () => {
    await site.logs(lines(1));
    await site.settled();
    await assert.rejects(explain({ subject: 'payment' }), /is not the id of a subject/);
    await assert.rejects(explain({ subject: 'service:nobody' }), /knows nothing of service:nobody/);
    await assert.rejects(
      explain({ subject: SERVICE, detector: 'suspicious_user_activity' }),
      /No detector "suspicious_user_activity" watches a service/,
    );
  });

  it('prints both on the command line', async () => {
    await site.logs(lines(101));
    await site.settled();
    const table = await cli('tap', '--once');
    assert.equal(table.code, 0, table.err);
    assert.match(table.out, /^from +to +total +rate\/s$/m);
    assert.match(table.out, /^dispatch +subject\/service +\d+ +groups +[\d.]+$/m);
    assert.match(table.out, /^error_spike +service +\d+ +1$/m);
    const json = JSON.parse((await cli('tap', '--once', '--json')).out) as Tap;
    assert.equal(totalsOf(json)['subject/service>archive'], 101);
    const all = await cli('explain', SERVICE);
    assert.match(all.out, /● error_spike: firing: 101 of 101 errors/);
    assert.match(all.out, /\d+ records +101 of 101 errors +finding/);
    const quiet = await cli('explain', SERVICE, '--why-not');
    assert.match(quiet.out, /○ service_down: last record .* fires at/);
    assert.ok(!quiet.out.includes('error_spike'));
  });

  it('times each hop and the lag of what comes in', async () => {
    const late = Date.now() - 90_000;
    await site.logs([line({ timestamp: late })]);
    await site.logs(lines(101, { service: 'other' }));
    await site.settled();
    const metrics = await site.handle.parts.metrics.text();
    const countOf = (name: string): number =>
      Number(new RegExp(`^watchkeeper_${name}_seconds_count (\\d+)$`, 'm').exec(metrics)?.[1]);
    for (const hop of ['received_to_durable', 'durable_to_folded', 'folded_to_stored']) {
      assert.ok(countOf(hop) >= 1, hop);
    }
    assert.equal(countOf('finding_to_published'), 0);
    assert.ok(countOf('event_lag') >= 2);
    const buckets = (le: string): number =>
      Number(
        new RegExp(`^watchkeeper_event_lag_seconds_bucket{le="${le}"} (\\d+)$`, 'm').exec(
          metrics,
        )?.[1],
      );
    assert.equal(buckets('300') - buckets('60'), 1);
    const subject = await site.api.subject(subjectId('service', 'payment-service'));
    assert.ok((subject?.lagMs ?? 0) >= 90_000 && (subject?.lagMs ?? 0) < 120_000);
    const shown = await site.http.get<{ lagMs: number }>('/v1/subjects/service/payment-service');
    assert.equal(shown.lagMs, subject?.lagMs);
  });
});
