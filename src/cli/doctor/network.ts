import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import type { SiteFile } from '../site-file.ts';
import { failed, ok, type Check } from './check.ts';

/** Whether the port is free, or held by the site that runs here; else by whom, where the system tells. */
export async function checkPort(
  port: number,
  host: string,
  site: SiteFile | undefined,
): Promise<Check> {
  const name = `port ${port}`;
  const code = await tryListen(port, host);
  if (code === undefined) return ok(name, 'free');
  if (code !== 'EADDRINUSE')
    return failed(name, `cannot listen on ${host}: ${code}`, 'Give another --host or --port.');
  if (site !== undefined && new URL(site.url).port === String(port)) {
    return ok(name, `used by the site that runs here (process ${site.pid})`);
  }
  const pid = ownerOf(port);
  const owner = pid === undefined ? 'another process' : `process ${pid}${programOf(pid)}`;
  return failed(name, `in use by ${owner}`, 'Stop it, or start the site with another --port.');
}

function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}

/** Linux: the socket's inode from /proc/net/tcp, then the process that holds it. */
function ownerOf(port: number): number | undefined {
  try {
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const inodes = ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1))
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[1]?.endsWith(suffix) === true && columns[3] === '0A')
      .map((columns) => `socket:[${columns[9]}]`);
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number)
      .find((pid) => holds(pid, inodes));
  } catch {
    return undefined;
  }
}

function holds(pid: number, inodes: readonly string[]): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((handle) => inodes.includes(linkOf(`${folder}/${handle}`)));
  } catch {
    // Another user's process, or one that just ended.
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function programOf(pid: number): string {
  try {
    return ` (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
  } catch {
    return '';
  }
}

const CONNECT_MS = 3_000;

/** Whether a MongoDB URL's first host takes connections. Credentials never show. */
export async function checkMongo(url: string | undefined): Promise<Check> {
  const name = 'mongodb';
  if (url === undefined || url === '')
    return ok(name, 'not configured: the embedded store is used');
  const [, host = '', port = '27017'] =
    /^mongodb:\/\/(?:[^@/]*@)?([^:,/?]+)(?::(\d+))?/.exec(url) ?? [];
  if (host === '') {
    if (url.startsWith('mongodb+srv://'))
      return ok(name, 'configured by a service record, not tried');
    return failed(
      name,
      'the URL is not one of MongoDB',
      'Write it as mongodb://host:27017/database.',
    );
  }
  const error = await tryConnect(host, Number(port));
  if (error === undefined) return ok(name, `${host}:${port} takes connections`);
  return failed(
    name,
    `${host}:${port}: ${error}`,
    'Start MongoDB, or unset WATCHKEEPER_MONGODB_URL.',
  );
}

function tryConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (error?: string): void => {
      socket.destroy();
      resolve(error);
    };
    socket.setTimeout(CONNECT_MS, () => {
      end('no answer within 3 s');
    });
    socket.once('connect', () => {
      end();
    });
    socket.once('error', (error) => {
      end(messageOf(error) || 'refused');
    });
  });
}
