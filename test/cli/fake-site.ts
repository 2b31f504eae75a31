import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the fake site got. */
export interface Seen {
  readonly route: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface FakeSite {
  readonly url: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

/** A site's HTTP API as a table of answers by `METHOD path`; real sockets, port 0. */
export async function fakeSite(
  routes: Readonly<Record<string, (seen: Seen) => Reply>>,
): Promise<FakeSite> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const route = `${request.method} ${url.pathname}`;
      const body = Buffer.concat(parts).toString('utf8');
      const got = { route, query: url.searchParams, headers: request.headers, body };
      seen.push(got);
      const reply = routes[route]?.(got) ?? {
        status: 404,
        body: problem('NOT_FOUND', 'No such route.'),
      };
      response.writeHead(reply.status ?? 200, {
        'content-type': 'application/json',
        ...reply.headers,
      });
      response.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export function problem(code: string, detail: string, fix = ''): Record<string, unknown> {
  return { type: `urn:watchkeeper:problem:${code}`, title: code, status: 400, detail, code, fix };
}
