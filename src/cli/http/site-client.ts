import * as http from 'node:http';
import * as https from 'node:https';
import { ERROR_CODES, type ErrorCode } from '../../core/error-codes.ts';
import { WatchkeeperError } from '../../core/errors.ts';

export interface SiteClientOptions {
  readonly url: string;
  readonly token?: string;
  /** PEM of the authority that signed the site's certificate. */
  readonly ca?: string;
  /** @default 30 s */
  readonly timeoutMs?: number;
}

export interface SiteRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON, or as it is when it is bytes. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SiteAnswer {
  readonly status: number;
  /** Parsed JSON, or text when it is none. */
  readonly body: unknown;
  /** Seconds, from Retry-After. */
  readonly retryAfter: number | undefined;
}

/** Talks to a site's HTTP API over kept connections. */
export class SiteClient {
  readonly url: string;
  /** PEM of the authority it trusts; `undefined` for those that Node knows. */
  readonly ca: string | undefined;
  readonly #options: SiteClientOptions;
  readonly #agent: http.Agent;

  constructor(options: SiteClientOptions) {
    this.url = options.url;
    this.ca = options.ca;
    this.#options = options;
    const agentOptions = { keepAlive: true, maxSockets: 16 };
    this.#agent = isSecure(options.url)
      ? new https.Agent({
          ...agentOptions,
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        })
      : new http.Agent(agentOptions);
  }

  async get<Body>(path: string, query?: SiteRequest['query']): Promise<Body> {
    return this.#value({ method: 'GET', path, ...(query === undefined ? {} : { query }) });
  }

  async post<Body>(path: string, body: unknown, headers?: SiteRequest['headers']): Promise<Body> {
    return this.#value({
      method: 'POST',
      path,
      body,
      ...(headers === undefined ? {} : { headers }),
    });
  }

  async #value<Body>(request: SiteRequest): Promise<Body> {
    const answer = await this.request(request);
    if (answer.status >= 400) throw problemOf(answer);
    return answer.body as Body;
  }

  /** One request; any status is an answer. @throws UNREACHABLE */
  request(request: SiteRequest): Promise<SiteAnswer> {
    const url = new URL(`${this.url}${request.path}`);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const body = bodyBytes(request.body);
    const send = isSecure(this.url) ? https.request : http.request;
    return new Promise((resolve, reject) => {
      const outgoing = send(url, {
        method: request.method,
        agent: this.#agent,
        headers: this.#headers(request, body),
      });
      outgoing.setTimeout(this.#options.timeoutMs ?? 30_000, () => {
        outgoing.destroy(new Error('no answer in time'));
      });
      outgoing.on('error', (cause) => {
        reject(unreachable(this.url, cause));
      });
      outgoing.on('response', (response) => {
        collect(response).then(resolve, (cause: unknown) => {
          reject(unreachable(this.url, cause));
        });
      });
      outgoing.end(body);
    });
  }

  /** Closes the kept connections. */
  close(): void {
    this.#agent.destroy();
  }

  #headers(request: SiteRequest, body: Uint8Array | undefined): http.OutgoingHttpHeaders {
    const { token } = this.#options;
    return {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined
        ? {}
        : {
            'content-type': request.contentType ?? 'application/json',
            'content-length': body.byteLength,
          }),
      ...request.headers,
    };
  }
}

/** The error that an answer of 400 or more stands for (RFC 9457). */
export function problemOf({ status, body }: SiteAnswer): WatchkeeperError {
  const { code, detail, fix } = (typeof body === 'object' && body !== null ? body : {}) as Readonly<
    Record<string, unknown>
  >;
  const known =
    typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : undefined;
  const message = typeof detail === 'string' ? detail : `The site answered ${status}.`;
  const ownFix = typeof fix === 'string' && fix !== '' ? fix : undefined;
  const advice = status === 401 ? TOKEN_FIX : ownFix;
  const options = advice === undefined ? {} : { fix: advice };
  return new WatchkeeperError(known ?? codeOf(status), message, options);
}

const TOKEN_FIX =
  'Give a token with --token or WATCHKEEPER_TOKEN, or --data with the data folder of the site.';

function codeOf(status: number): ErrorCode {
  const found = Object.entries(ERROR_CODES).find(([, meaning]) => meaning.status === status)?.[0];
  return (found as ErrorCode | undefined) ?? 'INTERNAL';
}

function unreachable(url: string, cause: unknown): WatchkeeperError {
  return new WatchkeeperError('UNREACHABLE', `Cannot reach the site at ${url}.`, {
    cause,
    fix: 'Start one with "watchkeeper up" or "watchkeeper demo", or name it with --url or --data.',
  });
}

function bodyBytes(body: unknown): Uint8Array | undefined {
  if (body === undefined) return undefined;
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

/** An answer is never larger than a page of records; more is refused. */
const MAX_ANSWER_BYTES = 64 * 1_048_576;

async function collect(response: http.IncomingMessage): Promise<SiteAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is larger than 64 MiB');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const retryAfter = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    body: parseJson(text),
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isSecure(url: string): boolean {
  return url.startsWith('https:');
}
