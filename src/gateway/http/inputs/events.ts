import type { FastifyRequest } from 'fastify';
import {
  readEventArray,
  readEventLines,
  readPythonForm,
  readTextLines,
} from '../../../wire/inputs/json-events.ts';
import { WatchkeeperError } from '../../../core/errors.ts';
import type { Steps } from '../../../core/steps.ts';
import type { InputContext, InputItem } from '../../../wire/inputs/input-item.ts';
import type { HttpLimits } from '../limits.ts';
import { ref, type Route } from '../route.ts';
import { inputBody, mediaType, rejectionText } from './input-body.ts';
import type { InputDesk } from './input-desk.ts';

type Read = (body: Uint8Array, context: InputContext) => Steps<readonly InputItem[]>;

const READERS: ReadonlyMap<string, Read> = new Map([
  ['application/json', readEventArray],
  ['application/x-ndjson', readEventLines],
  ['application/ndjson', readEventLines],
  ['application/x-www-form-urlencoded', readPythonForm],
  ['text/plain', readTextLines],
]);

/** `POST /v1/events`: what loggers and the plain HTTP outputs of shippers write, without a schema of ours. */
export function eventRoutes(desk: InputDesk, limits: HttpLimits): readonly Route[] {
  return [
    {
      key: 'POST /v1/events',
      summary: 'Send events of any shape: JSON, a JSON object per line, lines of text, or a form',
      raw: inputBody([...READERS.keys()], limits),
      answers: {
        '200': {
          description: 'The accepted are durable, the others are listed and kept as dead letters',
          schema: ref('LogsPartly'),
        },
      },
      problem: desk.refusals('json', () => undefined),
      handle: async (request) => {
        const items = await desk.read(read(desk, request));
        const { accepted, rejected } = await desk.take(request, 'json', items);
        if (accepted === 0 && rejected.length > 0) {
          throw new WatchkeeperError('RECORD_INVALID', `${rejectionText(rejected)}`, {
            fix: 'See the dead letters for the others.',
          });
        }
        return { accepted, rejected };
      },
    },
  ];
}

function read(desk: InputDesk, request: FastifyRequest): Steps<readonly InputItem[]> {
  const reader = READERS.get(mediaType(request)) ?? readEventLines;
  return reader(request.body as Buffer, desk.context(request));
}
