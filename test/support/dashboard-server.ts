import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { decodeFeedRequest, encodeFeed } from '../../src/gateway/feed/codec.ts';
import { securityHeaders } from '../../src/gateway/http/security-headers.ts';
import type { createDashboardAssets } from '../../src/gateway/dashboard/assets.ts';
import type { ActorInfo } from '../../src/model/actor-event.ts';
import type { Alert, AlertLabel } from '../../src/model/alert.ts';
import type { FeedMessage, FeedRequest, Overview } from '../../src/model/feed.ts';
import type { ModelEntry } from '../../src/gateway/dashboard/logic/model-rows.ts';
import type { Performance } from '../../src/model/performance.ts';
import type { SubjectSummary } from '../../src/gateway/site-api.ts';
import {
  aFrame,
  anOverview,
  aSubjectDetail,
  NOW,
  someActors,
  someAlerts,
  someRecords,
  someModels,
  somePerformance,
  someStreams,
  someSubjects,
} from './dashboard-fixtures.ts';

export const TOKEN = 'test-token';

export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly key: string | undefined;
}

/** What the fake site knows; tests change it in place. */
export interface FakeSite {
  alerts: Alert[];
  actors: ActorInfo[];
  subjects: SubjectSummary[];
  overview: Overview;
  models: ModelEntry[];
  performance: Performance;
  role: string;
  /** Status to answer the next changes with, instead of doing them. */
  failChangesWith: number | undefined;
}

/**
 * A hand-written stand-in for the gateway: serves the dashboard with the
 * gateway's own headers, speaks the feed over real sockets, records calls.
 */
export class DashboardServer {
  readonly site: FakeSite = {
    alerts: someAlerts(),
    actors: someActors(),
    subjects: someSubjects(),
    overview: anOverview(),
    models: someModels(),
    performance: somePerformance(),
    role: 'admin',
    failChangesWith: undefined,
  };
  readonly calls: RecordedCall[] = [];
  readonly subscriptions: FeedRequest[] = [];
  readonly #assets: Assets;
  #http: Server | undefined;
  #feed: WebSocketServer | undefined;
  #beat: NodeJS.Timeout | undefined;
  #topology = 1;
  #port = 0;
  #pages = new Map<WebSocket, FeedRequest>();

