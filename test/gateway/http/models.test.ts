import assert from 'node:assert/strict';
import { A_MODEL } from '../../support/fake-site.ts';
import { startGateway, type Fixture } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

describe('models over HTTP', (it) => {
  let gateway: Fixture;
  it.before(async () => {
    gateway = await startGateway();
  });
  it.after(() => gateway.close());
  const post = (path: string, body: unknown) =>
    gateway.call(path, {
      as: 'operator',
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });

  it('are listed, and shown with their metadata', async () => {
    const list = await gateway.call('/v1/models', { as: 'viewer' });
    assert.deepEqual(await list.json(), { models: [A_MODEL] });
    const one = (await (await gateway.call('/v1/models/vitals', { as: 'viewer' })).json()) as {
      readonly models: readonly { readonly metadata: { readonly kind: string } }[];
    };
    assert.equal(one.models[0]?.metadata.kind, 'isolation_forest');
    assert.equal((await gateway.call('/v1/models/none', { as: 'viewer' })).status, 404);
    assert.equal((await gateway.call('/v1/models/..%2Fx', { as: 'viewer' })).status, 400);
  });

  it('are promoted and rolled back in the name of the caller', async () => {
    for (const [path, body] of [
      ['promote', { to: 'live', why: 'better' }],
      ['rollback', { why: 'better' }],
    ] as const) {
      const answer = await post(`/v1/models/vitals/${path}`, body);
      assert.equal(answer.status, 200);
      const { history } = (await answer.json()) as typeof A_MODEL;
      assert.deepEqual([history[0]?.to, history[0]?.why], ['live', 'better']);
      assert.ok((history[0]?.by ?? '') !== '');
    }
  });

  it('take no version, stage or share that is none', async () => {
    const wrong = [
      { version: 'xyz' },
      { version: '' },
      { to: 'best' },
      { share: 0 },
      { share: 2 },
      { more: 1 },
    ];
    for (const body of wrong) {
      const { status } = await post('/v1/models/vitals/promote', body);
      assert.equal(status, 400, JSON.stringify(body));
    }
  });
});
