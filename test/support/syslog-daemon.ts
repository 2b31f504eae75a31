import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A syslog daemon that can be started here, or why there is none. */
export type DaemonProgram =
  | { readonly program: string; readonly reason: undefined }
  | { readonly program: undefined; readonly reason: string };

const VARIABLES = {
  rsyslogd: 'WATCHKEEPER_RSYSLOGD',
  'syslog-ng': 'WATCHKEEPER_SYSLOG_NG',
  /** With their outputs over HTTP. */
  'rsyslogd-http': 'WATCHKEEPER_RSYSLOGD_HTTP',
  'syslog-ng-http': 'WATCHKEEPER_SYSLOG_NG_HTTP',
};

/** The variable's program, else one in PATH, in /usr/sbin or unpacked by scripts/provision.mjs. @throws under CI when there is none. */
export function findDaemon(name: keyof typeof VARIABLES): DaemonProgram {
  const variable = VARIABLES[name];
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const places = [
    process.env[variable] ?? '',
    ...[name, `/usr/sbin/${name}`, join(cache, 'watchkeeper/bin', name)],
  ];
  const flag = name.startsWith('rsyslogd') ? '-v' : '--version';
  const program = places.find(
    (place) => place !== '' && spawnSync(place, [flag], { stdio: 'ignore' }).status === 0,
  );
  if (program !== undefined) return { program, reason: undefined };
  const reason = `needs ${variable} or a ${name} in PATH`;
  if (process.env['CI'] === 'true') throw new Error(`${name} is not tested: it ${reason}.`);
  return { program: undefined, reason };
}

/** A daemon in the foreground; `stop` lets it write what it holds. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #log = '';

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (piece: Buffer) => (this.#log += piece.toString()));
    }
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  /** What it said, for messages of failures. */
  get log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}
