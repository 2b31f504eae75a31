import type { SiteApi } from '../../site-api.ts';
import { ref, type Route } from '../route.ts';

/** How records become alerts, as a graph. */
export function streamsRoute(api: Pick<SiteApi, 'streams'>): Route {
  return {
    key: 'GET /v1/streams',
    summary: 'Show how records become alerts: each stage, and what it feeds',
    answers: { '200': { description: 'The graph', schema: ref('StreamGraph') } },
    handle: () => api.streams(),
  };
}
