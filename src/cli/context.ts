import { homedir } from 'node:os';
import picocolors from 'picocolors';
import { systemClock, type Clock } from '../core/clock.ts';

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

type Colors = ReturnType<typeof picocolors.createColors>;

/** Everything a command takes from outside: data goes to `out`, talk to `err`. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly clock: Clock;
  readonly out: Output;
  readonly err: Output;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly colors: Colors;
  /** Calls back on SIGINT and SIGTERM with how often it was asked to stop; returns how to stop listening. */
  onStop(listener: (times: number) => void): () => void;
}

/** The real terminal and process. */
export function processContext(): CliContext {
  const { env, stdout, stderr, stdin } = process;
  const wantsColor = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const isColored = (stdout.isTTY || wantsColor) && (env['NO_COLOR'] ?? '') === '';
  return {
    env,
    cwd: process.cwd(),
    home: homedir(),
    clock: systemClock,
    out: stdout,
    err: stderr,
    stdin,
    colors: picocolors.createColors(isColored),
    onStop: onSignals,
  };
}

/** A terminal sends Ctrl-C to the launcher and to us, and the launcher passes it on: that is one request. */
const ONE_REQUEST_MS = 400;

function onSignals(listener: (times: number) => void): () => void {
  let times = 0;
  let last = -Infinity;
  const handle = (): void => {
    const now = performance.now();
    if (now - last < ONE_REQUEST_MS) return;
    last = now;
    times += 1;
    listener(times);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
}
