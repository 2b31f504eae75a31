import assert from 'node:assert/strict';
import { POLICY, isAllowed, rolesFor, type RouteKey } from '../../../src/gateway/http/policy.ts';
import { ROLES, type Role } from '../../../src/security/tokens.ts';
import { startGateway, type Fixture } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

const READERS: readonly Role[] = ['viewer', 'operator', 'admin'];
const SENDERS: readonly Role[] = ['service', 'operator', 'admin'];

/** Who may call what, written out by hand: the table under test must not be its own witness. */
const EXPECTED: Readonly<Record<RouteKey, readonly Role[] | 'anybody'>> = {
  'GET /healthz': 'anybody',
  'GET /readyz': 'anybody',
  'GET /metrics': 'anybody',
  'GET /openapi.json': 'anybody',
  'GET /': 'anybody',
  'GET /*': 'anybody',
  'POST /v1/device/frames': 'anybody',
  'POST /v1/logs': SENDERS,
  'GET /v1/import': SENDERS,
  'POST /v1/import': SENDERS,
  'POST /v1/events': SENDERS,
  'POST /otlp/v1/logs': SENDERS,
  'POST /v1/otlp/v1/logs': SENDERS,
  'POST /loki/api/v1/push': SENDERS,
  'GET /ready': 'anybody',
  'GET /elastic': SENDERS,
  'GET /elastic/*': SENDERS,
  'PUT /elastic/*': SENDERS,
  'POST /elastic/_bulk': SENDERS,
  'PUT /elastic/_bulk': SENDERS,
  'POST /elastic/:index/_bulk': SENDERS,
  'PUT /elastic/:index/_bulk': SENDERS,
  'POST /elastic/:index/_doc': SENDERS,
  'GET /_license': SENDERS,
  'GET /_xpack': SENDERS,
  'GET /_cluster/health': SENDERS,
  'POST /_bulk': SENDERS,
  'PUT /_bulk': SENDERS,
  'POST /:index/_bulk': SENDERS,
  'PUT /:index/_bulk': SENDERS,
  'POST /services/collector': SENDERS,
  'POST /services/collector/event': SENDERS,
  'POST /services/collector/event/1.0': SENDERS,
  'POST /services/collector/raw': SENDERS,
  'POST /services/collector/raw/1.0': SENDERS,
  'GET /services/collector/health': 'anybody',
  'GET /services/collector/health/1.0': 'anybody',
  'GET /v1/records/query': READERS,
  'POST /v1/records/query': READERS,
  'GET /v1/subjects': READERS,
  'GET /v1/subjects/:kind/:id/templates': READERS,
  'GET /v1/subjects/:kind/:id': READERS,
  'GET /v1/alerts': READERS,
  'GET /v1/alerts/:id': READERS,
  'POST /v1/alerts/:id/ack': ['operator', 'admin'],
  'POST /v1/alerts/:id/resolve': ['operator', 'admin'],
  'POST /v1/alerts/:id/label': ['operator', 'admin'],
  'GET /v1/actors': READERS,
  'GET /v1/actors/*': READERS,
  'GET /v1/site': READERS,
  'GET /v1/detectors': READERS,
  'GET /v1/detectors/performance': READERS,
  'GET /v1/streams': READERS,
  'GET /v1/tap': READERS,
  'GET /v1/explain': READERS,
  'GET /v1/schema/drift': READERS,
  'GET /v1/inputs': READERS,
  'GET /v1/enrichment': READERS,
  'GET /v1/models': READERS,
  'GET /v1/models/:name': READERS,
  'POST /v1/models/:name/promote': ['operator', 'admin'],
  'POST /v1/models/:name/rollback': ['operator', 'admin'],
  'GET /v1/ledger': READERS,
  'GET /v1/overview': READERS,
  'GET /v1/health': READERS,
  'POST /v1/dead-letters/replay': ['operator', 'admin'],
  'GET /v1/dlq': ['operator', 'admin'],
  'GET /v1/devices': READERS,
  'POST /v1/devices': ['admin'],
  'POST /v1/devices/:id/revoke': ['admin'],
};

const CALLERS: readonly (Role | 'none')[] = ['none', ...ROLES];

describe('policy', (it) => {
  let gateway: Fixture;
  it.before(async () => {
    gateway = await startGateway();
  });
  it.after(() => gateway.close());

  it('names exactly the routes that are expected', () => {
    assert.deepEqual(Object.keys(POLICY).sort(), Object.keys(EXPECTED).sort());
  });

  for (const [key, expected] of Object.entries(EXPECTED)) {
    it(`lets in ${String(expected)} for ${key}, and nobody else`, async () => {
      const [method = '', pattern = ''] = key.split(' ');
      const path = pattern
        .replace(':kind', 'device')
        .replace(':id', 'w-1')
        .replace('*', 'some/path');
      for (const caller of CALLERS) {
        const response = await gateway.call(path, { as: caller, method });
        const isIn = ![401, 403].includes(response.status);
        const shouldBeIn =
          expected === 'anybody' || (caller !== 'none' && expected.includes(caller));
        assert.equal(isIn, shouldBeIn, `${caller} got ${response.status}`);
        if (!isIn) assert.equal(response.status, caller === 'none' ? 401 : 403);
      }
    });
  }

  it('denies whoever has no role', () => {
    for (const access of ['local', 'read', 'ingest', 'act', 'admin'] as const) {
      assert.equal(isAllowed(access, undefined), false);
      assert.ok(rolesFor(access).includes('admin'));
    }
  });
});
