import { WatchkeeperError } from '../../../core/errors.ts';
import type { SiteApi } from '../../site-api.ts';
import { ref, type Route } from '../route.ts';

/** The supervision tree. */
export function actorRoutes(api: SiteApi): readonly Route[] {
  return [
    {
      key: 'GET /v1/actors',
      summary: 'List all actors',
      answers: {
        '200': {
          description: 'Every actor, parents before their children',
          schema: {
            type: 'object',
            properties: { actors: { type: 'array', items: ref('Actor') } },
          },
        },
      },
      handle: () => ({ actors: api.actors() }),
    },
    {
      key: 'GET /v1/actors/*',
      summary: 'Show one actor: its state (redacted), counts and recent errors',
      answers: { '200': { description: 'The actor', schema: ref('ActorDetail') } },
      handle: (request) => {
        const path = (request.params as { readonly '*': string })['*'];
        const found = api.actor(path) ?? api.actor(`/${path}`);
        if (found !== undefined) return found;
        throw new WatchkeeperError(
          'NOT_FOUND',
          `There is no actor at ${JSON.stringify(path.slice(0, 400))}.`,
          { fix: 'List their paths with GET /v1/actors; an idle one may have been passivated.' },
        );
      },
    },
  ];
}
