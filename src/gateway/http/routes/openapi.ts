import { openApiDocument } from '../openapi.ts';
import type { Route } from '../route.ts';

/** `GET /openapi.json`: the document that describes the given routes and itself. */
export function openApiRoute(routes: readonly Route[]): Route {
  const route: Route = {
    key: 'GET /openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
    answers: { '200': { description: 'The document' } },
    handle: (_request, reply) =>
      reply.header('content-type', 'application/json; charset=utf-8').send(text),
  };
  const text = JSON.stringify(openApiDocument([...routes, route]));
  return route;
}
