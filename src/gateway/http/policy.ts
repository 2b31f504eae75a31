import type { Role } from '../../security/tokens.ts';

/**
 * Who may call a route.
 * `open`: anybody. `signed`: the body authenticates itself (a watch's signed
 * hello). `local`: anybody on a loopback listener, otherwise as `read`.
 * The others name the least role.
 */
export type Access = 'open' | 'signed' | 'local' | 'read' | 'ingest' | 'act' | 'admin';

/** Every route of the HTTP API and who may call it. A route that is not listed here cannot be registered. */
export const POLICY = Object.freeze({
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'local',
  'GET /openapi.json': 'open',
  'GET /': 'open',
  'GET /*': 'open',

  'POST /v1/device/frames': 'signed',
  'POST /v1/logs': 'ingest',
  'GET /v1/import': 'ingest',
  'POST /v1/import': 'ingest',
  'POST /v1/events': 'ingest',
  'POST /otlp/v1/logs': 'ingest',
  'POST /v1/otlp/v1/logs': 'ingest',
  'POST /loki/api/v1/push': 'ingest',
  'GET /ready': 'open',
  'GET /elastic': 'ingest',
  'GET /elastic/*': 'ingest',
  'PUT /elastic/*': 'ingest',
  'POST /elastic/_bulk': 'ingest',
  'PUT /elastic/_bulk': 'ingest',
  'POST /elastic/:index/_bulk': 'ingest',
  'PUT /elastic/:index/_bulk': 'ingest',
  'POST /elastic/:index/_doc': 'ingest',
  'GET /_license': 'ingest',
  'GET /_xpack': 'ingest',
  'GET /_cluster/health': 'ingest',
  'POST /_bulk': 'ingest',
  'PUT /_bulk': 'ingest',
  'POST /:index/_bulk': 'ingest',
  'PUT /:index/_bulk': 'ingest',
  'POST /services/collector': 'ingest',
  'POST /services/collector/event': 'ingest',
  'POST /services/collector/event/1.0': 'ingest',
  'POST /services/collector/raw': 'ingest',
  'POST /services/collector/raw/1.0': 'ingest',
  'GET /services/collector/health': 'open',
  'GET /services/collector/health/1.0': 'open',

  'GET /v1/records/query': 'read',
  'POST /v1/records/query': 'read',
  'GET /v1/subjects': 'read',
  'GET /v1/subjects/:kind/:id': 'read',
  'GET /v1/subjects/:kind/:id/templates': 'read',
  'GET /v1/alerts': 'read',
  'GET /v1/alerts/:id': 'read',
  'POST /v1/alerts/:id/ack': 'act',
  'POST /v1/alerts/:id/resolve': 'act',
  'POST /v1/alerts/:id/label': 'act',
  'GET /v1/actors': 'read',
  'GET /v1/actors/*': 'read',
  'GET /v1/site': 'read',
  'GET /v1/detectors': 'read',
  'GET /v1/detectors/performance': 'read',
  'GET /v1/streams': 'read',
  'GET /v1/tap': 'read',
  'GET /v1/explain': 'read',
  'GET /v1/schema/drift': 'read',
  'GET /v1/enrichment': 'read',
  'GET /v1/models': 'read',
  'GET /v1/models/:name': 'read',
  'POST /v1/models/:name/promote': 'act',
  'POST /v1/models/:name/rollback': 'act',
  'GET /v1/ledger': 'read',
  'GET /v1/inputs': 'read',
  'GET /v1/overview': 'read',
  'GET /v1/health': 'read',
  'GET /v1/dlq': 'act',
  'POST /v1/dead-letters/replay': 'act',
  'GET /v1/devices': 'read',
  'POST /v1/devices': 'admin',
  'POST /v1/devices/:id/revoke': 'admin',
} as const satisfies Readonly<Record<string, Access>>);

/**
 * The routes that a token with a filter may call: they read the site through
 * the caller's view (src/gateway/scope) and nothing else. All others that ask
 * for a role are closed to it, whatever the role, as they show the whole site.
 */
const SCOPED: readonly RouteKey[] = [
  'GET /v1/site',
  'GET /v1/records/query',
  'POST /v1/records/query',
  'GET /v1/subjects',
  'GET /v1/subjects/:kind/:id',
  'GET /v1/subjects/:kind/:id/templates',
  'GET /v1/alerts',
  'GET /v1/alerts/:id',
];

/** Whether a token with a filter may call a route that asks for a role. */
export function isScoped(route: RouteKey): boolean {
  return SCOPED.includes(route);
}

/** `METHOD path`, the path as the router writes it. */
export type RouteKey = keyof typeof POLICY;

const ALLOWED: Readonly<Record<Exclude<Access, 'open' | 'signed'>, readonly Role[]>> =
  Object.freeze({
    local: ['viewer', 'operator', 'admin'],
    read: ['viewer', 'operator', 'admin'],
    ingest: ['service', 'operator', 'admin'],
    act: ['operator', 'admin'],
    admin: ['admin'],
  });

/** Roles that a route asks for; empty when it asks for none. */
export function rolesFor(access: Access): readonly Role[] {
  return access === 'open' || access === 'signed' ? [] : ALLOWED[access];
}

/** The one decision: may `role` do what needs `access`? Deny by default. */
export function isAllowed(access: Access, role: Role | undefined): boolean {
  if (access === 'open' || access === 'signed') return true;
  return role !== undefined && ALLOWED[access].includes(role);
}
