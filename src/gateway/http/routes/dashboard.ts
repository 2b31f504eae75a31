import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import { greetShipper } from '../inputs/elastic-handshake.ts';
import type { DashboardAssets } from '../options.ts';
import { PackedFiles } from '../packed.ts';
import type { Route } from '../route.ts';

/** The dashboard's files: nothing secret, so open; it signs in by itself with a token. */
export function dashboardRoutes(
  assets: DashboardAssets | undefined,
  site: string,
): readonly Route[] {
  const tags = new WeakMap<Buffer, string>();
  const files = new PackedFiles();
  const handle = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const asset = assets?.get(path);
    if (asset === undefined) throw missing(path, assets !== undefined);
    const tag = tags.get(asset.body) ?? entityTag(asset.body);
    tags.set(asset.body, tag);
    const packed = files.gzip(asset.body, request.headers['accept-encoding']);
    // Two forms of a file are two entities (RFC 9110, section 8.8.3.3).
    const ownTag = packed === undefined ? tag : tag.replace(/"$/, '-gzip"');
    void reply
      .header('etag', ownTag)
      .header('cache-control', 'no-cache')
      .header('vary', 'accept-encoding');
    if (request.headers['if-none-match'] === ownTag) return reply.code(304).send();
    void reply.header('content-type', asset.type);
    return packed === undefined
      ? reply.send(asset.body)
      : reply.header('content-encoding', 'gzip').send(packed);
  };
  const answers = {
    '200': { description: 'The file', type: 'text/html' },
    '304': { description: 'Not changed' },
  };
  const handleRoot = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    greetShipper(site, request, reply) ?? handle(request, reply);
  return [
    { key: 'GET /', summary: 'The dashboard', answers, handle: handleRoot },
    { key: 'GET /*', summary: 'A file of the dashboard', answers, handle },
  ];
}

function missing(path: string, hasDashboard: boolean): WatchkeeperError {
  if (path === '/' && !hasDashboard) {
    return new WatchkeeperError('NOT_FOUND', 'This gateway serves no dashboard.');
  }
  return new WatchkeeperError('NOT_FOUND', 'There is no such route.', {
    fix: 'See /openapi.json for all routes.',
  });
}

function entityTag(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}
