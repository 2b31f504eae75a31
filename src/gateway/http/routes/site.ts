import type { SiteApi } from '../../site-api.ts';
import type { HttpGatewayOptions } from '../options.ts';
import { ref, type Route } from '../route.ts';

/** What the site says about itself. `isClosing` turns readiness off before the server stops. */
export function siteRoutes(
  { api, metrics }: Pick<HttpGatewayOptions, 'api' | 'metrics'>,
  isClosing: () => boolean,
): readonly Route[] {
  return [
    keyRoute(api),
    ...detectorRoutes(api),
    ...stateRoutes(api),
    ...healthRoutes(api, isClosing),
    metricsRoute(metrics),
  ];
}

function keyRoute(api: SiteApi): Route {
  return {
    key: 'GET /v1/site',
    summary: 'Show the name of the site and the key that watches seal to, for pinning',
    answers: { '200': { description: 'Name and key in force', schema: ref('Site') } },
    handle: () => {
      const { id, publicKey } = api.siteKey();
      return {
        site: api.name,
        key_id: id,
        public_key: Buffer.from(publicKey).toString('base64url'),
      };
    },
  };
}

function detectorRoutes(api: SiteApi): readonly Route[] {
  return [
    {
      key: 'GET /v1/detectors',
      summary: 'List the detectors in force with their options',
      answers: { '200': { description: 'The detectors', schema: ref('Detectors') } },
      handle: () => ({ detectors: api.detectors() }),
    },
    {
      key: 'GET /v1/detectors/performance',
      summary: 'Show how well detectors and models do, by labels and acknowledgements of 30 days',
      answers: { '200': { description: 'One row each', schema: ref('Performance') } },
      handle: () => api.performance(),
    },
  ];
}

function stateRoutes(api: SiteApi): readonly Route[] {
  return [
    {
      key: 'GET /v1/schema/drift',
      summary: 'Show how records differ from the log schema, by service and field',
      answers: { '200': { description: 'Counts since the start', schema: ref('SchemaDrift') } },
      handle: () => ({ drift: api.schemaDrift() }),
    },
    {
      key: 'GET /v1/enrichment',
      summary: 'Show the lookup tables that records and alerts are enriched with',
      answers: { '200': { description: 'The tables in force', schema: ref('Enrichment') } },
      handle: () => api.enrichment(),
    },
    {
      key: 'GET /v1/ledger',
      summary: 'Show the loss ledger: where every frame ended',
      answers: { '200': { description: 'The ledger', schema: ref('Ledger') } },
      handle: () => api.ledger(),
    },
    {
      key: 'GET /v1/inputs',
      summary: 'List the inputs that listen on ports of their own, and what came through them',
      answers: { '200': { description: 'The inputs', schema: ref('Inputs') } },
      handle: () => ({ inputs: api.inputs() }),
    },
    {
      key: 'GET /v1/overview',
      summary: 'Show the numbers of the overview page',
      answers: { '200': { description: 'The numbers' } },
      handle: () => api.overview(),
    },
  ];
}

function healthRoutes(api: SiteApi, isClosing: () => boolean): readonly Route[] {
  return [
    {
      key: 'GET /healthz',
      summary: 'Say whether the process lives',
      answers: { '200': { description: 'It does' } },
      handle: () => ({ status: 'ok' }),
    },
    {
      key: 'GET /readyz',
      summary: 'Say whether the site takes and processes records',
      answers: { '200': { description: 'Ready' }, '503': { description: 'Not ready' } },
      handle: async (_request, reply) => {
        const { ready, state } = await api.health();
        const isReady = ready && !isClosing();
        if (!isReady) void reply.header('retry-after', '1');
        void reply.code(isReady ? 200 : 503);
        return { ready: isReady, state };
      },
    },
    {
      key: 'GET /v1/health',
      summary: 'Show each part with its state, the evidence and what to do',
      answers: { '200': { description: 'The parts', schema: ref('Health') } },
      handle: () => api.health(),
    },
  ];
}

function metricsRoute(metrics: HttpGatewayOptions['metrics']): Route {
  return {
    key: 'GET /metrics',
    summary: 'Metrics for Prometheus; open on loopback, otherwise with a token',
    answers: { '200': { description: 'Text exposition format', type: 'text/plain' } },
    handle: async (_request, reply) =>
      reply.header('content-type', metrics.contentType).send(await metrics.text()),
  };
}
