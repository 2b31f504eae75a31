import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/core/clock.ts';
import { SiteClient } from '../../src/cli/http/site-client.ts';
import { decodeFeed, encodeFeed } from '../../src/gateway/feed/codec.ts';
import { POLICY, isAllowed, isScoped, type RouteKey } from '../../src/gateway/http/policy.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { FeedMessage } from '../../src/model/feed.ts';
import { openTokenStore } from '../../src/security/tokens.ts';
import { describe } from '../support/suite.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { lines, vitals } from '../support/e2e/records.ts';
import { until } from '../support/nats-server.ts';

interface Found {
  readonly records: readonly { readonly service: string; readonly message: string }[];
  readonly cursor?: string;
  readonly plan?: { readonly recordsScanned: number };
}
interface Alerts {
  readonly alerts: readonly Alert[];
  readonly cursor?: string;
}

const SECRET = 'auth-service';

describe('a token with a filter', (it) => {
  let site: E2eSite;
  let scoped: SiteClient;
  let other: SiteClient;
  let token = '';
  it.before(async () => {
    site = await E2eSite.start({ withNats: false });
    await site.logs(lines(120, { user_id: 'u1' }));
    await site.logs(lines(120, { service: SECRET, message: 'topsecret', user_id: 'u2' }));
    await site.logs(lines(5, { level: 'INFO', message: 'paid', user_id: 'u2' }));
    const watch = await site.watch('w-1');
    watch.send([vitals(Date.now(), 70)], 1);
    await watch.flush();
    await site.settled();
    await until('both alerts', async () => {
      const { alerts } = await site.http.get<Alerts>('/v1/alerts', { type: 'error_spike' });
      return new Set(alerts.map(({ subject }) => subject)).size >= 2;
    });
    const tokens = await openTokenStore({ folder: site.dataFolder, clock: systemClock });
    const client = async (filter: string): Promise<SiteClient> => {
      const issued = await tokens.issue({ role: 'viewer', name: 'scoped', filter });
      ({ token } = issued);
      const made = new SiteClient({ url: site.handle.url, token });
      // A running site sees a change of the file within a second.
      await until('the token is known', () =>
        made.get('/v1/site').then(
          () => true,
          () => false,
        ),
      );
      return made;
    };
    other = await client('user_id:u1');
    scoped = await client('service:payment*');
  });
  it.after(async () => {
    scoped?.close();
    other?.close();
    await site.close();
  });

  const ALL = { from: '-1h', limit: 1_000 };
  const find = (query: Record<string, string | number | boolean>): Promise<Found> =>
    scoped.get<Found>('/v1/records/query', { ...ALL, ...query });
  const fails = (path: string, code: string, query = {}): Promise<void> =>
    assert.rejects(scoped.get(path, query), { code }, path);

  it('sees the records that match and no others', async () => {
    const { records, plan } = await find({});
    assert.equal(records.length, 125);
    assert.ok(records.every(({ service }) => service === 'payment-service'));
    assert.equal(plan, undefined);
  });

  for (const [name, query] of [
    ['by service', { service: SECRET }],
    ['by subject', { subject: `service:${SECRET}` }],
    ['by text', { text: 'topsecret' }],
    ['by a filter', { filter: `service:${SECRET}` }],
    ['by OR', { filter: `service:payment-service OR service:${SECRET}`, text: 'topsecret' }],
    ['by NOT', { filter: '-service:payment-service' }],
    [
      'by a parenthesis that closes the filter',
      { filter: 'topsecret OR (a:b OR -a:b)', service: SECRET },
    ],
    ['by their user', { user: 'u2', text: 'topsecret' }],
    ['by the axis of ingest', { axis: 'ingest', service: SECRET }],
    ['of watches', { subject: 'device:w-1' }],
  ] as const) {
    it(`does not find hidden records ${name}`, async () => {
      assert.deepEqual((await find(query)).records, []);
    });
  }

  it('tells nothing of what was read for it', async () => {
    const { plan } = await find({ explain: true, service: SECRET });
    assert.equal(plan?.recordsScanned, 0);
  });

  it('finds by POST what it finds by GET', async () => {
    const body = { ...ALL, filter: `service:${SECRET} OR service:payment-service` };
    const { records } = await scoped.post<Found>('/v1/records/query', body);
    assert.equal(records.length, 125);
  });

  it('pages through with cursors of its own and refuses those of others', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await find({ limit: 50, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.records.map(({ service }) => service));
      ({ cursor } = page);
      if (cursor !== undefined) {
        await assert.rejects(other.get('/v1/records/query', { ...ALL, cursor }), {
          code: 'QUERY_INVALID',
        });
      }
    } while (cursor !== undefined);
    assert.equal(seen.length, 125);
    const admin = await site.http.get<Found>('/v1/records/query', { ...ALL, limit: 5 });
    await fails('/v1/records/query', 'QUERY_INVALID', { ...ALL, cursor: admin.cursor });
  });

  it('lists its subjects, and finds no other by its id', async () => {
    const { subjects } = await scoped.get<{ subjects: readonly { id: string }[] }>('/v1/subjects');
    assert.deepEqual(
      subjects.map(({ id }) => id),
      ['service:payment-service'],
    );
    await scoped.get('/v1/subjects/service/payment-service');
    for (const path of [`service/${SECRET}`, 'device/w-1', 'user/u1', 'user/u2', 'service/none']) {
      await fails(`/v1/subjects/${path}`, 'NOT_FOUND');
    }
  });

  it('lists its alerts, and finds no other by its id', async () => {
    const all = await site.http.get<Alerts>('/v1/alerts');
    const hidden = all.alerts.filter(({ subject }) => subject !== 'service:payment-service');
    assert.ok(hidden.length > 0);
    const { alerts } = await scoped.get<Alerts>('/v1/alerts');
    assert.ok(alerts.length > 0);
    assert.ok(alerts.every(({ subject }) => subject === 'service:payment-service'));
    for (const { id, subject } of hidden) {
      await fails(`/v1/alerts/${id}`, 'NOT_FOUND');
      assert.deepEqual((await scoped.get<Alerts>('/v1/alerts', { subject })).alerts, []);
    }
    for (const { id } of alerts) assert.equal((await scoped.get<Alert>(`/v1/alerts/${id}`)).id, id);
    const one = await scoped.get<Alerts>('/v1/alerts', { limit: 1 });
    assert.equal(one.alerts.length, 1);
  });

  it('lists alerts by a filter over alerts, within its own', async () => {
    const list = async (filter: string): Promise<number> =>
      (await scoped.get<Alerts>('/v1/alerts', { filter })).alerts.length;
    assert.ok((await list('severity>=low type:error_spike')) > 0);
    assert.equal(await list('-type:error_spike type:error_spike'), 0);
    assert.equal(await list(`service:${SECRET} OR subject:user:u2`), 0);
    const all = await site.http.get<Alerts>('/v1/alerts', { filter: `service:${SECRET}` });
    assert.ok(all.alerts.length > 0);
    await fails('/v1/alerts', 'QUERY_INVALID', { filter: 'severty:high' });
  });

  it('cannot act on alerts, not even its own', async () => {
    const { alerts } = await scoped.get<Alerts>('/v1/alerts');
    await assert.rejects(scoped.post(`/v1/alerts/${alerts[0]?.id ?? ''}/ack`, {}), {
      code: 'FORBIDDEN',
    });
  });

  it('is refused whatever is about the whole site', async () => {
    const closed = (Object.keys(POLICY) as RouteKey[]).filter(
      (key) => key.startsWith('GET /v1/') && isAllowed(POLICY[key], 'viewer') && !isScoped(key),
    );
    assert.ok(closed.length >= 10);
    for (const key of closed) {
      const path = key.slice('GET '.length).replace('*', 'local').replace(/:\w+/g, 'x');
      await fails(path, 'FORBIDDEN', { subject: 'service:payment-service' });
    }
  });

  it('hears on the feed only what it sees', async () => {
    const socket = new WebSocket(`${site.handle.url.replace('http', 'ws')}/ui/ws`);
    const got: FeedMessage[] = [];
    socket.on('message', (data: Buffer) => got.push(decodeFeed(data)));
    await once(socket, 'open');
    socket.send(encodeFeed({ type: 'hello', proto: 1, token }));
    await until('the snapshot', () => got.some(({ type }) => type === 'alerts'));
    for (const page of ['actors', 'overview'] as const) {
      socket.send(encodeFeed({ type: 'sub', page, path: '/local/alerter', hz: 10 }));
    }
    socket.send(encodeFeed({ type: 'sub', page: 'subject', subject: 'device:w-1', hz: 10 }));
    const watch = site.watchAgain('w-1');
    watch.send([vitals(Date.now(), 71)], 1);
    await watch.flush();
    const { alerts } = await site.http.get<Alerts>('/v1/alerts');
    for (const { id } of alerts) await site.http.post(`/v1/alerts/${id}/ack`, {});
    await until('its alert again', () =>
      got.some((each) => each.type === 'alerts' && !each.snapshot),
    );
    const ticks = (): number => got.filter(({ type }) => type === 'overview').length;
    const before = ticks();
    await until('two more ticks', () => ticks() >= before + 2);
    socket.terminate();
    const kinds = new Set(got.map(({ type }) => type));
    for (const type of ['topo', 'frame', 'event', 'state', 'vitals'] as const) {
      assert.ok(!kinds.has(type), type);
    }
    for (const message of got) {
      if (message.type === 'alerts') {
        assert.ok(message.alerts.every(({ subject }) => subject === 'service:payment-service'));
      }
      if (message.type === 'overview') {
        assert.equal(message.overview.ledger.received, 0);
        assert.deepEqual(message.overview.subjects, { device: 0, service: 0, user: 0 });
      }
    }
    assert.ok(!JSON.stringify(got).includes('topsecret'));
  });

  it('hides what its filter cannot decide', async () => {
    const { records } = await other.get<Found>('/v1/records/query', ALL);
    assert.equal(records.length, 120);
    const { alerts } = await other.get<Alerts>('/v1/alerts');
    assert.ok(alerts.every(({ subject }) => subject === 'user:u1'));
    const { subjects } = await other.get<{ subjects: readonly { id: string }[] }>('/v1/subjects');
    assert.deepEqual(
      subjects.map(({ id }) => id),
      ['user:u1'],
    );
  });
});
