import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../security/replace-file.ts';

/** What `up` and `demo` leave in the data folder (`site.json`, mode 0600) so that other commands find the site. */
export interface SiteFile {
  readonly url: string;
  readonly token?: string;
  readonly nats?: string;
  readonly site: string;
  /** Process of the site, 0 after it has stopped. */
  readonly pid: number;
  /** File with the certificate of the site's own authority, when it serves https with it. */
  readonly ca?: string;
}

/** Reads a data folder's `site.json`; `undefined` when there is none or it is not one. */
export function readSiteFile(dataFolder: string): SiteFile | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(dataFolder, 'site.json'), 'utf8'));
    return isSiteFile(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export async function writeSiteFile(dataFolder: string, file: SiteFile): Promise<void> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  await replaceFile(join(dataFolder, 'site.json'), `${JSON.stringify(file, undefined, 2)}\n`);
}

/** Whether the process that wrote it still runs. */
export function isRunning({ pid }: SiteFile): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isSiteFile(value: unknown): value is SiteFile {
  if (typeof value !== 'object' || value === null) return false;
  const { url, site, pid } = value as Record<string, unknown>;
  return typeof url === 'string' && typeof site === 'string' && typeof pid === 'number';
}
