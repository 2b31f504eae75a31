import type { SiteApi } from '../../site-api.ts';
import { objectOf, ref, type Route } from '../route.ts';
import type { FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';

/** What could not be processed: to look at, and to take in again. */
export function deadLetterRoutes(api: Pick<SiteApi, 'deadLetters' | 'replayDeadLetters'>): Route[] {
  return [
    {
      key: 'GET /v1/dlq',
      summary: 'List dead letters: what could not be processed, with the reason',
      query: objectOf({
        limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
        cursor: { type: 'string', maxLength: 1024 },
      }),
      answers: { '200': { description: 'One page', schema: ref('DeadLetterPage') } },
      handle: async (request) => {
        const query = request.query as Parameters<SiteApi['deadLetters']>[0];
        const { letters, cursor } = await api.deadLetters(query);
        const shown = letters.map((letter) => ({
          ...letter,
          body: Buffer.from(letter.body).toString('base64'),
        }));
        return { letters: shown, cursor };
      },
    },
    {
      key: 'POST /v1/dead-letters/replay',
      summary:
        'Take dead letters in again, each once: the named ones, or a page of those that match',
      body: REPLAY,
      answers: {
        '200': {
          description: 'What became of each letter; what is accepted is durable',
          schema: ref('DeadLetterReplay'),
        },
      },
      handle: (request) => replay(api, request),
    },
  ];
}

const REPLAY = objectOf({
  ids: {
    type: 'array',
    items: { type: 'string', maxLength: 512 },
    minItems: 1,
    maxItems: 200,
    description: 'Letters by id',
  },
  all: { type: 'boolean', description: 'Letters of any kind' },
  reason: {
    type: 'string',
    minLength: 1,
    maxLength: 256,
    description: 'Part of reason or pointer',
  },
  service: { type: 'string', minLength: 1, maxLength: 128 },
  limit: { type: 'integer', minimum: 1, maximum: 200, default: 200 },
  cursor: { type: 'string', maxLength: 1024, description: 'From the previous page' },
});

type ReplayBody = Parameters<SiteApi['replayDeadLetters']>[0] & { readonly all?: boolean };

function replay(
  api: Pick<SiteApi, 'replayDeadLetters'>,
  { body }: FastifyRequest,
): ReturnType<SiteApi['replayDeadLetters']> {
  const { all, ...request } = body as ReplayBody;
  const { ids, reason, service } = request;
  const matches = all === true || reason !== undefined || service !== undefined;
  if ((ids !== undefined) !== matches) return api.replayDeadLetters(request);
  throw new WatchkeeperError('BAD_REQUEST', 'Say which letters: "ids", or what they match.', {
    fix: 'Give "ids" alone, or one or both of "reason" and "service", or "all": true.',
  });
}
