import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface MongoServer {
  /** Without a database. */
  readonly url: string;
  readonly name: string;
  /** Stops the server's process where it is (SIGSTOP) or lets it go on; does nothing to a server of a given URL. */
  hold(isHeld: boolean): void;
  stop(): Promise<void>;
}

/** How a server is found: a URL that was given, or a program that can be started here. */
export type MongoSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'program'; readonly program: 'mongod' | 'ferretdb' }
  | { readonly kind: 'none'; readonly reason: string };

/** Looks for WATCHKEEPER_MONGODB_URL, mongod, then ferretdb. A program that does not run counts as missing. */
export function findMongo(): MongoSource {
  const url = process.env['WATCHKEEPER_MONGODB_URL'];
  if (url !== undefined && url !== '') return { kind: 'url', url };
  const program = (['mongod', 'ferretdb'] as const).find(
    (each) => spawnSync(each, ['--version'], { stdio: 'ignore' }).status === 0,
  );
  if (program !== undefined) return { kind: 'program', program };
  const reason =
    'needs WATCHKEEPER_MONGODB_URL, or a mongod or ferretdb in PATH that answers --version';
  if (process.env['CI'] === 'true')
    throw new Error(`The MongoDB store is not tested: it ${reason}.`);
  return { kind: 'none', reason };
}

/** Starts the server on a free port with its data in a folder of its own, and waits until it accepts. */
export async function startMongo(source: MongoSource): Promise<MongoServer> {
  if (source.kind === 'none') throw new Error(source.reason);
  if (source.kind === 'url') {
    return {
      url: source.url,
      name: 'WATCHKEEPER_MONGODB_URL',
      hold: () => undefined,
      stop: () => Promise.resolve(),
    };
  }
  const folder = mkdtempSync(join(tmpdir(), 'wk-mongo-'));
  const port = await freePort();
  const child = spawn(source.program, flags(source.program, folder, port), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output = `${output}${chunk.toString()}`.slice(-4000);
  });
  const hold = (isHeld: boolean): void => {
    child.kill(isHeld ? 'SIGSTOP' : 'SIGCONT');
  };
  const stop = async (): Promise<void> => {
    hold(false);
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await accepting(port, child);
  } catch (error) {
    await stop();
    throw new Error(`${source.program} did not start: ${output}`, { cause: error });
  }
  return { url: `mongodb://127.0.0.1:${port}`, name: source.program, hold, stop };
}

function flags(program: 'mongod' | 'ferretdb', folder: string, port: number): readonly string[] {
  if (program === 'mongod') {
    return ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet'];
  }
  return [
    '--handler=sqlite',
    `--sqlite-url=file:${folder}/`,
    `--listen-addr=127.0.0.1:${port}`,
    '--telemetry=disable',
    `--state-dir=${folder}`,
    '--debug-addr=-',
    '--log-level=error',
  ];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function accepting(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`It exited with ${child.exitCode}.`);
    if (await accepts(port)) return;
    await delay(50);
  }
  throw new Error('It accepted no connection within 10 s.');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
