import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { projectRoot } from '../../src/core/root.ts';

/**
 * Bundles a program of `bench/support/` as the product is bundled (the
 * development loader would slow it down) and starts it as a child process
 * with a message channel.
 */
export async function forkBuilt(name: string, args: readonly string[]): Promise<ChildProcess> {
  const root = projectRoot();
  const { build } = (await import(join(root, 'scripts', 'build.mjs'))) as {
    build: () => Promise<boolean>;
  };
  await build();
  const outfile = join(root, 'dist', 'bench', `${name}.js`);
  await bundle({
    entryPoints: [join(root, 'bench', 'support', `${name}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  return fork(outfile, [...args], {
    execArgv: ['--expose-gc', '--max-semi-space-size=32'],
    serialization: 'advanced',
  });
}

/** The next message of a child; rejects when it ends first. */
export function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(new Error(`The benchmark's server ended with ${String(code)}.`));
    };
    // Alerts are reported on the same channel, unasked.
    const onMessage = (message: object): void => {
      if ('alertSubject' in message) return;
      child.off('exit', ended);
      child.off('message', onMessage);
      resolve(message as T);
    };
    child.once('exit', ended);
    child.on('message', onMessage);
  });
}

/** Asks a child and waits for its one answer. */
export function ask<T>(child: ChildProcess, request: object): Promise<T> {
  const answer = nextMessage<T>(child);
  child.send(request);
  return answer;
}
