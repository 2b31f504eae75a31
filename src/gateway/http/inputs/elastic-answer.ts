import type { Problem, ShapedProblem } from '../problem.ts';

/** Clients look for it before they trust an answer. */
export const ELASTIC_HEADERS = Object.freeze({ 'x-elastic-product': 'Elasticsearch' });

const TYPES: Readonly<Partial<Record<number, string>>> = {
  401: 'security_exception',
  403: 'security_exception',
  404: 'resource_not_found_exception',
  413: 'content_too_long_exception',
  429: 'es_rejected_execution_exception',
  503: 'unavailable_shards_exception',
};

/** An error as Elasticsearch answers it. */
export function shapeElasticProblem({ status: given, detail, fix }: Problem): ShapedProblem {
  const status = given === 507 ? 503 : given;
  const fallback = status < 500 ? 'illegal_argument_exception' : 'exception';
  const cause = { type: TYPES[status] ?? fallback, reason: `${detail} ${fix}`.trim() };
  const body = { error: { root_cause: [cause], ...cause }, status };
  return { status, type: 'application/json', body: JSON.stringify(body) };
}
