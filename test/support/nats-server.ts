import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A nats-server that can be started here, or why there is none. */
export type NatsProgram =
  | { readonly program: string; readonly reason: undefined }
  | { readonly program: undefined; readonly reason: string };

/** WATCHKEEPER_NATS_SERVER, else `nats-server` in PATH. @throws under CI when there is none. */
export function findNatsServer(): NatsProgram {
  const given = process.env['WATCHKEEPER_NATS_SERVER'];
  const program = given === undefined || given === '' ? 'nats-server' : given;
  if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0) {
    return { program, reason: undefined };
  }
  const reason = 'needs WATCHKEEPER_NATS_SERVER or a nats-server in PATH that answers --version';
  if (process.env['CI'] === 'true') throw new Error(`NATS is not tested: it ${reason}.`);
  return { program: undefined, reason };
}

export interface PlainServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A nats-server with JetStream, as an operator may run one; without `config` it has no accounts. */
export async function startPlainServer(
  program: string,
  {
    port,
    folder,
    config = '',
  }: { readonly port: number; readonly folder: string; readonly config?: string },
): Promise<PlainServer> {
  const file = join(folder, 'plain.conf');
  writeFileSync(file, `jetstream { store_dir: ${JSON.stringify(folder)} }\n${config}`);
  const child = spawn(program, ['-a', '127.0.0.1', '-p', String(port), '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Server is ready')) resolve();
    });
    void ended.then(() => reject(new Error(`nats-server did not start: ${log}`)));
  });
  return {
    url: `nats://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Looks again and again until `look` gives something; fails after `withinMs`. */
export async function until<Value>(
  what: string,
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  withinMs = 10_000,
): Promise<Value> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${withinMs} ms.`);
    await delay(20);
  }
}

/** Whether a process runs; one that has ended and that nobody has waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return (
      process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    );
  } catch {
    return false;
  }
}
