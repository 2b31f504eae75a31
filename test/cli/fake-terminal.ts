import picocolors from 'picocolors';
import type { CliContext, Output } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/run.ts';
import { systemClock } from '../../src/core/clock.ts';

/** A context that remembers what was written, and can press Ctrl-C. */
export interface FakeTerminal extends CliContext {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly interrupt: () => void;
}

export function fakeTerminal(changes: Partial<CliContext> = {}): FakeTerminal {
  const written = { out: '', err: '' };
  const output = (name: 'out' | 'err'): Output => ({
    write: (text) => (written[name] += text),
    columns: 100,
  });
  const listeners = new Set<(times: number) => void>();
  let times = 0;
  return {
    env: {},
    cwd: process.cwd(),
    home: '/nowhere',
    clock: systemClock,
    out: output('out'),
    err: output('err'),
    stdin: nothing(),
    colors: picocolors.createColors(false),
    onStop(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...changes,
    stdout: () => written.out,
    stderr: () => written.err,
    interrupt() {
      times += 1;
      for (const listener of listeners) listener(times);
    },
  };
}

/** Runs a command line in this process. */
export async function runIn(
  terminal: FakeTerminal,
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const code = await runCli(args, terminal);
  return { code, out: terminal.stdout(), err: terminal.stderr() };
}

export async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // No input.
}
