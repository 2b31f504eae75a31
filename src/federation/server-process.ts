import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../core/clock.ts';
import { WatchkeeperError, messageOf } from '../core/errors.ts';

/** A nats-server that accepts connections. */
export interface ServerProcess {
  readonly port: number;
  /** Resolves when the process has ended, however it ended. */
  readonly ended: Promise<void>;
  /** The last line it logged as an error; `undefined` when there was none. */
  lastError(): string | undefined;
  /** SIGTERM, and SIGKILL when that does not end it within `patienceMs`. */
  stop(patienceMs: number): Promise<void>;
}

export interface StartServerOptions {
  readonly program: string;
  readonly configFile: string;
  readonly clock: Clock;
  /** How long it may take to recover its files and to listen. */
  readonly patienceMs: number;
}

/**
 * Runs the server and watches the pipe to the site at the same time. A site
 * that is killed cannot stop its server, but the kernel closes its end of the
 * pipe: `read` then returns and the server is asked to stop. Works in every
 * POSIX shell; `prctl(PR_SET_PDEATHSIG)` would be for Linux alone and cannot
 * be called from Node. Background jobs of a shell get /dev/null as input, so
 * the pipe is kept as descriptor 3.
 */
const KEEPER = `exec 3<&0
"$0" "$@" 3<&- </dev/null &
server=$!
( read -r _ <&3; kill -TERM $server ) 2>/dev/null &
watcher=$!
exec 3<&- 0</dev/null
wait $server
code=$?
kill $watcher 2>/dev/null
exit $code`;

/**
 * Starts nats-server with a configuration file and waits until it is ready.
 * It runs in a session of its own, so that Ctrl-C reaches the site alone,
 * which stops the server last.
 * @throws PORT_IN_USE, or BUS_UNAVAILABLE with what the server said.
 */
export async function startServer(options: StartServerOptions): Promise<ServerProcess> {
  const { program, configFile, clock } = options;
  const child = spawn('/bin/sh', ['-c', KEEPER, program, '-c', configFile], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const log = new ServerLog(child);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('close', () => {
      resolve();
    });
  });
  const stop = (patienceMs: number): Promise<void> =>
    stopChild({ child, clock, ended, patienceMs });
  const isReady = await firstOf({ clock, ms: options.patienceMs, ready: log.ready, ended });
  if (!isReady || log.port === undefined) {
    await stop(1_000);
    throw notStarted(log.lastError);
  }
  return { port: log.port, ended, stop, lastError: () => log.lastError };
}

/** Reads what the server logs: where it listens, that it is ready, and its errors. */
class ServerLog {
  port: number | undefined;
  lastError: string | undefined;
  readonly ready: Promise<void>;

  constructor(child: ChildProcess) {
    this.ready = new Promise((resolve) => {
      child.on('error', (error) => {
        this.lastError = messageOf(error);
      });
      if (child.stderr === null) return;
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.#read(line);
        if (line.includes('Server is ready')) resolve();
      });
    });
  }

  #read(line: string): void {
    const port = /Listening for client connections on .*:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) this.port = Number(port);
    const problem =
      /\[(?:ERR|FTL)\] (.*)$/.exec(line)?.[1] ?? /^nats-server: (.*)$/.exec(line)?.[1];
    const shell = /^(?:\/bin\/)?sh: (.*)$/.exec(line)?.[1];
    this.lastError = problem ?? shell ?? this.lastError;
  }
}

function firstOf({
  clock,
  ms,
  ready,
  ended,
}: {
  readonly clock: Clock;
  readonly ms: number;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => {
      resolve(false);
    });
    const settle = (isReady: boolean) => () => {
      cancel();
      resolve(isReady);
    };
    void ready.then(settle(true));
    void ended.then(settle(false));
  });
}

/** The keeper asks the server to stop when its input ends; the last resort is the whole session of processes. */
async function stopChild({
  child,
  clock,
  ended,
  patienceMs,
}: {
  readonly child: ChildProcess;
  readonly clock: Clock;
  readonly ended: Promise<void>;
  readonly patienceMs: number;
}): Promise<void> {
  child.stdin?.on('error', () => undefined);
  child.stdin?.end();
  const cancel = clock.after(patienceMs, () => {
    killGroup(child.pid);
  });
  await ended;
  cancel();
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

function notStarted(lastError: string | undefined): WatchkeeperError {
  const said = lastError ?? 'it said nothing';
  if (said.includes('address already in use')) {
    return new WatchkeeperError('PORT_IN_USE', `nats-server found its port in use: ${said}`);
  }
  return new WatchkeeperError('BUS_UNAVAILABLE', `nats-server did not start: ${said}`, {
    fix: 'Try `nats-server -t -c <data>/nats/nats.conf`, or set WATCHKEEPER_NATS_SERVER to another one.',
  });
}
