import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readConfigFile } from '../../app/config-file.ts';
import { storeHistory, type History } from '../../app/backtest/history.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { openEmbeddedStore } from '../../store/embedded/open.ts';
import type { Store } from '../../store/store.ts';
import { createRecordDecoder } from '../../wire/records/decode.ts';
import { loadLogSchema } from '../../wire/records/schema.ts';
import type { RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { askSiteTime } from '../http/site-time.ts';
import { dataFolderOf } from '../models/open-registry.ts';
import { isRunning, readSiteFile } from '../site-file.ts';
import { fileHistory } from './file-history.ts';
import { siteHistory } from './site-history.ts';

export interface HistoryOptions extends RemoteOptions {
  readonly data: string;
  readonly store?: string;
  readonly site?: string;
  readonly file?: readonly string[];
  readonly as: string;
}

export interface OpenHistory {
  readonly history: History;
  /** Name of the site: part of the ids of its alerts. */
  readonly site: string;
  /** What "now" is there: of a site that runs its own time, else that of this machine. */
  readonly now: number;
  /** The time that the history spans, where that is known beforehand. */
  readonly span?: { readonly from: number; readonly to: number };
  /** Whether time goes on there: what is silent until now is silent. */
  readonly isRunning: boolean;
  close(): Promise<void>;
}

/**
 * Opens what `--file`, `--url`, `--store` or the data folder name, in this
 * order. A data folder is opened to be read only, whether its site runs or not.
 * @throws USAGE, UNREACHABLE, STORE_FAILED, NOT_FOUND when the folder holds no store
 */
export async function openHistory(
  context: CliContext,
  options: HistoryOptions,
  configFolder: string,
): Promise<OpenHistory> {
  const { clock, cwd, env } = context;
  const { file, as, url, store: given } = options;
  if (file !== undefined) {
    const found = await fileHistory(file, { cwd, as, reference: clock.wall() });
    const { history, ...span } = found;
    const site = options.site ?? 'local';
    return { history, site, span, now: span.to, isRunning: false, close: () => Promise.resolve() };
  }
  if (url !== undefined) return ofSite(context, options);
  const folder = dataFolderOf(context, options.data);
  const here = readSiteFile(folder);
  const site = options.site ?? here?.site ?? env['WATCHKEEPER_SITE'] ?? 'local';
  const path = join(configFolder, 'log_schema.yaml');
  const decoder = createRecordDecoder(loadLogSchema(await readConfigFile(path), path));
  const decode = (payload: Uint8Array) => decoder.wire(payload);
  const storeUrl = given ?? env['WATCHKEEPER_MONGODB_URL'];
  const store =
    storeUrl === undefined
      ? await openFolder(folder, { site, decode })
      : await openMongo(storeUrl, { site, decode });
  const runs = here !== undefined && isRunning(here);
  return {
    history: storeHistory(store),
    site,
    now: runs ? await siteNow(context, { ...options, url: here.url, data: folder }) : clock.wall(),
    isRunning: runs,
    close: () => store.close(),
  };
}

async function ofSite(context: CliContext, options: HistoryOptions): Promise<OpenHistory> {
  const client = connectSite(context, options);
  const { site } = await client.get<{ readonly site: string }>('/v1/site');
  const now = await askSiteTime(client, context.clock);
  return {
    history: siteHistory(client),
    site: options.site ?? site,
    now: Math.ceil(now()),
    isRunning: true,
    close: () => {
      client.close();
      return Promise.resolve();
    },
  };
}

async function siteNow(context: CliContext, options: HistoryOptions): Promise<number> {
  const client = connectSite(context, options);
  try {
    return Math.ceil((await askSiteTime(client, context.clock))());
  } finally {
    client.close();
  }
}

type StoreOptions = Pick<Parameters<typeof openEmbeddedStore>[0], 'site' | 'decode'>;

function openFolder(data: string, options: StoreOptions): Promise<Store> {
  const folder = join(data, 'store');
  if (existsSync(join(folder, encodeURIComponent(options.site), 'data.mdb'))) {
    return openEmbeddedStore({ ...options, folder, readOnly: true });
  }
  throw new WatchkeeperError(
    'NOT_FOUND',
    `"${resolve(data)}" holds no records of a site "${options.site}".`,
    { fix: 'Name the data folder with --data and the site with --site, or give --url or --store.' },
  );
}

/** Loaded here only: other commands start faster without it. */
async function openMongo(url: string, options: StoreOptions): Promise<Store> {
  const { openMongoStore } = await import('../../store/mongodb/open.ts');
  return openMongoStore({ ...options, url });
}
