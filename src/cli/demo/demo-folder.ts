import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, readSiteFile } from '../site-file.ts';

const MARKER = '.watchkeeper-demo';

/**
 * The demo's own folder, empty. Only a folder that a demo made, and that no
 * running demo uses, is emptied. After the watchdog restarted the process the
 * data stays: what hung is skipped by what the journal says.
 */
export function freshDemoFolder(parent: string, isRestart: boolean): string {
  const folder = join(parent, 'demo');
  const site = readSiteFile(folder);
  const isFree = site === undefined || !isRunning(site);
  if (!isRestart && isFree && existsSync(join(folder, MARKER))) {
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, MARKER), 'Emptied at each start of "watchkeeper demo".\n');
  return folder;
}
