import type { FastifyReply, FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import {
  BLANK_EVENT,
  NO_EVENT,
  readSplunkEvents,
  readSplunkRaw,
} from '../../../wire/inputs/splunk-events.ts';
import type { Taken } from '../../record-sink.ts';
import type { HttpLimits } from '../limits.ts';
import type { Problem, ShapedProblem } from '../problem.ts';
import type { Route } from '../route.ts';
import { inputBody } from './input-body.ts';
import type { InputDesk } from './input-desk.ts';

const JSON_TYPE = 'application/json';
/** Clients send events as anything, or say nothing. */
const ANY_TYPE = ['*'];

/**
 * Splunk's HTTP event collector. There are no acknowledgement ids to ask for
 * afterwards: code 0 is sent when all is durable.
 */
export function splunkRoutes(desk: InputDesk, limits: HttpLimits): readonly Route[] {
  const shared = {
    raw: inputBody(ANY_TYPE, limits),
    answers: { '200': { description: 'All are durable: code 0' } },
    problem: desk.refusals('splunk', shape),
  };
  const events = [
    'POST /services/collector',
    'POST /services/collector/event',
    'POST /services/collector/event/1.0',
  ] as const;
  const raw = ['POST /services/collector/raw', 'POST /services/collector/raw/1.0'] as const;
  const health = ['GET /services/collector/health', 'GET /services/collector/health/1.0'] as const;
  return [
    ...events.map((key) => ({
      key,
      summary: 'Send events as to a Splunk HTTP event collector',
      ...shared,
      handle: (request: FastifyRequest, reply: FastifyReply) => takeEvents(desk, request, reply),
    })),
    ...raw.map((key) => ({
      key,
      summary: 'Send lines of text as to a Splunk HTTP event collector',
      ...shared,
      handle: (request: FastifyRequest, reply: FastifyReply) => takeRaw(desk, request, reply),
    })),
    ...health.map((key) => ({
      key,
      summary: 'Whether events are taken, for clients of Splunk that ask first',
      answers: { '200': { description: 'Yes' } },
      handle: () => ({ text: 'HEC is healthy', code: 17 }),
    })),
  ];
}

async function takeEvents(
  desk: InputDesk,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const items = await desk.read(readSplunkEvents(bodyOf(request), desk.context(request)));
  if (items.length === 0) throw noData();
  return answer(reply, await desk.take(request, 'splunk', items));
}

async function takeRaw(
  desk: InputDesk,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = request.query as Readonly<Record<string, unknown>>;
  const items = await desk.read(readSplunkRaw(bodyOf(request), query, desk.context(request)));
  if (items.length === 0) throw noData();
  return answer(reply, await desk.take(request, 'splunk', items));
}

function bodyOf({ body }: FastifyRequest): Buffer {
  const bytes = body as Buffer;
  if (bytes.length === 0) throw noData();
  return bytes;
}

const NO_DATA = 'The request has no events.';

function noData(): WatchkeeperError {
  return new WatchkeeperError('BAD_REQUEST', NO_DATA, { fix: 'Send at least one event.' });
}

function answer(reply: FastifyReply, { accepted, rejected }: Taken): FastifyReply {
  const [first] = rejected;
  if (first === undefined) return reply.send({ text: 'Success', code: 0 });
  const [code, text] = CODES.get(first.reason) ?? [6, 'Invalid data format'];
  return reply
    .code(400)
    .send({ text, code, 'invalid-event-number': first.index, accepted, rejected });
}

const CODES: ReadonlyMap<string, readonly [code: number, text: string]> = new Map([
  [NO_EVENT, [12, 'Event field is required']],
  [BLANK_EVENT, [13, 'Event field cannot be blank']],
]);

/** Clients repeat what a busy collector answers, 503 with code 9; to several of them 429 is final. */
function shape(problem: Problem, { headers }: FastifyRequest): ShapedProblem {
  const [status, code, text] = replyTo(problem, headers.authorization !== undefined);
  return { status, type: JSON_TYPE, body: JSON.stringify({ text, code, detail: problem.detail }) };
}

function replyTo(
  { status, detail }: Problem,
  hasToken: boolean,
): readonly [status: number, code: number, text: string] {
  if (status === 401) {
    return hasToken ? [403, 4, 'Invalid token'] : [401, 2, 'Token is required'];
  }
  if (status === 403) return [403, 1, 'Token disabled'];
  if (status === 429 || status === 503 || status === 507) return [503, 9, 'Server is busy'];
  if (status >= 500) return [500, 8, 'Internal server error'];
  const isEmpty = status === 400 && (detail === NO_DATA || detail === 'The request has no body.');
  return isEmpty ? [400, 5, 'No data'] : [status, 6, 'Invalid data format'];
}
