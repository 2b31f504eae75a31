import Fastify, {
  type FastifyContextConfig,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { WatchkeeperError, isWatchkeeperError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { PenaltyBox } from '../penalty-box.ts';
import { SiteViews } from '../scope/site-view.ts';
import type { SiteApi } from '../site-api.ts';
import { ContentDecoder } from './content-coding.ts';
import type { Guard } from './guard.ts';
import { createHttpServer } from './http-server.ts';
import { shapeElasticProblem } from './inputs/elastic-answer.ts';
import type { HttpLimits } from './limits.ts';
import type { HttpGatewayOptions } from './options.ts';
import { problemOf, sendProblem, type Problem } from './problem.ts';
import { measureRequests } from './request-metrics.ts';
import { countDropped, createMalformedHandler } from './malformed-requests.ts';
import { methodsOf } from './methods.ts';
import type { Route } from './route.ts';
import { allRoutes } from './routes/all.ts';
import { addressKey } from './rate-limiter.ts';
import { securityHeaders } from './security-headers.ts';

interface AppContext {
  readonly limits: HttpLimits;
  readonly guard: Guard;
  readonly penalties: PenaltyBox;
  readonly isClosing: () => boolean;
}

/** The router with every route of the API, its guard, headers and error answers. */
export function createApp(options: HttpGatewayOptions, context: AppContext): FastifyInstance {
  const { api, tls, logger, metrics } = options;
  const { limits, guard, penalties, isClosing } = context;
  const app: FastifyInstance = Fastify({
    serverFactory: (listener) =>
      createHttpServer({ limits, penalties, tls, clock: api.clock, logger }, listener),
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: 256 },
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: true,
        allErrors: false,
        allowUnionTypes: true,
      },
    },
    clientErrorHandler: createMalformedHandler(api.clock, { metrics, penalties }),
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply as FastifyReply, problemOf(error));
    },
    logger: false,
  });
  admitRequests(app, { api, guard, isTls: tls !== undefined });
  answerProblems(app, logger);
  delayRefusals(app, penalties);
  measureRequests(app, metrics);
  countDropped(app.server, metrics);
  parseJson(app, guard);
  const scope = { app, guard, decoder: new ContentDecoder() };
  for (const route of allRoutes(options, limits, isClosing)) addRoute(route, scope);
  return app;
}

function admitRequests(
  app: FastifyInstance,
  { api, guard, isTls }: { readonly api: SiteApi; readonly guard: Guard; readonly isTls: boolean },
): void {
  const views = new SiteViews(api);
  app.decorateRequest('caller', undefined);
  // Set by the hook before any handler runs.
  app.decorateRequest('view', null as never);
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(securityHeaders(request.headers.host, isTls));
    done(
      attempt(() => {
        guard.admit(request, reply);
        request.view = views.of(request.caller);
      }),
    );
  });
}

function answerProblems(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    // The dashboard's files take every path that nothing else has.
    if (isWatchkeeperError(error, 'NOT_FOUND') && isFallback(request)) {
      return refuseMethod(request, reply) ?? refusePath(request, reply, problemOf(error));
    }
    logUnexpected(error, request, logger);
    const problem = problemOf(error);
    return sendProblem(reply, problem, request.routeOptions.config.problem?.(problem, request));
  });
  app.setNotFoundHandler(
    (request, reply) =>
      refuseMethod(request, reply) ?? refusePath(request, reply, problemOf(NO_ROUTE)),
  );
}

/** What could not be read at all: every other refusal costs little. */
const UNREADABLE: ReadonlySet<number> = new Set([400, 413, 414, 415, 431]);

/** Lets senders of what cannot be read wait for the answer, once they have sent much of it. */
function delayRefusals(app: FastifyInstance, penalties: PenaltyBox): void {
  app.decorateRequest('bodyBytes', 0);
  app.decorateRequest('isPartlyTaken', false);
  app.addHook('onSend', async (request, reply) => {
    // Some protocols answer 400 when a single record of many was refused.
    if (!UNREADABLE.has(reply.statusCode) || request.isPartlyTaken) return;
    // It may be large, and nobody looks at it any more.
    request.body = undefined;
    await new Promise<void>((resolve) => {
      penalties.refuse(request.caller?.id ?? addressKey(request.ip), resolve, request.bodyBytes);
    });
  });
}

