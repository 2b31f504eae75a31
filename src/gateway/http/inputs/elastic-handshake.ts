import type { FastifyReply, FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import type { HttpLimits } from '../limits.ts';
import type { Route } from '../route.ts';
import { ELASTIC_HEADERS, shapeElasticProblem } from './elastic-answer.ts';
import { inputBody } from './input-body.ts';

const JSON_TYPE = 'application/json';

/** Templates and policies can be large, and are not looked at. */
const ANY_TYPE = ['*'];

/** What shippers ask an Elasticsearch before they send: which version, which licence, and to keep templates. */
export function elasticRoutes(limits: HttpLimits, site: string): readonly Route[] {
  const facts = factsOf(site);
  const problem = shapeElasticProblem;
  const get = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = pathOf(request);
    const fact = facts.get(path);
    if (fact !== undefined) return send(reply, fact);
    throw new WatchkeeperError('NOT_FOUND', 'Nothing of that name is kept here.');
  };
  const asked = ['GET /elastic', 'GET /elastic/*', 'GET /_license', 'GET /_xpack'] as const;
  return [
    ...[...asked, 'GET /_cluster/health' as const].map((key) => ({
      key,
      summary: 'What a shipper asks an Elasticsearch before it sends',
      answers: { '200': { description: 'As Elasticsearch answers' } },
      problem,
      handle: get,
    })),
    {
      key: 'PUT /elastic/*',
      summary: 'Confirm templates and indices of shippers; none are kept, as the schema is fixed',
      raw: { ...inputBody(ANY_TYPE, limits), isOptional: true },
      answers: { '200': { description: 'Received, and not kept' } },
      problem,
      handle: (request, reply) => confirm(request, reply),
    },
  ];
}

/** Answers `GET /` of a shipper. The dashboard lives there, so only to those who ask for JSON and not for HTML. */
export function greetShipper(
  site: string,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply | undefined {
  const { accept = '' } = request.headers;
  const wantsJson = /application\/(?:json|vnd\.elasticsearch\+json)/.test(accept);
  if (!wantsJson || accept.includes('text/html')) return undefined;
  return send(reply, bannerOf(site));
}

function pathOf({ url }: FastifyRequest): string {
  const path = url.split('?', 1)[0] ?? '';
  return path.replace(/^\/elastic(?=\/|$)/, '').replace(/^\/|\/$/g, '');
}

/** An index is what has a name without an underscore in front. */
const KEPT_BY_ELASTICSEARCH =
  /^(?:(?:_index_template|_component_template|_template|_ilm\/policy|_ingest\/pipeline|_data_stream)\/[^/]+|[^_/][^/]*)$/;

function confirm(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!KEPT_BY_ELASTICSEARCH.test(pathOf(request))) {
    throw new WatchkeeperError(
      'NOT_FOUND',
      'Only indices, templates, policies and pipelines are confirmed.',
    );
  }
  void reply.header('warning', '299 Watchkeeper "Received, but not kept: the schema is fixed"');
  return send(reply, { acknowledged: true });
}

function send(reply: FastifyReply, body: object): FastifyReply {
  return reply.headers(ELASTIC_HEADERS).type(JSON_TYPE).send(JSON.stringify(body));
}

/** The version whose bulk protocol is spoken here. */
const VERSION = '8.19.0';

function bannerOf(site: string): object {
  return {
    name: 'watchkeeper',
    cluster_name: site,
    cluster_uuid: `watchkeeper-${site}`,
    version: {
      number: VERSION,
      build_flavor: 'default',
      build_type: 'watchkeeper',
      build_hash: 'unknown',
      build_snapshot: false,
      lucene_version: '9.12.2',
      minimum_wire_compatibility_version: '7.17.0',
      minimum_index_compatibility_version: '7.0.0',
    },
    // Clients of 7.x compare it.
    tagline: 'You Know, for Search',
  };
}

const LICENSE = Object.freeze({
  uid: '00000000-0000-0000-0000-000000000000',
  type: 'basic',
  mode: 'basic',
  status: 'active',
});

function factsOf(site: string): ReadonlyMap<string, object> {
  const off = { available: false, enabled: false };
  return new Map<string, object>([
    ['', bannerOf(site)],
    ['_license', { license: LICENSE }],
    ['_xpack', { license: LICENSE, features: { ilm: off, monitoring: off, security: off } }],
    [
      '_cluster/health',
      { cluster_name: site, status: 'green', timed_out: false, number_of_nodes: 1 },
    ],
  ]);
}
