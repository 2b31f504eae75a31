import assert from 'node:assert/strict';
import type { Alert } from '../../src/model/alert.ts';
import type { QueryPage } from '../../src/store/store.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';
import { E2eSite, withNats } from '../support/e2e/e2e-site.ts';
import { line, lines } from '../support/e2e/records.ts';

interface AlertList {
  readonly alerts: readonly Alert[];
}

describe('flows through the whole site', (it) => {
  const itNats = withNats(it);
  let site: E2eSite;
  let printed: string[];
  const write = process.stdout.write.bind(process.stdout);
  it.beforeEach(async () => {
    printed = [];
    site = await E2eSite.start({ options: { consoleAlerts: true } });
    // The console channel writes on stdout; the test reads along and keeps the run's output clean.
    process.stdout.write = ((text: string | Uint8Array, ...rest: []) => {
      if (typeof text !== 'string' || !/ANOMALY/.test(text)) return write(text, ...rest);
      printed.push(text);
      return true;
    }) as typeof process.stdout.write;
  });
  it.afterEach(async () => {
    process.stdout.write = write;
    await site.close();
  });

  itNats('leads a sealed frame from the watch to NATS and the console, step by step', async () => {
    const heard = await site.listen();
    const watch = await site.watch('watch-1');
    watch.send(lines(101, { service: 'app' }), 1);
    await watch.flush();
    const [message] = await until('an alert on NATS', () => heard.length > 0 && heard);
    const [alert] = (await site.http.get<AlertList>('/v1/alerts')).alerts;
    assert.equal(message?.id, alert?.id);
    assert.equal(message?.subject, 'alerts.v1.local.high.error_spike.device_3awatch-1');
    assert.equal(message?.transition, 'opened');
    await until('an alert on the console', () => printed.length > 0);
    assert.equal(printed[0], `${message?.text}\n\n`);
    const at = new Date(alert?.openedAt ?? 0).toISOString().slice(0, 19).replace('T', ' ');
    assert.deepEqual(message?.text.split('\n'), [
      '⚠️ ANOMALY DETECTED',
      'Type: error_spike',
      'Watch: watch-1',
      'Count: 101 errors in 5 minutes',
      'Severity: HIGH',
      `Time: ${at}`,
      'Action Required: Investigate immediately',
    ]);

    await site.settled();
    const lsn = `lsn:${alert?.trigger.split('.')[0]}`;
    const { spans } = site.tracer;
    const received = spans.find(({ name, link }) => name === 'gateway.receive' && link === lsn);
    assert.match(received?.trace ?? '', /^watch-1\/1\/[01]\/1$/);
    const way = site.tracer.wayOf(received?.trace ?? '', lsn, alert?.id ?? '');
    const names = way.map(({ name }) => name);
    const channels = ['channel.console', 'channel.nats'];
    assert.deepEqual(
      names.filter((name) => name !== 'store.put' && !channels.includes(name)),
      ['gateway.receive', 'journal.commit', 'detector.error_spike', 'subject.fold', 'alerter.fold'],
    );
    for (const channel of channels) {
      assert.ok(names.indexOf(channel) > names.indexOf('alerter.fold'), names.join(' '));
    }
    assert.ok(names.indexOf('store.put') > names.indexOf('journal.commit'), names.join(' '));
    for (const { name, start, end } of way) assert.ok(end >= start, name);
    const stored = await site.handle.parts.store.alerts.get(alert?.id ?? '');
    assert.equal(stored?.summary, '101 errors in 5 minutes');
  });

  itNats('takes a service’s log in, stores it and finds it again by every index', async () => {
    const marked = line({
      level: 'WARNING',
      message: 'issuer asks for a second factor',
      user_id: 'u-7',
      request_id: 'r-9',
      duration_ms: 12.5,
      attributes: { route: '/pay' },
    });
    const others = Array.from({ length: 20 }, (_, n) =>
      line({ level: 'INFO', message: `captured ${n}`, service: 'other-service' }),
    );
    assert.deepEqual(await site.logs([marked, ...others]), { accepted: 21 });
    const anHourAgo = Date.now() - 3_600_000;
    const old = [line({ level: 'WARNING', user_id: 'u-7', timestamp: anHourAgo })];
    assert.deepEqual(await site.logs(old), { accepted: 1 });
    await site.settled();
    const answer = await site.http.get<QueryPage>('/v1/records/query', {
      from: '-15m',
      service: 'payment-service',
      level: 'WARNING',
      user: 'u-7',
      text: 'second factor',
      explain: true,
    });
    assert.equal(answer.records.length, 1);
    const [record] = answer.records;
    for (const [key, value] of Object.entries(marked)) {
      assert.deepEqual((record as unknown as Record<string, unknown>)[key], value, key);
    }
    for (const index of ['timestamp', 'service', 'level', 'user_id']) {
      assert.ok(answer.plan.indexes.includes(index), `${index} in ${answer.plan.indexes.join()}`);
    }
    assert.ok(answer.plan.recordsScanned <= 1, `${answer.plan.recordsScanned} records were read`);
    const lsn = `lsn:${record?.lsn}`;
    assert.deepEqual(
      site.tracer.wayOf(lsn).map(({ name }) => name),
      ['gateway.receive', 'journal.commit', 'subject.fold', 'store.put'],
    );
    assert.equal((await site.api.alerts({})).alerts.length, 0);
  });

  itNats('lists what it refuses, keeps it as a dead letter, and takes the rest', async () => {
    const answer = (await site.logs([
      line({ level: 'INFO' }),
      { ...line(), level: 'LOUD' },
      { ...line(), message: undefined },
    ])) as { accepted: number; rejected: { index: number; pointer: string; reason: string }[] };
    assert.equal(answer.accepted, 1);
    assert.deepEqual(
      answer.rejected.map(({ index, pointer }) => [index, pointer]),
      [
        [1, '/level'],
        [2, '/message'],
      ],
    );
    await site.settled();
    const { letters } = await site.api.deadLetters({ limit: 10 });
    assert.deepEqual(letters.map(({ stage, pointer }) => `${stage} ${pointer}`).sort(), [
      'validate /level',
      'validate /message',
    ]);
    assert.deepEqual(
      letters
        .map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { level: string }).level)
        .sort(),
      ['ERROR', 'LOUD'],
    );
  });

  itNats(
    'fires at the 101st error, not at the 100th, and waits until somebody acknowledges',
    async () => {
      const heard = await site.listen();
      await site.logs(lines(100));
      await site.settled();
      assert.deepEqual((await site.api.alerts({})).alerts, []);
      await site.logs([line()]);
      await until('an alert on NATS', () => heard.length === 1);
      const [open] = (await site.http.get<AlertList>('/v1/alerts', { state: 'open' })).alerts;
      assert.equal(open?.severity, 'high');
      assert.equal(open?.subject, 'service:payment-service');
      assert.equal(open?.evidence.value, 101);
      assert.equal(open?.evidence.samples.length, 5);

      const path = `/v1/alerts/${open?.id}/ack`;
      const key = { 'idempotency-key': 'ack-1' };
      const acknowledged = await site.http.post<Alert>(path, { note: 'on it' }, key);
      assert.equal(acknowledged.state, 'acknowledged');
      assert.equal(acknowledged.note, 'on it');
      const again = await site.http.post<Alert>(path, { note: 'on it' }, key);
      assert.equal(again.revision, acknowledged.revision);
      await until('the acknowledgement on NATS', () => heard.length === 2);
      assert.equal(heard[1]?.transition, 'acknowledged');
      await until('the acknowledgement on the console', () => printed.length === 2);
      assert.match(printed[1] ?? '', /ANOMALY ACKNOWLEDGED[\s\S]*Acknowledged by: /);

      await site.down();
      await site.up();
      const [after] = (await site.http.get<AlertList>('/v1/alerts')).alerts;
      assert.deepEqual(
        [after?.state, after?.acknowledgedBy, after?.note],
        ['acknowledged', acknowledged.acknowledgedBy, 'on it'],
      );
      await site.http.post(`/v1/alerts/${open?.id}/resolve`, {});
      const late = await site.replay(3);
      assert.deepEqual(
        late.map(({ transition }) => transition),
        ['opened', 'acknowledged', 'resolved'],
      );
    },
  );

  itNats('takes an acknowledgement over NATS, and says so to all', async () => {
    const heard = await site.listen();
    await site.logs([line({ level: 'INFO', duration_ms: 5_001 })]);
    const [message] = await until('an alert on NATS', () => heard.length > 0 && heard);
    assert.equal(
      message?.subject,
      'alerts.v1.local.medium.slow_response.service_3apayment-service',
    );
    const subscriber = await site.subscriber();
    const ack = `acks.v1.local.${message?.id}`;
    const reply = await subscriber.request(ack, JSON.stringify({ by: 'ann', note: 'mine' }));
    assert.deepEqual(reply.json(), { ok: true, state: 'acknowledged' });
    await until('the acknowledgement on NATS', () => heard.length === 2);
    assert.equal(heard[1]?.['acknowledgedBy'] ?? heard[1]?.['acknowledged_by'], 'ann');
    const [alert] = (await site.http.get<AlertList>('/v1/alerts')).alerts;
    assert.deepEqual(
      [alert?.state, alert?.acknowledgedBy, alert?.note],
      ['acknowledged', 'ann', 'mine'],
    );
    await site.settled();
    assert.equal(
      (await site.handle.parts.store.alerts.get(alert?.id ?? ''))?.state,
      'acknowledged',
    );
    const refused = await subscriber.request('acks.v1.local.ffffffffffffffffffffffffffffffff');
    assert.equal(refused.json<{ ok: boolean; code: string }>().code, 'NOT_FOUND');
  });

  itNats('brings each of the five kinds of alert to its own NATS subject', async () => {
    const heard = await site.listen();
    const past = Date.now() - 660_000;
    await site.logs([
      line({ service: 'silent', level: 'INFO' }),
      ...lines(101, { service: 'spiky' }),
      ...lines(50, { service: 'auth', user_id: 'u-1', message: 'login refused' }),
      ...lines(10, { service: 'db', message: 'connect ECONNREFUSED 10.0.0.5:5432' }),
      line({ service: 'slow', level: 'INFO', duration_ms: 9_000, timestamp: past }),
    ]);
    await until('four alerts on NATS', () => heard.length >= 4);
    assert.deepEqual(heard.map(({ subject }) => subject).sort(), [
      'alerts.v1.local.critical.database_connection_failure.service_3adb',
      'alerts.v1.local.high.error_spike.service_3aspiky',
      'alerts.v1.local.medium.slow_response.service_3aslow',
      'alerts.v1.local.medium.suspicious_user_activity.user_3au-1',
    ]);
  });
});
