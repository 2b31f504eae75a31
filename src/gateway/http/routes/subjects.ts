import type { FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import {
  SUBJECT_KINDS,
  isSubjectName,
  subjectId,
  type SubjectId,
  type SubjectKind,
} from '../../../model/subject.ts';
import type { SiteApi } from '../../site-api.ts';
import { objectOf, ref, type Route } from '../route.ts';

/** Watches, services and users that the site knows. */
export function subjectRoutes(): readonly Route[] {
  return [
    {
      key: 'GET /v1/subjects',
      summary: 'List subjects',
      query: objectOf({
        kind: { enum: SUBJECT_KINDS },
        limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
        cursor: { type: 'string', maxLength: 1024 },
      }),
      answers: { '200': { description: 'One page of subjects', schema: ref('SubjectPage') } },
      handle: ({ view, query }) => view.subjects(query as Parameters<SiteApi['subjects']>[0]),
    },
    {
      key: 'GET /v1/subjects/:kind/:id',
      summary: 'Show one subject: latest vitals, counts, state of its detectors',
      params: PLACE,
      answers: { '200': { description: 'The subject', schema: ref('Subject') } },
      handle: (request) => findSubject(request, (id) => request.view.subject(id)),
    },
    {
      key: 'GET /v1/subjects/:kind/:id/templates',
      summary: 'List the templates of a subject’s messages, most frequent first',
      params: PLACE,
      answers: {
        '200': { description: 'The templates that it holds', schema: ref('SubjectTemplates') },
      },
      handle: (request) => findSubject(request, (id) => request.view.templates(id)),
    },
  ];
}

const PLACE = objectOf({ kind: { enum: SUBJECT_KINDS }, id: { type: 'string' } }, ['kind', 'id']);

/** What `find` gives for the subject of the path. @throws WatchkeeperError NOT_FOUND */
async function findSubject<Found>(
  { params }: Pick<FastifyRequest, 'params'>,
  find: (id: SubjectId) => Promise<Found | undefined>,
): Promise<Found> {
  const { kind, id } = params as { readonly kind: SubjectKind; readonly id: string };
  const found = isSubjectName(id) ? await find(subjectId(kind, id)) : undefined;
  if (found !== undefined) return found;
  throw new WatchkeeperError(
    'NOT_FOUND',
    `There is no ${kind} named ${JSON.stringify(id.slice(0, 140))}.`,
    { fix: 'List them with GET /v1/subjects.' },
  );
}
