import type { FastifyReply, FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import { readBulk, readDocument, type BulkOperation } from '../../../wire/inputs/elastic-bulk.ts';
import type { InputItem } from '../../../wire/inputs/input-item.ts';
import type { Taken } from '../../record-sink.ts';
import type { HttpLimits } from '../limits.ts';
import type { Route } from '../route.ts';
import { ELASTIC_HEADERS, shapeElasticProblem } from './elastic-answer.ts';
import { inputBody, rejectionText } from './input-body.ts';
import type { InputDesk } from './input-desk.ts';

const JSON_TYPE = 'application/json';
const BULK_TYPES = [
  JSON_TYPE,
  'application/x-ndjson',
  'application/ndjson',
  'application/vnd.elasticsearch+json',
  'application/vnd.elasticsearch+x-ndjson',
];

/** Elasticsearch's `_bulk`, at the root and under `/elastic`. */
export function bulkRoutes(
  desk: InputDesk,
  limits: HttpLimits,
  newId: () => string,
): readonly Route[] {
  const common = {
    raw: inputBody(BULK_TYPES, limits),
    problem: desk.refusals('elasticsearch', shapeElasticProblem),
  };
  const bulk = BULK_KEYS.map((key) => ({
    ...common,
    key,
    summary: 'Send logs as an Elasticsearch bulk request of index and create',
    ...(key.includes(':index') ? { params: PARAMS } : {}),
    answers: {
      '200': { description: 'One result for each operation; what has 201 is durable' },
    },
    handle: async (request: FastifyRequest, reply: FastifyReply) =>
      send(reply, await takeBulk(desk, request, newId)),
  }));
  return [
    ...bulk,
    {
      ...common,
      key: 'POST /elastic/:index/_doc',
      summary: 'Send one log as an Elasticsearch document',
      params: PARAMS,
      answers: { '201': { description: 'It is durable' } },
      handle: async (request, reply) => {
        const result = await takeDocument(desk, request, newId);
        return reply
          .code(201)
          .headers(ELASTIC_HEADERS)
          .type(JSON_TYPE)
          .send(JSON.stringify(result));
      },
    },
  ];
}

/** Clients differ in the method: of the same maker, some put and some post. */
const BULK_KEYS = [
  'POST /elastic/_bulk',
  'PUT /elastic/_bulk',
  'POST /elastic/:index/_bulk',
  'PUT /elastic/:index/_bulk',
  'POST /_bulk',
  'PUT /_bulk',
  'POST /:index/_bulk',
  'PUT /:index/_bulk',
] as const;

const PARAMS = {
  type: 'object',
  properties: { index: { type: 'string', maxLength: 255 } },
  required: ['index'],
};

async function takeBulk(
  desk: InputDesk,
  request: FastifyRequest,
  newId: () => string,
): Promise<Results> {
  const { index = '' } = request.params as { readonly index?: string };
  const steps = readBulk(request.body as Buffer, index, desk.context(request));
  const operations = await desk.read(steps);
  const items = operations.flatMap(({ item }): readonly InputItem[] =>
    item === undefined ? [] : [item],
  );
  const taken = await desk.take(request, 'elasticsearch', items);
  return resultsOf(operations, taken.rejected, newId);
}

/** @throws WatchkeeperError RECORD_INVALID when the schema refuses the document */
async function takeDocument(
  desk: InputDesk,
  request: FastifyRequest,
  newId: () => string,
): Promise<Result> {
  const { index = '' } = request.params as { readonly index?: string };
  const steps = readDocument(request.body as Buffer, index, desk.context(request));
  const item = await desk.read(steps);
  const { rejected } = await desk.take(request, 'elasticsearch', [item]);
  if (rejected.length > 0) throw new WatchkeeperError('RECORD_INVALID', rejectionText(rejected));
  return { _index: index, _id: newId(), _version: 1, result: 'created' };
}

function send(reply: FastifyReply, items: Results): FastifyReply {
  const answer = {
    took: Math.round(reply.elapsedTime),
    errors: items.some((result) => Object.values(result)[0]?.status !== 201),
    items,
  };
  return reply.headers(ELASTIC_HEADERS).type(JSON_TYPE).send(JSON.stringify(answer));
}

type Results = readonly Readonly<Partial<Record<string, Result>>>[];

interface Result {
  readonly _index: string;
  readonly _id: string;
  readonly _version?: number;
  readonly status?: number;
  readonly result?: string;
  readonly error?: { readonly type: string; readonly reason: string };
}

function resultsOf(
  operations: readonly BulkOperation[],
  rejected: Taken['rejected'],
  newId: () => string,
): Results {
  const reasons = new Map(
    rejected.map(({ index, pointer, reason }) => [index, `${pointer} ${reason}`.trim()]),
  );
  let position = -1;
  return operations.map(({ action, index, id, item }) => {
    const named = { _index: index, _id: id ?? newId() };
    if (item === undefined) return { [action]: { ...named, status: 400, error: NO_CHANGES } };
    position += 1;
    const reason = reasons.get(position);
    return {
      [action]:
        reason === undefined
          ? { ...named, _version: 1, result: 'created', status: 201 }
          : { ...named, status: 400, error: { type: 'mapper_parsing_exception', reason } },
    };
  });
}

const NO_CHANGES = {
  type: 'illegal_argument_exception',
  reason: 'Logs are only added: of operations "index" and "create" are taken.',
};
