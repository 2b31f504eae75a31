// A process of its own that is either the gateway alone, with the public half
// of the site's key and no more, or for comparison the whole site. Told what
// to be by its first message; it never gets a record but through its port.
import { writeHeapSnapshot } from 'node:v8';
import { startSite } from '../../../src/app.ts';
import { openGatewayParts, type SiteTuning } from '../../../src/app/parts.ts';
import { serve } from '../../../src/app/serve.ts';
import type { StartSiteOptions } from '../../../src/cli/site-contract.ts';
import { Registry } from '../../../src/actors/registry.ts';
import { readCommand } from '../../../src/actors/entry-codec.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { StopStack } from '../../../src/core/lifecycle.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { noTracer } from '../../../src/core/trace.ts';
import { createDeviceGateway } from '../../../src/gateway/device/gateway.ts';
import { SessionTable } from '../../../src/gateway/device/sessions.ts';
import { ENTRY } from '../../../src/model/journal-entry.ts';
import { publicKeyRing, type SiteKey } from '../../../src/security/key-ring.ts';
import { createFakeSite } from '../fake-site.ts';

export interface GatewayProcessStart {
  readonly role: 'gateway' | 'site';
  readonly dataFolder: string;
  readonly configFolder: string;
  readonly token: string;
  /** Public halves; raw keys in base64. */
  readonly keys: readonly { readonly id: string; readonly publicKey: string }[];
}

export type GatewayProcessRequest =
  | GatewayProcessStart
  /** Writes a heap snapshot; what was folded before is settled first. */
  | { readonly heapFile: string }
  | { readonly stop: true };

export interface GatewayProcessAnswer {
  readonly url?: string;
}

interface Role {
  readonly url: string;
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const write =
  (level: string) =>
  (message: string, fields = {}): void => {
    console.log(level, message, JSON.stringify(fields));
  };
const logger: Logger = {
  debug: write('debug'),
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
};
const tuning: SiteTuning = { snapshotEveryMs: 1e9 };
let role: Role | undefined;

process.on('message', (request: GatewayProcessRequest) => {
  void answer(request).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function answer(request: GatewayProcessRequest): Promise<GatewayProcessAnswer> {
  if ('role' in request) {
    role = await (request.role === 'site' ? wholeSite(request) : gatewayAlone(request));
    return { url: role.url };
  }
  if ('heapFile' in request) {
    await role?.settle();
    writeHeapSnapshot(request.heapFile);
    return {};
  }
  await role?.stop();
  setImmediate(() => process.disconnect());
  return {};
}

function optionsOf({ dataFolder, configFolder, token }: GatewayProcessStart): StartSiteOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    dataFolder,
    configFolder,
    token,
    siteName: 'local',
    clock: {},
    tls: {},
    consoleAlerts: false,
    logger,
  };
}

async function wholeSite(start: GatewayProcessStart): Promise<Role> {
  const site = await startSite(optionsOf(start), tuning);
  return {
    url: site.url,
    settle: () => site.engine.drained(),
    stop: () => site.stop(),
  };
}

/** Who is enrolled and which numbers are taken are a fold of the journal; neither needs a private key. */
async function gatewayAlone(start: GatewayProcessStart): Promise<Role> {
  const stops = new StopStack();
  const keys = start.keys.map(({ id, publicKey }): SiteKey => ({
    id,
    publicKey: Buffer.from(publicKey, 'base64'),
    notBefore: 0,
  }));
  const siteKeys = publicKeyRing(keys, systemClock);
  const parts = await openGatewayParts({ options: optionsOf(start), tuning, stops, siteKeys });
  const { journal, clock, metrics, intake } = parts;
  const registry = new Registry();
  const sessions = new SessionTable();
  for await (const entries of journal.read(journal.firstLsn)) {
    for (const entry of entries) {
      sessions.apply(entry);
      if (entry.kind === ENTRY.command) registry.apply(readCommand(entry.body), entry.observedAt);
    }
  }
  const devices = createDeviceGateway({
    site: 'local',
    clock,
    logger,
    metrics,
    tracer: noTracer,
    directory: registry,
    sessions,
    intake,
    keyRing: siteKeys,
  });
  const { url } = await serve({ parts, api: createFakeSite(clock), devices });
  return { url, settle: () => Promise.resolve(), stop: () => stops.stop() };
}