  constructor(assets: Assets) {
    this.#assets = assets;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens; on the same port again after a stop. */
  async start(): Promise<void> {
    const http = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
    const feed = new WebSocketServer({ server: http, path: '/ui/ws' });
    feed.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        this.#receive(socket, decodeFeedRequest(data));
      });
      socket.on('close', () => this.#pages.delete(socket));
    });
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
    this.#feed = feed;
    this.#beat = setInterval(() => {
      this.broadcast({ type: 'overview', overview: this.site.overview });
    }, 1000);
  }

  async stop(): Promise<void> {
    clearInterval(this.#beat);
    for (const socket of this.#feed?.clients ?? []) socket.terminate();
    const http = this.#http;
    this.#http = undefined;
    http?.closeAllConnections();
    await new Promise((resolve) => (http === undefined ? resolve(undefined) : http.close(resolve)));
  }

  /** Sends to every subscribed browser. */
  broadcast(message: FeedMessage): void {
    for (const socket of this.#pages.keys()) socket.send(encodeFeed(message));
  }

  /** Puts an alert in, or a newer state of it, and tells browsers. */
  putAlert(alert: Alert): void {
    this.site.alerts = [...this.site.alerts.filter((each) => each.id !== alert.id), alert];
    this.broadcast({ type: 'alerts', snapshot: false, alerts: [alert] });
  }

  /** New numbers, and a new topology when actors came or went. */
  setActors(actors: ActorInfo[], { topology = false }: { topology?: boolean } = {}): void {
    this.site.actors = actors;
    if (topology) {
      this.#topology += 1;
      this.broadcast({ type: 'topo', version: this.#topology, actors });
    }
    this.broadcast(aFrame(this.#topology, actors));
  }

  #receive(socket: WebSocket, request: FeedRequest | undefined): void {
    if (request === undefined) return;
    const send = (message: FeedMessage): void => socket.send(encodeFeed(message));
    if (request.type === 'hello') {
      if (request.token !== TOKEN) {
        socket.close(4401, 'The token is not valid.');
        return;
      }
      const { rate } = this.site.overview;
      send({ type: 'welcome', proto: 1, site: 'harbour', now: NOW, rate, role: this.site.role });
      send({ type: 'alerts', snapshot: true, alerts: this.site.alerts });
      return;
    }
    this.subscriptions.push(request);
    this.#pages.set(socket, request);
    send({ type: 'overview', overview: this.site.overview });
    if (request.page !== 'actors') return;
    send({ type: 'topo', version: this.#topology, actors: this.site.actors });
    send(aFrame(this.#topology, this.site.actors));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    for (const [name, value] of Object.entries(securityHeaders(request.headers.host, false))) {
      response.setHeader(name, value);
    }
    const asset = this.#assets.get(pathname);
    if (asset !== undefined) {
      response.writeHead(200, { 'content-type': asset.type }).end(asset.body);
      return;
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      answer(response, 401, { title: 'Unauthenticated', detail: 'The token is not valid.' });
      return;
    }
    if (request.method === 'POST') await this.#change(request, response, pathname);
    else this.#read(new URL(request.url ?? '/', this.url), response);
  }

  async #change(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as {
      note: string;
      label?: AlertLabel;
    };
    const key = request.headers['idempotency-key'];
    this.calls.push({ method: 'POST', path, body, key: typeof key === 'string' ? key : undefined });
    const [, , , id, verb] = path.split('/');
    const alert = this.site.alerts.find((each) => each.id === id);
    if (this.site.failChangesWith !== undefined || alert === undefined) {
      answer(response, this.site.failChangesWith ?? 404, { detail: 'The journal is full.' });
      return;
    }
    const { label } = body;
    const next: Alert =
      label !== undefined
        ? {
            ...alert,
            ...{ label, labelledAt: NOW, labelledBy: 'admin' },
            revision: alert.revision + 1,
          }
        : verb === 'ack'
          ? {
              ...alert,
              state: 'acknowledged',
              acknowledgedAt: NOW,
              acknowledgedBy: 'admin',
              note: body.note,
              revision: alert.revision + 1,
            }
          : {
              ...alert,
              state: 'resolved',
              resolvedAt: NOW,
              resolvedBy: 'admin',
              note: body.note,
              revision: alert.revision + 1,
            };
    this.putAlert(next);
    answer(response, 200, next);
  }

  #read(url: URL, response: ServerResponse): void {
    const found = this.#find(url);
    if (found === undefined)
      answer(response, 404, { detail: `There is nothing at ${url.pathname}.` });
    else answer(response, 200, found);
  }

  #find({ pathname, searchParams }: URL): unknown {
    const { alerts, actors, subjects } = this.site;
    const [, , what, ...rest] = pathname.split('/').map(decodeURIComponent);
    switch (what) {
      case 'alerts':
        return rest.length === 0 ? { alerts } : alerts.find((alert) => alert.id === rest[0]);
      case 'subjects': {
        if (rest.length === 0)
          return { subjects: subjects.filter((each) => each.kind === searchParams.get('kind')) };
        const subject = subjects.find((each) => each.id === rest.join(':'));
        return subject === undefined ? undefined : aSubjectDetail(subject);
      }
      case 'actors': {
        const info = actors.find((actor) => actor.path === `/${rest.join('/')}`);
        const recentErrors =
          (info?.restarts ?? 0) > 0
            ? ['RangeError: Expected a finite rate, got NaN.\n    at fold (window.ts:41:11)']
            : [];
        return info === undefined
          ? undefined
          : {
              info,
              state: { lsn: 4711, window: { errors: 12, from: '14:27:10' }, open: [] },
              capturedAt: NOW,
              recentErrors,
            };
      }
      case 'streams':
        return someStreams();
      case 'models': {
        const { models } = this.site;
        if (rest.length === 0) return { models: models.map(({ stages }) => stages) };
        const found = models.find(({ stages }) => stages.name === rest[0]);
        return found?.versions && { ...found.stages, models: found.versions };
      }
      case 'detectors':
        return this.site.performance;
      case 'records':
        return { records: someRecords(searchParams.get('subject') ?? '') };
      default:
        return undefined;
    }
  }
}

type Assets = Awaited<ReturnType<typeof createDashboardAssets>>;

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