function isFallback({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.route === 'GET /*';
}

/** Answers 405 with Allow where the path is right and the method is not (RFC 9110, section 15.5.6). */
function refuseMethod(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const allowed = methodsOf(request.url.split('?', 1)[0] ?? '/');
  if (allowed.length === 0 || allowed.includes(request.method)) return undefined;
  const list = allowed.join(', ');
  const message = `This route does not take ${request.method}.`;
  const error = new WatchkeeperError('METHOD_NOT_ALLOWED', message, { fix: `Use ${list}.` });
  return refusePath(request, reply.header('allow', list), problemOf(error));
}

/** Refuses what no route takes, in the form of the protocol that the path belongs to. */
function refusePath({ url }: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const isElastic = /^\/elastic(?:[/?]|$)/.test(url);
  return sendProblem(reply, problem, isElastic ? shapeElasticProblem(problem) : undefined);
}

const NO_ROUTE = new WatchkeeperError('NOT_FOUND', 'There is no such route.', {
  fix: 'See /openapi.json for all routes.',
});

interface RouteScope {
  readonly app: FastifyInstance;
  readonly guard: Guard;
  readonly decoder: ContentDecoder;
}

function addRoute(route: Route, { app, guard, decoder }: RouteScope): void {
  const [method = '', url = ''] = route.key.split(' ');
  const { raw, params, query, body, handle } = route;
  const schema = {
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
  };
  const add = (scope: FastifyInstance, bodyLimit?: number): void => {
    scope.route({
      method,
      url,
      schema,
      config: configOf(route),
      handler: handle,
      ...(bodyLimit === undefined ? {} : { bodyLimit }),
    });
  };
  if (raw === undefined) return add(app);
  // A scope of its own: only here a body stays bytes.
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    const types = [...raw.types];
    const parse = { parseAs: 'buffer' } as const;
    scope.addContentTypeParser(types, parse, (request: FastifyRequest, bytes: Buffer) =>
      decodeBody(request, bytes, { guard, decoder, maxBytes: raw.maxBytes }),
    );
    scope.addHook('preHandler', (request, _reply, done2) => {
      done2(raw.isOptional === true || Buffer.isBuffer(request.body) ? undefined : NO_BODY);
    });
    add(scope, raw.maxBytes);
    done();
  });
}

interface DecodeOptions extends Pick<RouteScope, 'guard' | 'decoder'> {
  readonly maxBytes: number;
}

/** The body without its content coding. */
async function decodeBody(
  request: FastifyRequest,
  bytes: Buffer,
  { guard, decoder, maxBytes }: DecodeOptions,
): Promise<Buffer> {
  guard.countBody(request, bytes.length);
  const coding = request.headers['content-encoding'];
  // One that cannot be decompressed may have taken as long as the largest.
  request.bodyBytes = bytes.length + (coding === undefined ? 0 : maxBytes);
  const body = await decoder.decode(bytes, coding, maxBytes);
  request.bodyBytes = body.length;
  if (body === bytes) return bytes;
  guard.countDecoded(request, body.length - bytes.length);
  // So that nobody undoes it a second time.
  request.headers['content-encoding'] = 'identity';
  return body;
}

function configOf({ key, raw, problem }: Route): FastifyContextConfig {
  return {
    route: key,
    ...(raw?.codings === undefined ? {} : { codings: raw.codings }),
    ...(problem === undefined ? {} : { problem }),
  };
}

const NO_BODY = new WatchkeeperError('BAD_REQUEST', 'The request has no body.', {
  fix: 'Send a body and its Content-Type.',
});

/** JSON bodies; none at all counts as `{}`, so that a schema can say what is missing. */
function parseJson(app: FastifyInstance, guard: Guard): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, parsed) => {
    const problem = attempt(() => {
      guard.countBody(request, Buffer.byteLength(text));
    });
    if (problem !== undefined) return parsed(problem);
    try {
      parsed(null, text === '' ? {} : JSON.parse(String(text)));
    } catch {
      // The parser's own message quotes the body, so it goes no further.
      parsed(
        new WatchkeeperError('BAD_REQUEST', 'The body is not valid JSON.', {
          fix: 'Send one JSON object, in UTF-8.',
        }),
      );
    }
  });
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {};
    done();
  });
}

function attempt(action: () => void): WatchkeeperError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (isWatchkeeperError(error)) return error;
    throw error;
  }
}

/** Logs what no caller caused. The message stays out, as it may quote what somebody sent; the stack says where. */
function logUnexpected(error: unknown, request: FastifyRequest, logger: Logger): void {
  if (problemOf(error).status < 500) return;
  const route = request.routeOptions.config.route;
  if (isWatchkeeperError(error)) {
    logger.warn('A request failed.', { route, code: error.code, reason: error.message });
    return;
  }
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  logger.error('A request failed unexpectedly.', { route, stack: frames.slice(0, 10) });
}
