import { createHash } from 'node:crypto';
import { open, readFile, realpath, unlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { WatchkeeperError } from './errors.ts';

/**
 * Makes this process the one writer of a folder until the returned function
 * is called or the process ends, however it ends. On Linux the lock is an
 * abstract unix socket named after the folder's real path (so it holds within
 * one network namespace); elsewhere a file with the process's id.
 * @throws WatchkeeperError DATA_DIR_LOCKED
 */
export async function lockFolder(
  folder: string,
  platform: NodeJS.Platform = process.platform,
): Promise<() => Promise<void>> {
  const path = await realpath(folder);
  return platform === 'linux' ? lockBySocket(path) : lockByFile(path);
}

async function lockBySocket(folder: string): Promise<() => Promise<void>> {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  const server = createServer((socket) => {
    socket.destroy();
  });
  try {
    await listening(server, `\0watchkeeper-journal-${name}`);
  } catch (error) {
    throw errorCode(error) === 'EADDRINUSE' ? locked(folder) : error;
  }
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function lockByFile(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return () => unlink(path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (isAlive(holder)) throw locked(folder);
    await unlink(path).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function locked(folder: string): WatchkeeperError {
  return new WatchkeeperError(
    'DATA_DIR_LOCKED',
    `The folder "${folder}" is in use by another process.`,
    { fix: 'Stop the other process, or give this one a folder of its own.' },
  );
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
