import type { FastifyRequest } from 'fastify';
import { MODEL_STAGES, type ModelStage } from '../../../model/models.ts';
import type { ModelsApi } from '../../site-api.ts';
import { objectOf, ref, type Route } from '../route.ts';

/** Trained models, and which of their versions are in force. */
export function modelRoutes(models: ModelsApi): readonly Route[] {
  return [...readRoutes(models), promoteRoute(models), rollbackRoute(models)];
}

const NAME = objectOf({ name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' } }, [
  'name',
]);
const WHY = { type: 'string', maxLength: 500, default: '' };

function readRoutes(models: ModelsApi): readonly Route[] {
  return [
    {
      key: 'GET /v1/models',
      summary: 'List models with their versions, stages and history',
      answers: {
        '200': {
          description: 'The models by name',
          schema: {
            type: 'object',
            properties: { models: { type: 'array', items: ref('Model') } },
          },
        },
      },
      handle: async () => ({ models: await models.list() }),
    },
    {
      key: 'GET /v1/models/:name',
      summary: 'Show a model: what its versions were trained on, their stages and their history',
      params: NAME,
      answers: { '200': { description: 'The model', schema: ref('ModelDetail') } },
      handle: async (request) => {
        const name = nameOf(request);
        return { ...(await models.stages(name)), models: await models.versions(name) };
      },
    },
  ];
}

function promoteRoute(models: ModelsApi): Route {
  return {
    key: 'POST /v1/models/:name/promote',
    summary: 'Move a version to its next stage, or to the one given',
    params: NAME,
    body: objectOf({
      version: { type: 'string', pattern: '^[0-9a-f]{1,64}$' },
      to: { enum: MODEL_STAGES },
      share: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
      why: WHY,
    }),
    answers: { '200': { description: 'The stages after it', schema: ref('Model') } },
    handle: async (request) => {
      const wish = request.body as Wish;
      const { stages } = await models.promote(nameOf(request), { ...wish, by: callerOf(request) });
      return stages;
    },
  };
}

interface Wish {
  readonly version?: string;
  readonly to?: ModelStage;
  readonly share?: number;
  readonly why: string;
}

function rollbackRoute(models: ModelsApi): Route {
  return {
    key: 'POST /v1/models/:name/rollback',
    summary: 'Make the version live again that was live before',
    params: NAME,
    body: objectOf({ why: WHY }),
    answers: { '200': { description: 'The stages after it', schema: ref('Model') } },
    handle: (request) => {
      const { why } = request.body as { readonly why: string };
      return models.rollback(nameOf(request), { why, by: callerOf(request) });
    },
  };
}

function nameOf({ params }: FastifyRequest): string {
  return (params as { readonly name: string }).name;
}

function callerOf({ caller }: FastifyRequest): string {
  return caller?.name ?? '';
}
