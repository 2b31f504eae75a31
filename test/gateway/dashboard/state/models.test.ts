import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../../src/core/simulated-clock.ts';
import { createActorsModel } from '../../../../src/gateway/dashboard/state/actors-model.ts';
import {
  createAlertsModel,
  type AlertsModel,
} from '../../../../src/gateway/dashboard/state/alerts-model.ts';
import {
  ApiError,
  createApiClient,
  type ApiClient,
} from '../../../../src/gateway/dashboard/state/api-client.ts';
import {
  keepToken,
  forgetToken,
  openSession,
} from '../../../../src/gateway/dashboard/state/session.ts';
import type { Alert } from '../../../../src/model/alert.ts';
import { aFrame, anActor, anAlert, NOW, someActors } from '../../../support/dashboard-fixtures.ts';
import { describe } from '../../../support/suite.ts';

interface Acting {
  readonly model: AlertsModel;
  readonly clock: SimulatedClock;
  readonly asked: unknown[];
  readonly answer: (result: Alert | Error) => void;
}

/** An alerts model whose API answers when the test says so. */
function acting(): Acting {
  const clock = new SimulatedClock(NOW);
  const asked: unknown[] = [];
  let settle: (result: Alert | Error) => void = () => {};
  const act: ApiClient['act'] = (request) => {
    asked.push(request);
    return new Promise((resolve, reject) => {
      settle = (result) => {
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
    });
  };
  const api = { act } as ApiClient;
  const model = createAlertsModel({
    clock,
    siteNow: () => clock.now(),
    api: () => api,
    newId: () => 'id-1',
  });
  return { model, clock, asked, answer: (result) => settle(result) };
}

const snapshot = (...alerts: Alert[]): Parameters<AlertsModel['receive']>[0] => ({
  type: 'alerts',
  snapshot: true,
  alerts,
});
const change = (...alerts: Alert[]): Parameters<AlertsModel['receive']>[0] => ({
  type: 'alerts',
  snapshot: false,
  alerts,
});

describe('dashboard alerts model', (it) => {
  it('shows a change at once and keeps what the site answers', async () => {
    const { model, asked, answer } = acting();
    const alert = anAlert();
    model.receive(snapshot(alert));
    const done = model.act({ id: alert.id, action: 'acknowledge', note: 'mine' });
    assert.equal(model.shown.value.get(alert.id)?.state, 'acknowledged');
    assert.equal(model.shown.value.get(alert.id)?.acknowledgedBy, 'you');
    assert.ok(model.pending.value.has(alert.id));
    assert.deepEqual(asked, [
      { alert: alert.id, action: 'acknowledge', note: 'mine', commandId: 'id-1' },
    ]);
    answer(anAlert({ state: 'acknowledged', acknowledgedBy: 'mara', revision: 2 }));
    await done;
    assert.equal(model.shown.value.get(alert.id)?.acknowledgedBy, 'mara');
    assert.equal(model.pending.value.size, 0);
  });

  it('takes the change back when the site refuses', async () => {
    const { model, answer } = acting();
    const alert = anAlert();
    model.receive(snapshot(alert));
    const done = model.act({ id: alert.id, action: 'resolve', note: '' });
    assert.equal(model.shown.value.get(alert.id)?.state, 'resolved');
    answer(new ApiError(507, 'full'));
    await assert.rejects(done, { status: 507 });
    assert.equal(model.shown.value.get(alert.id)?.state, 'open');
  });

  it('lets the feed overtake an answer', async () => {
    const { model, answer } = acting();
    const alert = anAlert();
    model.receive(snapshot(alert));
    const done = model.act({ id: alert.id, action: 'acknowledge', note: '' });
    model.receive(change(anAlert({ state: 'resolved', revision: 3 })));
    assert.equal(model.shown.value.get(alert.id)?.state, 'resolved');
    assert.equal(model.pending.value.size, 0);
    answer(anAlert({ state: 'acknowledged', revision: 2 }));
    await done;
    assert.equal(model.shown.value.get(alert.id)?.state, 'resolved');
  });

  it('does nothing to an alert that it does not know', async () => {
    const { model, asked } = acting();
    await model.act({ id: 'nobody', action: 'resolve', note: '' });
    assert.deepEqual(asked, []);
  });

  it('forgets what a new snapshot no longer names, but not what came beside it', () => {
    const { model } = acting();
    const [gone, kept, beside, done] = ['1', '2', '3', '4'].map((id) =>
      anAlert({ id, state: id === '4' ? 'resolved' : 'open' }),
    );
    assert.ok(gone && kept && beside && done);
    model.receive(snapshot(gone, kept, done));
    model.connected();
    model.receive(change(beside));
    model.receive(snapshot(kept));
    assert.deepEqual([...model.shown.value.keys()].sort(), ['2', '3', '4']);
  });

  it('keeps a bounded number of alerts, open ones before old ones', () => {
    const { model } = acting();
    const resolved = Array.from({ length: 5000 }, (_, index) =>
      anAlert({ id: `r${index}`, state: 'resolved', resolvedAt: index }),
    );
    model.receive(snapshot(...resolved));
    model.receive(change(anAlert({ id: 'new' })));
    assert.equal(model.shown.value.size, 5000);
    assert.ok(model.shown.value.has('new'));
    assert.ok(!model.shown.value.has('r0'));
  });

  it('announces at most once in five seconds, and nothing of the first snapshot', () => {
    const { model, clock } = acting();
    const urgent = (id: string): Alert => anAlert({ id, severity: 'critical' });
    model.receive(snapshot(urgent('0')));
    clock.advance(10);
    assert.equal(model.announced.value, '');
    model.receive(change(urgent('1')));
    clock.advance(1);
    const first = model.announced.value;
    assert.equal(first, 'New critical alert: Error spike, payment-service.');
    model.receive(change(urgent('2')));
    model.receive(change(urgent('3')));
    clock.advance(4990);
    assert.equal(model.announced.value, first);
    clock.advance(20);
    assert.match(model.announced.value, /And 1 more/);
  });
});

describe('dashboard actors model', (it) => {
  const actors = someActors(2);

  it('joins a topology and its frames', () => {
    const model = createActorsModel();
    const depths = (): readonly number[] => [...(model.snapshot.value?.columns.mailbox ?? [])];
    model.receive(aFrame(1, actors) as never);
    assert.deepEqual(depths(), []);
    model.receive({ type: 'topo', version: 1, actors });
    assert.deepEqual(
      depths(),
      actors.map(({ mailbox }) => mailbox),
    );
    model.receive(
      aFrame(
        1,
        actors.map((actor) => ({ ...actor, mailbox: 9 })),
      ) as never,
    );
    assert.deepEqual(
      depths(),
      actors.map(() => 9),
    );
  });

  it('leaves frames of another topology out', () => {
    const model = createActorsModel();
    model.receive({ type: 'topo', version: 2, actors });
    const before = model.snapshot.value;
    model.receive(aFrame(1, actors) as never);
    assert.equal(model.snapshot.value, before);
  });

  it('follows the mailbox of one actor, bounded', () => {
    const model = createActorsModel();
    const path = actors[1]?.path ?? '';
    model.receive({ type: 'topo', version: 1, actors });
    model.history(path);
    for (let depth = 0; depth < 130; depth += 1) {
      model.receive(
        aFrame(
          1,
          actors.map((actor) => ({ ...actor, mailbox: depth })),
        ) as never,
      );
    }
    assert.equal(model.history(path).length, 120);
    assert.equal(model.history(path).at(-1), 129);
    assert.deepEqual(model.history('/other'), []);
  });

  it('keeps the newest hundred events', () => {
    const model = createActorsModel();
    for (let index = 0; index < 105; index += 1) {
      model.receive({
        type: 'event',
        at: index,
        event: { type: 'restarted', path: '/a', restarts: index },
      });
    }
    assert.equal(model.events.value.length, 100);
    assert.equal(model.events.value[0]?.at, 104);
    assert.equal(new Set(model.events.value.map(({ id }) => id)).size, 100);
  });

  it('keeps an actor that stopped out of the tree', () => {
    const model = createActorsModel();
    model.receive({
      type: 'topo',
      version: 1,
      actors: [anActor({ path: '/a' }), anActor({ path: '/b' })],
    });
    model.history('/b');
    model.receive({ type: 'topo', version: 2, actors: [anActor({ path: '/a' })] });
    assert.equal(model.snapshot.value?.tree.positionOf.has('/b'), false);
  });
});

describe('dashboard API client', (it) => {
  interface Recorded {
    readonly url: string;
    readonly init: RequestInit | undefined;
  }

  function client(answers: readonly (readonly [status: number, body: unknown] | Error)[]): {
    api: ApiClient;
    calls: Recorded[];
    refused: () => number;
  } {
    const calls: Recorded[] = [];
    const queue = [...answers];
    let refusals = 0;
    const fake: typeof fetch = (url, init) => {
      calls.push({ url: String(url), init });
      const answer = queue.shift() ?? new Error('no answer left');
      if (answer instanceof Error) return Promise.reject(answer);
      const [status, body] = answer;
      return Promise.resolve(
        new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }),
      );
    };
    const onRefused = (): void => {
      refusals += 1;
    };
    return {
      api: createApiClient({ token: 't', fetch: fake, onRefused }),
      calls,
      refused: () => refusals,
    };
  }

  it('asks with the bearer token', async () => {
    const { api, calls } = client([[200, { alerts: [] }]]);
    await api.check();
    assert.equal(calls[0]?.url, '/v1/alerts?limit=1');
    assert.deepEqual(calls[0].init?.headers, { authorization: 'Bearer t' });
  });

  it('acts with a note and an idempotency key', async () => {
    const { api, calls } = client([
      [200, anAlert()],
      [200, anAlert()],
    ]);
    await api.act({ alert: 'a b', action: 'acknowledge', note: 'n', commandId: 'k' });
    await api.act({ alert: 'x', action: 'resolve', note: '', commandId: 'k' });
    assert.deepEqual(
      calls.map(({ url }) => url),
      ['/v1/alerts/a%20b/ack', '/v1/alerts/x/resolve'],
    );
    assert.equal(calls[0]?.init?.body, '{"note":"n"}');
    assert.equal((calls[0].init.headers as Record<string, string>)['idempotency-key'], 'k');
  });

  it('labels, and keeps the answer', async () => {
    const { api, calls } = client([[200, anAlert({ label: 'useful', revision: 2 })]]);
    const clock = new SimulatedClock(NOW);
    const newId = () => 'k';
    const model = createAlertsModel({ clock, siteNow: () => clock.now(), api: () => api, newId });
    model.add([anAlert()]);
    await model.label(anAlert().id, 'useful');
    assert.equal(model.shown.value.get(anAlert().id)?.label, 'useful');
    assert.equal(calls[0]?.url, `/v1/alerts/${anAlert().id}/label`);
    assert.equal(calls[0].init?.body, '{"label":"useful"}');
    await assert.rejects(model.label('x', 'false'));
  });

  it('asks for each model, and leaves out what cannot be read of one', async () => {
    const stages = [{ name: 'a b' }, { name: 'c' }];
    const { api, calls } = client([
      [200, { models: stages }],
      [200, { name: 'a b', models: [{ id: '1' }] }],
      [500, { detail: 'The artefact is damaged.' }],
    ]);
    assert.deepEqual(await api.models(), [
      { stages: stages[0], versions: [{ id: '1' }] },
      { stages: stages[1], versions: undefined },
    ]);
    assert.deepEqual(
      calls.map(({ url }) => url),
      ['/v1/models', '/v1/models/a%20b', '/v1/models/c'],
    );
  });

  it('writes paths so that they arrive whole', async () => {
    const { api, calls } = client([
      [200, {}],
      [200, {}],
      [200, { records: [] }],
    ]);
    await api.actor('/site/a b/c?d');
    await api.subject('device:a:b');
    await api.records({ subject: 'device:a', from: 1, to: 2, limit: 3 });
    assert.deepEqual(
      calls.map(({ url }) => url),
      [
        '/v1/actors/site/a%20b/c%3Fd',
        '/v1/subjects/device/a%3Ab',
        '/v1/records/query?subject=device%3Aa&from=1&to=2&limit=3',
      ],
    );
  });

  it('reads all pages of the subjects', async () => {
    const { api, calls } = client([
      [200, { subjects: [{ id: 'device:1' }], cursor: 'c+1' }],
      [200, { subjects: [{ id: 'device:2' }] }],
    ]);
    const subjects = await api.subjects('device');
    assert.deepEqual(
      subjects.map(({ id }) => id),
      ['device:1', 'device:2'],
    );
    assert.match(calls[1]?.url ?? '', /&cursor=c%2B1$/);
  });

  it('says what the site said, and tells of a refused token', async () => {
    const { api, refused } = client([
      [409, { title: 'Conflict', detail: 'It is resolved.' }],
      [401, { title: 'Unauthenticated' }],
      [502, '<html>'],
      new TypeError('fetch failed'),
    ]);
    await assert.rejects(api.alert('x'), {
      name: 'ApiError',
      status: 409,
      message: 'It is resolved.',
    });
    await assert.rejects(api.alert('x'), { status: 401, message: 'Unauthenticated' });
    assert.equal(refused(), 1);
    await assert.rejects(api.alert('x'), { status: 502, message: 'The site answered 502.' });
    await assert.rejects(api.alert('x'), { status: 0, message: 'The site does not answer.' });
  });
});

describe('dashboard session', (it) => {
  it('takes the token from the address first, and keeps it for the tab', () => {
    const kept = new Map<string, string>();
    const replaced: string[] = [];
    const place = (hash: string): Parameters<typeof openSession>[0] => ({
      location: { hash, pathname: '/', search: '?x=1' },
      history: { replaceState: (_state, _title, url) => replaced.push(String(url)) },
      storage: {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, value),
        removeItem: (key) => kept.delete(key),
      },
    });
    assert.equal(openSession(place('#/alerts')), undefined);
    assert.equal(openSession(place('#token=one&to=/alerts')), 'one');
    assert.deepEqual(replaced, ['/?x=1#/alerts']);
    assert.equal(openSession(place('#/alerts')), 'one');
    keepToken(place('').storage, 'two');
    assert.equal(openSession(place('')), 'two');
    forgetToken(place('').storage);
    assert.equal(openSession(place('')), undefined);
  });
});
