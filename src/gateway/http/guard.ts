import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Identity, TokenStore } from '../../security/tokens.ts';
import { hostName, isLoopback } from '../tls/loopback.ts';
import { tokenIn } from './credentials.ts';
import type { HttpLimits } from './limits.ts';
import { isSameOrigin } from './origin.ts';
import { POLICY, isAllowed, isScoped, rolesFor, type Access, type RouteKey } from './policy.ts';
import { RateLimiter, addressKey } from './rate-limiter.ts';

interface GuardOptions {
  readonly clock: Clock;
  readonly tokens: Pick<TokenStore, 'verify'>;
  readonly limits: HttpLimits;
}

/** What every request passes before its body is read: origin, identity, role, rates. */
export class Guard {
  readonly #tokens: Pick<TokenStore, 'verify'>;
  readonly #perToken: RateLimiter;
  readonly #perAddress: RateLimiter;

  constructor({ clock, tokens, limits }: GuardOptions) {
    this.#tokens = tokens;
    this.#perToken = new RateLimiter(clock, limits.perToken);
    this.#perAddress = new RateLimiter(clock, limits.perAddress);
  }

  /**
   * Lets a request in and sets its `caller`.
   * @throws WatchkeeperError UNAUTHENTICATED | FORBIDDEN | RATE_LIMITED | UNSUPPORTED_MEDIA
   */
  admit(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.config.route;
    const access = route === undefined ? 'open' : POLICY[route];
    const caller = isAnonymous(access, request) ? undefined : this.#identify(request, access);
    request.caller = caller;
    this.#limit(request, reply);
    if (!isAnonymous(access, request)) {
      authorize(access, caller);
      checkScope(route, caller);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') checkUnsafe(request);
  }

  /** Counts body bytes that no Content-Length announced. @throws WatchkeeperError RATE_LIMITED */
  countBody(request: FastifyRequest, bytes: number): void {
    if (request.headers['content-length'] !== undefined) return;
    if (this.#bytes(request, bytes) > 0) throw tooMany();
  }

  /** Counts what a body has grown by when it was decompressed. @throws WatchkeeperError RATE_LIMITED */
  countDecoded(request: FastifyRequest, bytes: number): void {
    if (bytes > 0 && this.#bytes(request, bytes) > 0) throw tooMany();
  }

  /** Whether an address may open one more WebSocket now. */
  admitsUpgrade(address: string | undefined): boolean {
    return this.#perAddress.request(addressKey(address)) === 0;
  }

  #identify(request: FastifyRequest, access: Access): Identity | undefined {
    const token = tokenIn(request.headers.authorization, access === 'ingest');
    return token === undefined ? undefined : this.#tokens.verify(token);
  }

  #limit(request: FastifyRequest, reply: FastifyReply): void {
    const { caller } = request;
    const waitMs =
      caller === undefined
        ? this.#perAddress.request(addressKey(request.ip))
        : this.#perToken.request(caller.id);
    const length = Number(request.headers['content-length'] ?? 0);
    const wait = waitMs > 0 ? waitMs : length > 0 ? this.#bytes(request, length) : 0;
    if (wait === 0) return;
    void reply.header('retry-after', String(Math.ceil(wait / 1000)));
    throw tooMany();
  }

  #bytes({ caller, ip }: FastifyRequest, bytes: number): number {
    return caller === undefined
      ? this.#perAddress.bytes(addressKey(ip), bytes)
      : this.#perToken.bytes(caller.id, bytes);
  }
}

function tooMany(): WatchkeeperError {
  return new WatchkeeperError('RATE_LIMITED', 'This caller sends more than it may.', {
    fix: 'Wait as long as Retry-After says; send more records in each request.',
  });
}

function isAnonymous(access: Access, request: FastifyRequest): boolean {
  return rolesFor(access).length === 0 || (access === 'local' && isLocal(request));
}

/** Straight from this machine: not through a proxy, and not through a foreign name that was made to point here. */
function isLocal({ raw, headers, socket }: FastifyRequest): boolean {
  const name = hostName(headers.host);
  return (
    isLoopback(socket.localAddress ?? '') &&
    isLoopback(socket.remoteAddress ?? '') &&
    name !== undefined &&
    isLoopback(name) &&
    headers.forwarded === undefined &&
    raw.headers['x-forwarded-for'] === undefined
  );
}

function authorize(access: Access, caller: Identity | undefined): void {
  if (caller === undefined) {
    throw new WatchkeeperError('UNAUTHENTICATED', 'This route needs a valid bearer token.', {
      fix: 'Send the header "Authorization: Bearer wk_…" with a token that is neither expired nor revoked.',
    });
  }
  if (!isAllowed(access, caller.role)) {
    throw new WatchkeeperError(
      'FORBIDDEN',
      `The role "${caller.role}" may not do this; it needs ${rolesFor(access).join(' or ')}.`,
      { fix: 'Use a token of one of these roles.' },
    );
  }
}

/** @throws WatchkeeperError FORBIDDEN */
function checkScope(route: RouteKey | undefined, caller: Identity | undefined): void {
  if (caller?.filter === undefined || (route !== undefined && isScoped(route))) return;
  throw new WatchkeeperError('FORBIDDEN', 'This token sees only what its filter lets through.', {
    fix: 'Query records, subjects and alerts; what is about the whole site needs a token without a filter.',
  });
}

function checkUnsafe(request: FastifyRequest): void {
  if (!isSameOrigin(request.raw)) {
    throw new WatchkeeperError('FORBIDDEN', 'This request comes from a page of another origin.', {
      fix: 'Call the API from the dashboard or from a program, not from another web page.',
    });
  }
  const coding = request.headers['content-encoding']?.trim().toLowerCase();
  if (coding === undefined || coding === '' || coding === 'identity') return;
  const { codings = [] } = request.routeOptions.config;
  if (codings.includes(coding)) return;
  throw new WatchkeeperError(
    'UNSUPPORTED_MEDIA',
    codings.length === 0
      ? 'Compressed bodies are not taken.'
      : `Of content codings ${codings.join(', ')} are taken.`,
    { fix: 'Use another Content-Encoding, or leave it out and send the body as it is.' },
  );
}
