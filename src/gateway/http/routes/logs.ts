import type { FastifyReply, FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import { ENTRY, type NewEntry } from '../../../model/journal-entry.ts';
import { readJsonRecords, type ReadJson } from '../../../wire/records/intake.ts';
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
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const key = idempotencyKey(request);
    const take = () => takeLogs(request, options, limits);
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
  options: LogsOptions,
  limits: HttpLimits,
): Promise<LogsAnswer> {
  const body = request.body as Buffer;
  const observedAt = options.api.clock.now();
  const receivedAt = options.api.clock.monotonic();
  const format = formatOf(request);
  const service = request.caller?.service;
  const read = readJsonRecords(body, {
    format,
    observedAt,
    schema: options.records.schema,
    ...(service === undefined ? {} : { service }),
  });
  if (read.accepted > 0) await makeDurable(read, { observedAt, receivedAt, options, limits });
  if (read.rejected.length > 0 && options.onRejected !== undefined) {
    const token = request.caller?.id ?? '';
    const letters = rejectedRecords({
      body,
      format,
      rejected: read.rejected,
      at: observedAt,
      token,
    });
    const bound = service === undefined ? {} : { service };
    for (const letter of letters) options.onRejected({ ...letter, ...bound });
  }
  return answerOf(read);
}

function formatOf({ headers }: FastifyRequest): 'json' | 'ndjson' {
  return headers['content-type']?.toLowerCase().startsWith('application/json') === true
    ? 'json'
    : 'ndjson';
}

interface Intaking {
  readonly observedAt: number;
  /** Monotonic ms. */
  readonly receivedAt: number;
  readonly options: LogsOptions;
  readonly limits: HttpLimits;
}

/** @throws WatchkeeperError RATE_LIMITED | JOURNAL_FULL | JOURNAL_FAILED | JOURNAL_CLOSED | OVERLOADED */
async function makeDurable(
  read: ReadJson,
  { observedAt, receivedAt, options, limits }: Intaking,
): Promise<void> {
  const { intake, groups, api, tracer } = options;
  const isUrgent = read.groups.some(({ urgent }) => urgent);
  // A sender that can be told to come back is never shed: nothing is lost that way.
  if (intake.admit(isUrgent ? 1 : 2) !== 'accept') {
    throw new WatchkeeperError('RATE_LIMITED', 'The site is busy and takes no more records now.', {
      fix: 'Send the same body again after the time in Retry-After.',
    });
  }
  const entries = read.groups.map(({ service, payload }): NewEntry => ({
    kind: ENTRY.group,
    subject: service,
    observedAt,
    body: groups.seal(service, payload),
  }));
  for (const entry of entries) {
    const trace = `lsn:${intake.submit(entry)}`;
    if (tracer?.isOn !== true) continue;
    tracer.record({
      name: 'gateway.receive',
      trace,
      start: receivedAt,
      end: api.clock.monotonic(),
    });
  }
  await new Promise<void>((resolve, reject) => {
    const cancel = api.clock.after(limits.durableMs, () => {
      reject(new WatchkeeperError('OVERLOADED', 'The journal did not confirm in time.', RETRY));
    });
    intake.barrier((isDurable) => {
      cancel();
      if (isDurable) resolve();
      else reject(new WatchkeeperError('JOURNAL_FAILED', 'The journal failed.', RETRY));
    });
  });
}

const RETRY = {
  fix: 'Send the same body again; records may then be stored twice, as it is not known whether they are durable.',
};

function answerOf({ accepted, rejected }: ReadJson): LogsAnswer {
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
