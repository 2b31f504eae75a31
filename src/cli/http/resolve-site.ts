import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WatchkeeperError } from '../../core/errors.ts';
import type { RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { isRunning, readSiteFile, type SiteFile } from '../site-file.ts';
import { SiteClient } from './site-client.ts';

const DEFAULT_URL = 'http://127.0.0.1:7180';

/** A client of the site that the options, the environment or the data folder name, in this order. */
export function connectSite(context: CliContext, options: RemoteOptions): SiteClient {
  return new SiteClient(siteAddress(context, options));
}

/** What `connectSite` connects to, as plain data: for a thread that makes a client of its own. */
export function siteAddress(context: CliContext, options: RemoteOptions): SiteAddress {
  const { url, token, ca } = findSite(context, options);
  return { url, ...(token === undefined ? {} : { token }), ...readAuthority(ca) };
}

export interface SiteAddress {
  readonly url: string;
  readonly token?: string;
  /** PEM of the authority that signed the site's certificate. */
  readonly ca?: string;
}

interface Address {
  readonly url: string;
  readonly token: string | undefined;
  readonly ca: string | undefined;
}

/** Where the site is. A token from a data folder is used only for the site that wrote it. */
function findSite({ env, cwd }: CliContext, options: RemoteOptions): Address {
  const here = localSite(resolve(cwd, options.data ?? './data'));
  const url = (options.url ?? env['WATCHKEEPER_URL'] ?? here?.url ?? DEFAULT_URL).replace(
    /\/+$/,
    '',
  );
  if (!isHttp(url)) {
    throw new WatchkeeperError('USAGE', `${JSON.stringify(url)} is not the address of a site.`, {
      fix: 'Write --url or WATCHKEEPER_URL as http://127.0.0.1:7180.',
    });
  }
  const isHere = here !== undefined && here.url === url;
  return {
    url,
    token: options.token ?? env['WATCHKEEPER_TOKEN'] ?? (isHere ? here.token : undefined),
    ca: options.ca ?? (isHere ? here.ca : undefined),
  };
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** The site of a data folder, else the demo that runs in its default folder below. */
export function localSite(dataFolder: string): SiteFile | undefined {
  const files = [dataFolder, join(dataFolder, 'demo')].map(readSiteFile);
  return files.find((file) => file !== undefined && isRunning(file)) ?? files.find(Boolean);
}

function readAuthority(file: string | undefined): { readonly ca?: string } {
  if (file === undefined) return {};
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (cause) {
    throw new WatchkeeperError('USAGE', `Cannot read the certificate "${file}".`, { cause });
  }
}
