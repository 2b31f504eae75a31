import { COMPONENTS } from './openapi-components.ts';
import { POLICY, rolesFor } from './policy.ts';
import type { Answer, JsonSchema, Route } from './route.ts';

/** Version of the HTTP API, not of the program. */
const API_VERSION = '1.0.0';

/** Builds the OpenAPI 3.1 document of these routes; deterministic, so that it can be kept as a file. */
export function openApiDocument(routes: readonly Route[]): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) {
    const { method, path } = locate(route);
    // Files of the dashboard are not part of the API.
    if (path === '/' || path === '/{path}') continue;
    paths[path] = { ...paths[path], [method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Watchkeeper',
      version: API_VERSION,
      description:
        'Send logs, query records, read and handle alerts. Errors are problem details (RFC 9457) with a stable code and a fix.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'wk_<id>_<secret>' },
      },
      schemas: COMPONENTS,
    },
  };
}

function locate({ key }: Route): { readonly method: string; readonly path: string } {
  const [method = '', path = ''] = key.split(' ');
  return {
    method: method.toLowerCase(),
    path: path.replace(/:([a-z]+)/g, '{$1}').replace(/\*$/, '{path}'),
  };
}

function operation(route: Route): JsonSchema {
  const access = POLICY[route.key];
  const roles = rolesFor(access);
  const body = requestBody(route);
  const parameters = parametersOf(route);
  return {
    operationId: operationId(route.key),
    summary: route.summary,
    description:
      roles.length === 0 ? 'Needs no token.' : `Needs a token of role ${roles.join(' or ')}.`,
    security: roles.length === 0 ? [] : access === 'local' ? [{}, { token: [] }] : [{ token: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...mapAnswers(route.answers), default: PROBLEM },
  };
}

function operationId(key: string): string {
  return key
    .replace(/\*$/, 'path')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

function requestBody({ body, raw }: Route): JsonSchema | undefined {
  if (raw !== undefined) {
    const content = raw.types.map((type) => [type, { schema: RAW_BODIES[type] ?? {} }]);
    return { required: true, content: Object.fromEntries(content) as JsonSchema };
  }
  if (body === undefined) return undefined;
  const required = body['required'];
  return {
    required: Array.isArray(required) && required.length > 0,
    content: { 'application/json': { schema: body } },
  };
}

const RECORD = { $ref: '#/components/schemas/LogRecord' };
const LINES = { type: 'string', description: 'One LogRecord as JSON per line' };

const RAW_BODIES: Readonly<Record<string, JsonSchema>> = {
  'application/json': { type: 'array', items: RECORD },
  'application/x-ndjson': LINES,
  'application/ndjson': LINES,
  'application/octet-stream': { type: 'string', contentMediaType: 'application/octet-stream' },
};

function parametersOf({ key, params, query, headers = {} }: Route): readonly JsonSchema[] {
  const wildcard = key.endsWith('*') ? { path: { type: 'string' } } : {};
  const inPath = { ...propertiesOf(params), ...wildcard };
  return [
    ...Object.entries(inPath).map(([name, schema]) => parameter('path', name, schema)),
    ...Object.entries(propertiesOf(query)).map(([name, schema]) =>
      parameter('query', name, schema),
    ),
    ...Object.entries(headers).map(([name, description]) =>
      parameter('header', name, { type: 'string', description }),
    ),
  ];
}

function parameter(
  place: 'path' | 'query' | 'header',
  name: string,
  given: JsonSchema,
): JsonSchema {
  const { description, ...schema } = given;
  return {
    name,
    in: place,
    ...(place === 'path' ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema,
  };
}

function propertiesOf(schema: JsonSchema | undefined): Readonly<Record<string, JsonSchema>> {
  return (schema?.['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function mapAnswers(answers: Readonly<Record<string, Answer>>): JsonSchema {
  const entries = Object.entries(answers).map(([status, answer]) => [status, response(answer)]);
  return Object.fromEntries(entries) as JsonSchema;
}

function response({ description, type = 'application/json', schema = {} }: Answer): JsonSchema {
  return { description, content: { [type]: { schema } } };
}

const PROBLEM = {
  description: 'What went wrong and what to do',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
