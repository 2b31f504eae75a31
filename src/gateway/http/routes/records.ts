import type { FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import { FILTER_LIMITS, parseFilter } from '../../../core/filter/parse-filter.ts';
import { pushdownOf } from '../../../core/filter/pushdown.ts';
import { LEVEL_NAMES, type LevelName } from '../../../model/level.ts';
import { parseSubjectId } from '../../../model/subject.ts';
import type { RecordQuery } from '../../../store/store.ts';
import type { SiteView } from '../../scope/site-view.ts';
import { parseInstant } from '../instant.ts';
import { objectOf, ref, type Route } from '../route.ts';

/** `GET` and `POST /v1/records/query`: the same filters, as a query string or as JSON. */
export function recordRoutes(): readonly Route[] {
  const common = {
    summary: 'Find stored records',
    answers: { '200': { description: 'One page of records', schema: ref('RecordPage') } },
  };
  return [
    {
      ...common,
      key: 'GET /v1/records/query',
      query: FILTERS,
      handle: (request: FastifyRequest) => find(request.view, request.query as Filters),
    },
    {
      ...common,
      key: 'POST /v1/records/query',
      body: FILTERS,
      handle: (request: FastifyRequest) => find(request.view, request.body as Filters),
    },
  ];
}

const DEFAULT_RANGE_MS = 15 * 60_000;
/** Watches' clocks may be this much ahead, so "until now" must not cut their newest records off. */
const AHEAD_MS = 5 * 60_000;

const FILTERS = objectOf({
  from: {
    type: ['string', 'number'],
    description:
      'Time on the axis, inclusive: RFC 3339, ms since the epoch, or -15m. Default -15m.',
  },
  to: {
    type: ['string', 'number'],
    description: 'Time on the axis, exclusive. Default 5 minutes from now.',
  },
  axis: {
    enum: ['event', 'ingest'],
    default: 'event',
    description: 'What "from", "to" and the order go by: event time, or when the site took it in',
  },
  subject: { type: 'string', description: 'kind:id, for example device:w-1' },
  service: { type: 'string', maxLength: 128 },
  level: { enum: LEVEL_NAMES, description: 'Least level' },
  user: { type: 'string', maxLength: 128 },
  text: { type: 'string', maxLength: 1024, description: 'Substring of the message' },
  filter: {
    type: 'string',
    maxLength: FILTER_LIMITS.length,
    description: 'Filter expression, on top of the other filters; see docs/query-language.md',
  },
  limit: { type: 'integer', minimum: 1, maximum: 10_000, default: 100 },
  cursor: { type: 'string', maxLength: 1024, description: 'From the previous page' },
  order: { enum: ['asc', 'desc'], default: 'desc' },
  explain: { type: 'boolean', description: 'Whether to add how the query was answered' },
  templates: {
    type: 'boolean',
    description: 'Whether to add the template of each message and its values, where still known',
  },
});

interface Filters {
  readonly from?: string | number;
  readonly to?: string | number;
  readonly axis?: 'event' | 'ingest';
  readonly subject?: string;
  readonly service?: string;
  readonly level?: LevelName;
  readonly user?: string;
  readonly text?: string;
  readonly filter?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly order?: 'asc' | 'desc';
  readonly explain?: boolean;
  readonly templates?: boolean;
}

async function find(view: SiteView, filters: Filters): Promise<unknown> {
  const { records, cursor, plan } = await view.records(queryOf(filters, view.clock.now()));
  const shown = filters.templates === true ? await view.describe(records) : records;
  return { records: shown, cursor, ...(filters.explain === true ? { plan } : {}) };
}

function queryOf(
  { from, to, subject, filter, explain: _explain, templates: _templates, ...rest }: Filters,
  now: number,
): RecordQuery {
  const { subject: pushed, from: first, until: last, ...conditions } = conditionsOf(filter);
  const query = {
    ...conditions,
    ...rest,
    from: from === undefined ? now - DEFAULT_RANGE_MS : parseInstant(from, now),
    to: to === undefined ? now + AHEAD_MS : parseInstant(to, now),
  };
  if (query.from >= query.to) {
    throw new WatchkeeperError('QUERY_INVALID', 'The range ends before it begins.', {
      fix: 'Give a "from" that is earlier than "to".',
    });
  }
  // A filter's times are event times; another axis has its own.
  const times =
    rest.axis === 'ingest'
      ? {}
      : {
          from: Math.max(query.from, first ?? -Infinity),
          to: Math.min(query.to, (last ?? Infinity) + 1),
        };
  const narrowed = { ...query, ...times };
  const wanted = subject ?? pushed;
  return wanted === undefined ? narrowed : { ...narrowed, subject: subjectOf(wanted) };
}

/** A filter with what of it indexes can answer. @throws WatchkeeperError QUERY_INVALID */
function conditionsOf(
  text: string | undefined,
): Pick<RecordQuery, 'where'> & ReturnType<typeof pushdownOf> {
  if (text === undefined) return {};
  const where = parseFilter(text);
  return { ...pushdownOf(where), where };
}

/** @throws WatchkeeperError QUERY_INVALID */
export function subjectOf(text: string): NonNullable<RecordQuery['subject']> {
  const subject = parseSubjectId(text);
  if (subject !== undefined) return subject;
  throw new WatchkeeperError(
    'QUERY_INVALID',
    `Expected a subject as kind:id, got ${JSON.stringify(text.slice(0, 140))}.`,
    { fix: 'Kinds are device, service and user; ids have 1 to 128 of A-Z a-z 0-9 . _ @ : -.' },
  );
}
