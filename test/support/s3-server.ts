import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signedHeaders, type S3Keys } from '../../src/store/models/sign-request.ts';

export const S3_KEYS: S3Keys = { accessKey: 'AKIDTEST', secretKey: 'secret/with+signs' };

export interface S3Server {
  /** Of the bucket. */
  readonly url: string;
  readonly objects: Map<string, { body: Buffer; at: number }>;
  /** Answers of refused requests. */
  readonly refused: string[];
  close(): Promise<void>;
}

export interface S3ServerOptions {
  /** Objects of a page of a listing. */
  readonly page?: number;
  /** As stores that know no conditional writes. */
  readonly overwrites?: boolean;
  /** Answers everything so. */
  readonly status?: number;
}

/** As much of S3 as a shelf needs, for one bucket. Every request must be signed, as it came over the wire, to the last header. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const objects: S3Server['objects'] = new Map();
  const refused: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const problem = problemOf(request, body);
      if (problem !== undefined) {
        refused.push(problem);
        end(response, 403, `<Error><Code>${problem}</Code></Error>`);
      } else if (options.status !== undefined) {
        end(response, options.status, '<Error><Code>SlowDown</Code></Error>');
      } else answer({ request, response, body, objects, options });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/models/site`,
    objects,
    refused,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function problemOf(request: IncomingMessage, body: Buffer): string | undefined {
  const given = request.headers.authorization ?? '';
  const [, key, day, region, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request,\s*SignedHeaders=([\w;-]+),\s*Signature=([0-9a-f]{64})$/.exec(
      given,
    ) ?? [];
  if (key !== S3_KEYS.accessKey || names === undefined || region === undefined)
    return 'AccessDenied';
  const at = String(request.headers['x-amz-date']);
  const time = Date.parse(at.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  if (!(Math.abs(Date.now() - time) < 900_000) || !at.startsWith(day ?? '-'))
    return 'RequestTimeTooSkewed';
  const hash = createHash('sha256').update(body).digest('hex');
  if (request.headers['x-amz-content-sha256'] !== hash) return 'XAmzContentSHA256Mismatch';
  const list = names.split(';');
  const amz = Object.keys(request.headers).filter((name) => /^x-amz-|^if-|^host$/.test(name));
  if (!amz.every((name) => list.includes(name))) return 'UnsignedHeader';
  const computed = ['host', 'x-amz-content-sha256', 'x-amz-date'];
  const headers = Object.fromEntries(
    list
      .filter((name) => !computed.includes(name))
      .map((name) => [name, String(request.headers[name])]),
  );
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const wanted = signedHeaders(
    { method: request.method ?? '', url, headers, body },
    { keys: S3_KEYS, region, at: time },
  )['authorization'];
  return wanted?.endsWith(`Signature=${signature}`) ? undefined : 'SignatureDoesNotMatch';
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly objects: S3Server['objects'];
  readonly options: S3ServerOptions;
}

function answer({ request, response, body, objects, options }: Asked): void {
  const url = new URL(request.url ?? '/', 'http://host');
  if (url.pathname === '/models' && request.method === 'GET') {
    end(response, 200, listing(url, objects, options.page ?? 1000));
    return;
  }
  const key = decodeURIComponent(url.pathname.replace(/^\/models\//, ''));
  const found = objects.get(key);
  if (request.method === 'PUT') {
    const isNew = request.headers['if-none-match'] === '*';
    if (isNew && found !== undefined && options.overwrites !== true) {
      end(response, 412, '<Error><Code>PreconditionFailed</Code></Error>');
      return;
    }
    objects.set(key, { body, at: Date.now() });
    end(response, 200, '');
  } else if (request.method === 'DELETE') {
    objects.delete(key);
    end(response, 204, '');
  } else if (found === undefined) end(response, 404, '<Error><Code>NoSuchKey</Code></Error>');
  else end(response, 200, found.body);
}

function listing(url: URL, objects: S3Server['objects'], page: number): string {
  const prefix = url.searchParams.get('prefix') ?? '';
  const after = url.searchParams.get('continuation-token')?.replace(/^&<token>/, '') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const shown = keys.slice(0, page);
  const contents = shown.map((key) => {
    const { body, at } = objects.get(key) as { body: Buffer; at: number };
    return `<Contents><Key>${key}</Key><LastModified>${new Date(at).toISOString()}</LastModified><Size>${body.length}</Size></Contents>`;
  });
  const isMore = keys.length > page;
  const token = `<NextContinuationToken>&amp;&lt;token&gt;${shown.at(-1)}</NextContinuationToken>`;
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isMore}</IsTruncated>${isMore ? token : ''}${contents.join('\n')}</ListBucketResult>`;
}

function end(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status);
  response.end(body);
}
