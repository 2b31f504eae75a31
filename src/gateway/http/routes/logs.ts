import type { FastifyReply, FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import { readJsonItemSteps } from '../../../wire/records/intake.ts';
import type { Taken } from '../../record-sink.ts';
import { CODINGS } from '../content-coding.ts';
import { IdempotencyCache } from '../idempotency.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { mediaType } from '../inputs/input-body.ts';
import type { InputDesk } from '../inputs/input-desk.ts';
import { PROTOBUF_TYPE, shapeOtlpProblem, takeOtlp } from '../inputs/otlp.ts';
import type { HttpLimits } from '../limits.ts';
import type { HttpGatewayOptions } from '../options.ts';
import { PROBLEM_TYPE, problemOf } from '../problem.ts';
import { rejectedRecords } from '../rejected-records.ts';
import { ref, type Route } from '../route.ts';

interface LogsAnswer {
  readonly status: 200 | 207 | 400;
  readonly type: string;
  /** JSON text. */
  readonly body: string;
}

type LogsOptions = Pick<HttpGatewayOptions, 'api' | 'onRejected'>;

/** `POST /v1/logs`: validated, sealed, journalled, and answered only when all of it is durable. */
export function logRoutes(
  options: LogsOptions,
  limits: HttpLimits,
  desk: InputDesk,
): readonly Route[] {
  const repeated = new IdempotencyCache<LogsAnswer>(options.api.clock);
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (isOtlp(request)) return takeOtlp(desk, request, reply);
    const key = idempotencyKey(request);
    const take = () => takeLogs(request, desk, options);
    const answer = await (key === undefined
      ? take()
      : repeated.run(
          { key: `${request.caller?.id ?? ''}/${key}`, body: request.body as Buffer },
          take,
        ));
    return reply.code(answer.status).header('content-type', answer.type).send(answer.body);
  };
  const problem = desk.refusals('native', (each, request) =>
    mediaType(request) === PROTOBUF_TYPE ? shapeOtlpProblem(each, request) : undefined,
  );
  const raw = { types: TYPES, maxBytes: limits.logsBodyBytes, codings: CODINGS };
  return [{ ...DESCRIPTION, raw, problem, handle }];
}

const TYPES = ['application/json', 'application/x-ndjson', 'application/ndjson', PROTOBUF_TYPE];

const DESCRIPTION = {
  key: 'POST /v1/logs',
  summary: 'Send log records as a JSON array or as NDJSON',
  headers: {
    'Idempotency-Key':
      'At most 200 printable characters; a repetition with the same body within 10 minutes is not taken again.',
    'Content-Encoding': `${CODINGS.join(', ')}, or none.`,
  },
  answers: {
    '200': { description: 'All records are durable', schema: ref('LogsAccepted') },
    '207': { description: 'Some are durable, the others are listed', schema: ref('LogsPartly') },
  },
} as const;

/** Exporters that are given this site without a path add `/v1/logs` to it. */
function isOtlp(request: FastifyRequest): boolean {
  if (mediaType(request) === PROTOBUF_TYPE) return true;
  const start = (request.body as Buffer).subarray(0, 64).toString('latin1');
  return /^\s*\{\s*"resourceLogs"\s*:/.test(start);
}

async function takeLogs(
  request: FastifyRequest,
  desk: InputDesk,
  { api, onRejected }: LogsOptions,
): Promise<LogsAnswer> {
  const body = request.body as Buffer;
  const format = formatOf(request);
  const service = request.caller?.service;
  const receivedAt = api.clock.monotonic();
  const items = await desk.read(readJsonItemSteps(body, format));
  const taken = await desk.sink.take({ items, service, receivedAt });
  desk.count('native', taken, body.length);
  if (taken.rejected.length > 0 && onRejected !== undefined) {
    const token = request.caller?.id ?? '';
    const { rejected, observedAt: at } = taken;
    const bound = service === undefined ? {} : { service };
    for (const letter of rejectedRecords({ body, items, format, rejected, at, token })) {
      onRejected({ ...letter, ...bound });
    }
  }
  return answerOf(taken);
}

function formatOf({ headers }: FastifyRequest): 'json' | 'ndjson' {
  return headers['content-type']?.toLowerCase().startsWith('application/json') === true
    ? 'json'
    : 'ndjson';
}

function answerOf({ accepted, rejected }: Taken): LogsAnswer {
  const type = 'application/json; charset=utf-8';
  if (rejected.length === 0) return { status: 200, type, body: JSON.stringify({ accepted }) };
  if (accepted > 0) return { status: 207, type, body: JSON.stringify({ accepted, rejected }) };
  const problem = problemOf(
    new WatchkeeperError('RECORD_INVALID', 'None of the records is valid.', {
      fix: 'Each item of "rejected" says what is wrong with which record.',
    }),
  );
  return { status: 400, type: PROBLEM_TYPE, body: JSON.stringify({ ...problem, rejected }) };
}
