import type { FastifyReply, FastifyRequest } from 'fastify';
import { encodeExportResponse, encodeStatus } from '../../../wire/inputs/otlp-answer.ts';
import { readOtlpJson } from '../../../wire/inputs/otlp-json.ts';
import { readOtlpProtobuf } from '../../../wire/inputs/otlp-protobuf.ts';
import type { HttpLimits } from '../limits.ts';
import type { Problem, ShapedProblem } from '../problem.ts';
import type { Route } from '../route.ts';
import { inputBody, mediaType, rejectionText } from './input-body.ts';
import type { InputDesk } from './input-desk.ts';

const JSON_TYPE = 'application/json';
export const PROTOBUF_TYPE = 'application/x-protobuf';

/** OTLP/HTTP logs, under both endpoints that an exporter may be given. */
export function otlpRoutes(desk: InputDesk, limits: HttpLimits): readonly Route[] {
  const keys = ['POST /otlp/v1/logs', 'POST /v1/otlp/v1/logs'] as const;
  return keys.map((key) => ({
    key,
    summary: 'Send logs by OTLP/HTTP, as protobuf or JSON',
    raw: inputBody([JSON_TYPE, PROTOBUF_TYPE], limits),
    answers: {
      '200': { description: 'What is not in partialSuccess is durable', type: JSON_TYPE },
    },
    problem: desk.refusals('otlp', shapeOtlpProblem),
    handle: (request, reply) => takeOtlp(desk, request, reply),
  }));
}

/** Handles an export request whatever route it came by; answers in the encoding of the request. */
export async function takeOtlp(
  desk: InputDesk,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = request.body as Buffer;
  const isProtobuf = mediaType(request) === PROTOBUF_TYPE;
  const context = desk.context(request);
  const steps = isProtobuf ? readOtlpProtobuf(body, context) : readOtlpJson(body, context);
  const items = await desk.read(steps);
  const { rejected } = await desk.take(request, 'otlp', items);
  const rejection = { count: rejected.length, message: rejectionText(rejected) };
  if (isProtobuf) return reply.type(PROTOBUF_TYPE).send(encodeExportResponse(rejection));
  const partialSuccess = {
    rejectedLogRecords: String(rejection.count),
    errorMessage: rejection.message,
  };
  const answer = rejection.count === 0 ? {} : { partialSuccess };
  return reply.type(JSON_TYPE).send(JSON.stringify(answer));
}

/** gRPC codes by HTTP status. */
const GRPC_CODES: Readonly<Partial<Record<number, number>>> = {
  400: 3,
  401: 16,
  403: 7,
  413: 3,
  415: 3,
  429: 8,
  503: 14,
};

/** A google.rpc.Status. Exporters repeat 429 and 503 only, so a full journal is a 503 here. */
export function shapeOtlpProblem(problem: Problem, request: FastifyRequest): ShapedProblem {
  const status = problem.status === 507 ? 503 : problem.status;
  const code = GRPC_CODES[status] ?? 13;
  const message = `${problem.detail} ${problem.fix}`.trim();
  return mediaType(request) === PROTOBUF_TYPE
    ? { status, type: PROTOBUF_TYPE, body: encodeStatus(code, message) }
    : { status, type: JSON_TYPE, body: JSON.stringify({ code, message }) };
}
