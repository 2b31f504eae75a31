import { WatchkeeperError } from '../../../core/errors.ts';
import { parseSubjectId } from '../../../model/subject.ts';
import type { SubjectExplanation } from '../../../model/verdict.ts';
import type { SiteApi } from '../../site-api.ts';
import { objectOf, ref, type Route } from '../route.ts';

type Api = Pick<SiteApi, 'streams' | 'tap' | 'explain'>;

/** How records become alerts, as a graph, live; and why a detector has fired or not. */
export function streamRoutes(api: Api): readonly Route[] {
  return [
    {
      key: 'GET /v1/streams',
      summary: 'Show how records become alerts: each stage, what it feeds, and what passes',
      answers: { '200': { description: 'The graph', schema: ref('StreamGraph') } },
      handle: () => api.streams(),
    },
    {
      key: 'GET /v1/tap',
      summary: 'Show what passes through the site: total and rate of each edge of the stream graph',
      answers: { '200': { description: 'The counts', schema: ref('Tap') } },
      handle: () => api.tap(),
    },
    {
      key: 'GET /v1/explain',
      summary: 'Say why the detectors of a subject have fired or not',
      query: objectOf(
        {
          subject: { type: 'string', maxLength: 160, description: '`kind:id`' },
          detector: { type: 'string', maxLength: 64, description: 'Id or type; else all' },
        },
        ['subject'],
      ),
      answers: { '200': { description: 'The explanation', schema: ref('Explanation') } },
      handle: (request) => explain(api, request.query as Query),
    },
  ];
}

interface Query {
  readonly subject: string;
  readonly detector?: string;
}

async function explain(api: Api, { subject, detector }: Query): Promise<SubjectExplanation> {
  const id = parseSubjectId(subject);
  if (id === undefined) {
    throw new WatchkeeperError(
      'QUERY_INVALID',
      `${JSON.stringify(subject.slice(0, 140))} is not the id of a subject.`,
      { fix: 'Write it as service:payment, device:watch-001 or user:u42.' },
    );
  }
  const found = await api.explain(id, detector);
  if (found !== undefined) return found;
  throw new WatchkeeperError('NOT_FOUND', `The site knows nothing of ${id} yet.`, {
    fix: 'List subjects with GET /v1/subjects. A user is known from its first error on.',
  });
}
