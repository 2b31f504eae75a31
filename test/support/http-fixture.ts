import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import type { WatchkeeperError } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { projectRoot } from '../../src/core/root.ts';
import type { NewEntry } from '../../src/model/journal-entry.ts';
import type { DeviceEndpoint } from '../../src/gateway/device-endpoint.ts';
import { patientBox } from './patient-box.ts';
import { createHttpGateway } from '../../src/gateway/http/http-gateway.ts';
import { createMetricsRegistry } from '../../src/gateway/http/metrics-registry.ts';
import type { HttpGatewayOptions, RejectedRecord } from '../../src/gateway/http/options.ts';
import type { Admission } from '../../src/gateway/intake.ts';
import { openTokenStore, type Role } from '../../src/security/tokens.ts';
import { loadLogSchema } from '../../src/wire/records/schema.ts';
import { createFakeSite, type FakeSite } from './fake-site.ts';

/** An intake whose answers the test sets; durable at once unless held. */
export class FakeIntake {
  readonly entries: NewEntry[] = [];
  admission: Admission = 'accept';
  failure: WatchkeeperError | undefined;
  isHeld = false;
  readonly #waiting: ((isDurable: boolean) => void)[] = [];

  admit(): Admission {
    return this.admission;
  }

  submit(entry: NewEntry): number {
    if (this.failure !== undefined) throw this.failure;
    return this.entries.push(entry);
  }

  barrier(callback: (isDurable: boolean) => void): void {
    if (this.isHeld) this.#waiting.push(callback);
    else callback(true);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  release(isDurable: boolean): void {
    this.isHeld = false;
    for (const callback of this.#waiting.splice(0)) callback(isDurable);
  }
}

/** A device endpoint that says what reached it. */
export function fakeDevices(): DeviceEndpoint & { readonly upgraded: (string | undefined)[] } {
  const upgraded: (string | undefined)[] = [];
  return {
    upgraded,
    online: 0,
    upgrade: (request, socket) => {
      upgraded.push(request.url);
      socket.end('HTTP/1.1 418 Taken\r\nContent-Length: 0\r\n\r\n');
    },
    post: (body) => Promise.resolve({ status: 200, body: Uint8Array.from(body).reverse() }),
    drain: () => Promise.resolve(),
    isOnline: () => false,
  };
}

export interface Fixture {
  readonly url: string;
  readonly site: FakeSite;
  readonly intake: FakeIntake;
  readonly devices: ReturnType<typeof fakeDevices>;
  readonly rejected: RejectedRecord[];
  readonly tokens: Readonly<Record<Role, string>>;
  readonly store: Awaited<ReturnType<typeof openTokenStore>>;
  /** Fetches with the token of a role, `none` for without. */
  call(path: string, options?: CallOptions): Promise<Response>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly as?: Role | 'none';
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
}

const schemaText = await readFile(join(projectRoot(), 'config/log_schema.yaml'), 'utf8');
export const logSchema = loadLogSchema(schemaText, 'config/log_schema.yaml');

/** A real gateway on a free port of 127.0.0.1 over a fake site. */
export async function startGateway(overrides: Partial<HttpGatewayOptions> = {}): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'wk-http-'));
  const site = (overrides.api as FakeSite | undefined) ?? createFakeSite();
  const intake = new FakeIntake();
  const devices = fakeDevices();
  const rejected: RejectedRecord[] = [];
  const store = await openTokenStore({ folder, clock: systemClock });
  const issue = async (role: Role): Promise<string> =>
    (await store.issue({ role, name: `the ${role}` })).token;
  const tokens = {
    viewer: await issue('viewer'),
    operator: await issue('operator'),
    admin: await issue('admin'),
    service: await issue('service'),
  };
  const gateway = createHttpGateway({
    api: site,
    intake,
    groups: { seal: (service, payload) => Buffer.concat([Buffer.from(`${service}|`), payload]) },
    records: { schema: logSchema },
    tokens: store,
    devices,
    metrics: createMetricsRegistry({ processMetrics: false }),
    logger: silentLogger,
    onRejected: (record) => rejected.push(record),
    penalties: patientBox(site.clock),
    ...overrides,
  });
  const { url } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const call = (path: string, options: CallOptions = {}): Promise<Response> =>
    fetch(`${url}${path}`, requestOf(options, tokens));
  const close = async (): Promise<void> => {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, site, intake, devices, rejected, tokens, store, call, close };
}

function requestOf(options: CallOptions, tokens: Fixture['tokens']): RequestInit {
  const { as = 'viewer', method, headers = {}, body } = options;
  const isRaw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(as === 'none' ? {} : { authorization: `Bearer ${tokens[as]}` }),
      ...(isRaw ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
  };
}

/** A record that passes the schema. */
export function aRecord(fields: Readonly<Record<string, unknown>> = {}): object {
  return { timestamp: Date.now(), level: 'INFO', service: 'payment', message: 'paid', ...fields };
}
