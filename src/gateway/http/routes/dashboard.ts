import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WatchkeeperError } from '../../../core/errors.ts';
import { greetShipper } from '../inputs/elastic-handshake.ts';
import type { DashboardAssets } from '../options.ts';
import type { Route } from '../route.ts';

/** The dashboard's files: nothing secret, so open; it signs in by itself with a token. */
export function dashboardRoutes(
  assets: DashboardAssets | undefined,
  site: string,
): readonly Route[] {
  const tags = new WeakMap<Buffer, string>();
  const handle = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const asset = assets?.get(path);
    if (asset === undefined) throw missing(path, assets !== undefined);
    const tag = tags.get(asset.body) ?? entityTag(asset.body);
    tags.set(asset.body, tag);
    void reply.header('etag', tag).header('cache-control', 'no-cache');
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    return reply.header('content-type', asset.type).send(asset.body);
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
