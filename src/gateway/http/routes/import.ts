import type { FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import { decodeImport, IMPORT_TYPE } from '../../../wire/import-body.ts';
import { createRecordDecoder } from '../../../wire/records/decode.ts';
import { isSourceName } from '../../../wire/source-position.ts';
import { ImportDesk, type Imported, type ImportRequest } from '../../import/import-desk.ts';
import { ndjsonPieces } from '../../import/ndjson-pieces.ts';
import { SourcePositions } from '../../sources/positions.ts';
import type { HttpLimits } from '../limits.ts';
import type { HttpGatewayOptions } from '../options.ts';
import { objectOf, ref, type Route } from '../route.ts';

type ImportOptions = Pick<
  HttpGatewayOptions,
  'api' | 'intake' | 'groups' | 'records' | 'onRejected' | 'positions'
>;

interface ImportQuery {
  readonly source: string;
  readonly from?: number;
}

const SOURCE = { type: 'string', minLength: 1, maxLength: 100 };
const POSITION = { type: 'integer', minimum: 0, default: 0 };

/** Records of the past: taken in with their own times, each stretch of a file once, and without any alert. */
export function importRoutes(options: ImportOptions, limits: HttpLimits): readonly Route[] {
  const desk = new ImportDesk({
    clock: options.api.clock,
    intake: options.intake,
    groups: options.groups,
    decoder: createRecordDecoder(options.records.schema),
    redactor: options.records.redactor,
    positions: options.positions ?? new SourcePositions(),
    durableMs: limits.durableMs,
  });
  return [
    {
      key: 'GET /v1/import',
      summary: 'Ask how far a source was imported',
      query: objectOf({ source: SOURCE }, ['source']),
      answers: { '200': { description: 'Where to go on', schema: ref('ImportPosition') } },
      handle: (request) => {
        const { source } = request.query as ImportQuery;
        return desk.position(named(source, request));
      },
    },
    {
      key: 'POST /v1/import',
      summary: 'Import records of the past, each stretch of a source once',
      query: objectOf({ source: SOURCE, from: POSITION }, ['source']),
      raw: {
        types: [IMPORT_TYPE, 'application/x-ndjson', 'application/ndjson'],
        maxBytes: limits.importBodyBytes,
        codings: ['gzip'],
      },
      headers: { 'Content-Encoding': '`gzip`, or none.' },
      answers: { '200': { description: 'All of it is durable', schema: ref('Imported') } },
      handle: async (request) => {
        const taken = await desk.take(requestOf(request));
        return answerOf(taken, request, options);
      },
    },
  ];
}

function requestOf(request: FastifyRequest): ImportRequest {
  const { source, from = 0 } = request.query as ImportQuery;
  const body = request.body as Buffer;
  const isPieces = request.headers['content-type']?.toLowerCase().startsWith(IMPORT_TYPE) === true;
  return {
    source: named(source, request),
    from,
    pieces: isPieces ? decodeImport(body) : ndjsonPieces(body, from),
    service: request.caller?.service,
  };
}

/** A token that is bound to a service has sources of its own. */
function named(source: string, { caller }: FastifyRequest): string {
  if (!isSourceName(source)) {
    throw new WatchkeeperError('BAD_REQUEST', 'Expected a source of A-Z a-z 0-9 . _ : / -');
  }
  return caller?.service === undefined ? source : `${caller.service}/${source}`;
}

function answerOf(taken: Imported, request: FastifyRequest, options: ImportOptions): object {
  const { next, accepted, repeated, rejected } = taken;
  const token = request.caller?.id ?? '';
  const at = options.api.clock.now();
  for (const { isKept, ...letter } of rejected) {
    if (!isKept) options.onRejected?.({ ...letter, at, token });
  }
  const listed = rejected.map(({ index, pointer, reason }) => ({ index, pointer, reason }));
  return { next, accepted, repeated, rejected: listed };
}
