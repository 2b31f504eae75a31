import type { FastifyReply, FastifyRequest } from 'fastify';
import { readLokiJson, readLokiProtobuf } from '../../../wire/inputs/loki-push.ts';
import { decodeSnappy } from '../../../wire/inputs/snappy.ts';
import type { HttpLimits } from '../limits.ts';
import type { Problem, ShapedProblem } from '../problem.ts';
import type { Route } from '../route.ts';
import { inputBody, mediaType, rejectionText } from './input-body.ts';
import type { InputDesk } from './input-desk.ts';
import { PROTOBUF_TYPE } from './otlp.ts';

const TEXT_TYPE = 'text/plain; charset=utf-8';
const SNAPPY = 'snappy';

/** Loki's push, as Promtail, Fluent Bit, Vector and Grafana Alloy speak it. */
export function lokiRoutes(desk: InputDesk, limits: HttpLimits): readonly Route[] {
  const raw = inputBody(['application/json', PROTOBUF_TYPE], limits);
  return [
    {
      key: 'POST /loki/api/v1/push',
      summary: 'Send logs as a Loki push, as JSON or as protobuf in a snappy block',
      raw: { ...raw, codings: [...(raw.codings ?? []), SNAPPY] },
      answers: {
        '204': { description: 'All are durable' },
        '400': { description: 'Some were rejected; all others are durable', type: 'text/plain' },
      },
      problem: desk.refusals('loki', shape),
      handle: async (request, reply) => {
        const items = await desk.read(read(desk, request, limits));
        const { accepted, rejected } = await desk.take(request, 'loki', items);
        if (rejected.length === 0) return reply.code(204).send();
        // As Loki itself does: the client is not to repeat it, and the rest is in.
        return refuse(reply, `${rejectionText(rejected)} (${accepted} accepted)`);
      },
    },
    {
      key: 'GET /ready',
      summary: 'Whether pushes are taken, for clients of Loki that ask first',
      answers: { '200': { description: 'Yes', type: 'text/plain' } },
      handle: (_request, reply) => reply.type(TEXT_TYPE).send('ready\n'),
    },
  ];
}

function read(
  desk: InputDesk,
  request: FastifyRequest,
  { inputBodyBytes }: HttpLimits,
): ReturnType<typeof readLokiJson> {
  const body = request.body as Buffer;
  const context = desk.context(request);
  const isSnappy = request.headers['content-encoding']?.trim().toLowerCase() === SNAPPY;
  if (mediaType(request) === PROTOBUF_TYPE) {
    return readLokiProtobuf(decodeSnappy(body, inputBodyBytes), context);
  }
  return readLokiJson(isSnappy ? decodeSnappy(body, inputBodyBytes) : body, context);
}

function refuse(reply: FastifyReply, text: string): FastifyReply {
  return reply.code(400).type(TEXT_TYPE).send(`${text}\n`);
}

function shape({ status, detail, fix }: Problem): ShapedProblem {
  return {
    status: status === 507 ? 503 : status,
    type: TEXT_TYPE,
    body: `${detail} ${fix}`.trim() + '\n',
  };
}
