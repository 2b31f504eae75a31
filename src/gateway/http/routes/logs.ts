import type { FastifyReply, FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import { readJsonItems } from '../../../wire/records/intake.ts';
import { createRecordSink, type RecordSink, type Taken } from '../../record-sink.ts';
import { IdempotencyCache } from '../idempotency.ts';
import { idempotencyKey } from '../idempotency-key.ts';
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

type LogsOptions = Pick<
  HttpGatewayOptions,
  'api' | 'intake' | 'groups' | 'records' | 'onRejected' | 'tracer'
>;

/** `POST /v1/logs`: validated, sealed, journalled, and answered only when all of it is durable. */
export function logRoutes(options: LogsOptions, limits: HttpLimits): readonly Route[] {
  const clock = options.api.clock;
  const repeated = new IdempotencyCache<LogsAnswer>(clock);
  const sink = createRecordSink({ ...options, clock, durableMs: limits.durableMs });
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const key = idempotencyKey(request);
    const take = () => takeLogs(request, sink, options);
    const answer = await (key === undefined
      ? take()
      : repeated.run(
          { key: `${request.caller?.id ?? ''}/${key}`, body: request.body as Buffer },
          take,
        ));
    return reply.code(answer.status).header('content-type', answer.type).send(answer.body);
  };
  return [
    {
      key: 'POST /v1/logs',
      summary: 'Send log records as a JSON array or as NDJSON',
      raw: {
        types: ['application/json', 'application/x-ndjson', 'application/ndjson'],
        maxBytes: limits.logsBodyBytes,
      },
      headers: {
        'Idempotency-Key':
          'At most 200 printable characters; a repetition with the same body within 10 minutes is not taken again.',
      },
      answers: {
        '200': { description: 'All records are durable', schema: ref('LogsAccepted') },
        '207': {
          description: 'Some are durable, the others are listed',
          schema: ref('LogsPartly'),
        },
      },
      handle,
    },
  ];
}

async function takeLogs(
  request: FastifyRequest,
  sink: RecordSink,
  { api, onRejected }: LogsOptions,
): Promise<LogsAnswer> {
  const body = request.body as Buffer;
  const format = formatOf(request);
  const service = request.caller?.service;
  const receivedAt = api.clock.monotonic();
  const taken = await sink.take({ items: readJsonItems(body, format), service, receivedAt });
  if (taken.rejected.length > 0 && onRejected !== undefined) {
    const token = request.caller?.id ?? '';
    const { rejected, observedAt: at } = taken;
    const bound = service === undefined ? {} : { service };
    for (const letter of rejectedRecords({ body, format, rejected, at, token })) {
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
