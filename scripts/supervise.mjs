// Runs the CLI as a child and starts it again when its watchdog gave up on a
// detector that never returned.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';

/** The CLI exits with this when a detector hung; what it hung on is journalled and skipped at the next start. */
export const RESTART_EXIT_CODE = 88;
/** As `runChild` reports a process that its watchdog ended by SIGUSR2, from outside a loop that never returns. */
const WATCHDOG_EXIT_CODE = 128 + (constants.signals.SIGUSR2 ?? 0);
const MAX_RESTARTS = 5;
const WITHIN_MS = 10 * 60_000;

/** Runs the built CLI until it ends for good; resolves to its exit code. */
export function superviseCli({
  root,
  args,
  env,
  log,
  run = runChild,
  now = () => performance.now(),
}) {
  const main = join(root, 'dist', 'js', 'cli', 'main.js');
  // Frames outlive a turn of the event loop: with Node's default young generation
  // they are copied twice over before they die (docs/benchmarks.md).
  const flags = ['--enable-source-maps', '--max-semi-space-size=32'];
  const command = { file: process.execPath, args: [...flags, main, ...args], env };
  const start = (restarts) =>
    run(
      restarts === 0
        ? command
        : { ...command, env: { ...env, WATCHKEEPER_RESTARTS: String(restarts) } },
    );
  return restarting({ start, log, now });
}

/** Calls `start` (with how often it was restarted) again while it resolves to the restart code or the watchdog ended it, at most 5 times in 10 minutes. */
export async function restarting({ start, log, now }) {
  const restarts = [];
  for (let count = 0; ; count += 1) {
    const code = await start(count);
    if (code !== RESTART_EXIT_CODE && code !== WATCHDOG_EXIT_CODE) return code;
    const at = now();
    while (restarts.length > 0 && at - restarts[0] > WITHIN_MS) restarts.shift();
    if (restarts.length >= MAX_RESTARTS) {
      log(`error: a detector hung ${MAX_RESTARTS + 1} times in 10 minutes; giving up.`);
      log('  fix: Disable the detector that the log names, in config/anomaly_schema.yaml.');
      return 1;
    }
    restarts.push(at);
    log('A detector hung; restarting, the record is skipped.');
  }
}

/** Runs a program with this process's terminal; signals are passed on. Resolves to its exit code. */
export function runChild({ file, args, cwd, env = process.env, shell = false }) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, shell, stdio: 'inherit' });
    const forward = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM'];
    for (const signal of signals) process.on(signal, forward);
    const done = () => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (code, signal) => {
      done();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
