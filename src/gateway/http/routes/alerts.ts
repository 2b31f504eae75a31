import type { FastifyRequest } from 'fastify';
import { alertFilter } from '../../../alerts/alert-filter.ts';
import { WatchkeeperError } from '../../../core/errors.ts';
import { FILTER_LIMITS } from '../../../core/filter/parse-filter.ts';
import {
  ALERT_LABELS,
  type Alert,
  type AlertLabel,
  type AlertState,
} from '../../../model/alert.ts';
import { SEVERITIES, type Severity } from '../../../model/severity.ts';
import type { AlertQuery } from '../../../store/store.ts';
import { keptPage } from '../../scope/kept-page.ts';
import type { SiteView } from '../../scope/site-view.ts';
import type { AlertAction, AlertActionRequest, SiteApi } from '../../site-api.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { parseInstant } from '../instant.ts';
import { objectOf, ref, type JsonSchema, type Route } from '../route.ts';
import { subjectOf } from './records.ts';

/** Alerts, and what people do about them. Changes are answered when they are durable. */
export function alertRoutes(api: SiteApi, newId: () => string): readonly Route[] {
  return [
    {
      key: 'GET /v1/alerts',
      summary: 'List alerts, newest first',
      query: FILTERS,
      answers: { '200': { description: 'One page of alerts', schema: ref('AlertPage') } },
      handle: ({ view, query }) => list(view, query as Filters),
    },
    {
      key: 'GET /v1/alerts/:id',
      summary: 'Show one alert with its evidence',
      params: ID,
      answers: { '200': { description: 'The alert', schema: ref('Alert') } },
      handle: (request) => show(request.view, idOf(request)),
    },
    ...changeRoutes(api, newId),
  ];
}

async function list(view: SiteView, filters: Filters): ReturnType<SiteView['alerts']> {
  const { cursor: first, ...query } = queryOf(filters, view.clock.now());
  if (filters.filter === undefined)
    return view.alerts({ ...query, ...(first && { cursor: first }) });
  const matches = alertFilter(filters.filter);
  const page = await keptPage({
    limit: filters.limit,
    cursor: first,
    fetch: async (limit, cursor) => {
      const found = await view.alerts({ ...query, limit, ...(cursor && { cursor }) });
      return { items: found.alerts, cursor: found.cursor };
    },
    keep: (alert) => (matches(alert) ? alert : undefined),
  });
  return { alerts: page.items, cursor: page.cursor };
}

function changeRoutes(api: SiteApi, newId: () => string): readonly Route[] {
  const act = (action: AlertAction) => (request: FastifyRequest) =>
    api.act(actionOf(request, action, newId));
  return [
    {
      ...CHANGE,
      key: 'POST /v1/alerts/:id/ack',
      summary: 'Acknowledge an alert',
      body: NOTE,
      handle: act('acknowledge'),
    },
    {
      ...CHANGE,
      key: 'POST /v1/alerts/:id/resolve',
      summary: 'Resolve an alert',
      body: NOTE,
      handle: act('resolve'),
    },
    {
      ...CHANGE,
      key: 'POST /v1/alerts/:id/label',
      summary: 'Say whether an alert was useful',
      body: LABEL,
      handle: act('label'),
    },
  ];
}

const STATES: readonly AlertState[] = ['open', 'acknowledged', 'resolved'];

const ID = objectOf({ id: { type: 'string', maxLength: 128 } }, ['id']);
const note: JsonSchema = { type: 'string', maxLength: 2000, default: '' };
const NOTE = objectOf({ note });
const LABEL = objectOf({ note, label: { enum: ALERT_LABELS } }, ['label']);

const CHANGE = {
  params: ID,
  headers: {
    'Idempotency-Key':
      'At most 200 printable characters; a repeated key of one token changes nothing.',
  },
  answers: { '200': { description: 'The alert as it is now', schema: ref('Alert') } },
};

const FILTERS = objectOf({
  state: { type: 'string', description: 'open, acknowledged, resolved; several with commas' },
  severity: { type: 'string', description: 'low, medium, high, critical; several with commas' },
  type: { type: 'string', maxLength: 128 },
  subject: { type: 'string' },
  from: { type: 'string', description: 'Opened at or after: RFC 3339, ms, or -24h' },
  to: { type: 'string', description: 'Opened before' },
  filter: {
    type: 'string',
    maxLength: FILTER_LIMITS.length,
    description: 'Filter expression over alerts, on top of the others; see docs/query-language.md',
  },
  limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
  cursor: { type: 'string', maxLength: 1024 },
});

interface Filters {
  readonly state?: string;
  readonly severity?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly filter?: string;
  readonly limit: number;
  readonly cursor?: string;
}

function queryOf(filters: Filters, now: number): AlertQuery {
  const { state, severity, type, subject, from, to, limit, cursor } = filters;
  return {
    limit,
    ...(state === undefined ? {} : { states: oneOf<AlertState>(state, STATES) }),
    ...(severity === undefined ? {} : { severities: oneOf<Severity>(severity, SEVERITIES) }),
    ...(type === undefined ? {} : { type }),
    ...(subject === undefined ? {} : { subject: subjectOf(subject) }),
    ...(from === undefined ? {} : { from: parseInstant(from, now) }),
    ...(to === undefined ? {} : { to: parseInstant(to, now) }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

function oneOf<T extends string>(list: string, known: readonly T[]): readonly T[] {
  return list.split(',').map((text) => {
    const value = known.find((each) => each === text.trim());
    if (value !== undefined) return value;
    throw new WatchkeeperError(
      'QUERY_INVALID',
      `Expected ${known.join(', ')}, got ${JSON.stringify(text.slice(0, 40))}.`,
      { fix: 'Give one of these, or several with commas.' },
    );
  });
}

async function show(view: SiteView, id: string): Promise<Alert> {
  const alert = await view.alert(id);
  if (alert !== undefined) return alert;
  throw new WatchkeeperError('NOT_FOUND', `There is no alert ${JSON.stringify(id)}.`, {
    fix: 'List alerts with GET /v1/alerts.',
  });
}

function actionOf(
  request: FastifyRequest,
  action: AlertAction,
  newId: () => string,
): AlertActionRequest {
  const { note: text = '', label } = request.body as {
    readonly note?: string;
    readonly label?: AlertLabel;
  };
  return {
    commandId: commandId(request, newId),
    alert: idOf(request),
    action,
    by: request.caller?.name ?? '',
    note: text,
    ...(label === undefined ? {} : { label }),
  };
}

function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id;
}

/** The sender's `Idempotency-Key` under its token, so that two senders cannot take each other's; or a new id. */
function commandId(request: FastifyRequest, newId: () => string): string {
  const key = idempotencyKey(request);
  return key === undefined ? newId() : `${request.caller?.id ?? ''}/${key}`;
}
