import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock } from '../core/clock.ts';
import { readText } from './private-file.ts';

const POLL_MS = 20;

export interface LeftoverOptions {
  readonly pidFile: string;
  /** Stands in the command line of the server that is ours, and of no other process. */
  readonly configFile: string;
  readonly clock: Clock;
  /** How long it may take to stop before it is killed. */
  readonly patienceMs: number;
}

/**
 * Ends a nats-server that a killed site left behind. It stops by itself as
 * soon as the site is gone, but a quick restart may meet it, and nats-server
 * 2.9 does not lock its files: two of them on one folder would damage it. The
 * process is ours only when its command line names our configuration file, as
 * its number may have been given to another since. Call it with the data
 * folder locked, so that no living site's server is met.
 */
export async function endLeftover(options: LeftoverOptions): Promise<void> {
  const { pidFile, configFile, clock, patienceMs } = options;
  const pid = Number((await readText(pidFile))?.trim() ?? Number.NaN);
  if (!Number.isSafeInteger(pid) || pid < 2) return;
  const deadline = clock.monotonic() + patienceMs;
  let signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM';
  while (await isOurs(pid, configFile)) {
    if (clock.monotonic() > deadline) signal = 'SIGKILL';
    send(pid, signal);
    await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
  }
}

async function isOurs(pid: number, configFile: string): Promise<boolean> {
  return (await commandLine(pid)).includes(configFile);
}

/** Empty for a process that has ended, also one that its parent has not waited for. */
async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]);
    return stdout;
  } catch {
    return '';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
