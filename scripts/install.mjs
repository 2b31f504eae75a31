// Installs packages with `npm ci` when they are missing or package-lock.json
// changed, one launcher at a time.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STAMP = '.watchkeeper-lock';
/** A lock whose owner is gone is taken over; one without an owner after this long. */
const OWNERLESS_MS = 10_000;
const GIVE_UP_MS = 15 * 60_000;

/** Why the launcher cannot go on; `fix` is a sentence and `exitCode` the process's. */
export class LaunchError extends Error {
  constructor(message, { fix, exitCode }) {
    super(message);
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

/** Hash of the lock file: what node_modules must match. */
export function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Whether node_modules was installed from the present lock file. */
export function isInstalled(root) {
  try {
    return readFileSync(join(root, 'node_modules', STAMP), 'utf8').trim() === lockHash(root);
  } catch {
    return false;
  }
}

/** Runs `npm ci` unless node_modules is up to date. npm's own words are shown only when it fails. */
export async function install({ root, log, run = runNpm }) {
  if (isInstalled(root)) return false;
  const started = performance.now();
  log('Installing packages (npm ci), about a minute on a fresh machine …');
  const { code, output } = await run(root);
  if (code !== 0) {
    throw new LaunchError(`npm ci failed with exit code ${code}.\n${output.trimEnd()}`, {
      fix: 'Look at npm’s message above; often the network or a proxy. Then run the same command again.',
      exitCode: 69,
    });
  }
  writeFileSync(join(root, 'node_modules', STAMP), `${lockHash(root)}\n`);
  log(`Installed packages in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
  return true;
}

/** How to start npm without a shell where possible: the npm that comes with this Node, else the one on PATH. */
export function npmCommand({
  env = process.env,
  platform = process.platform,
  execPath = process.execPath,
} = {}) {
  const bundled = [
    env.npm_execpath,
    join(dirname(execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ].find((path) => path && /npm-cli\.js$/.test(path) && existsSync(path));
  if (bundled) return { file: execPath, prefix: [bundled], shell: false };
  return platform === 'win32'
    ? { file: 'npm.cmd', prefix: [], shell: true }
    : { file: 'npm', prefix: [], shell: false };
}

function runNpm(root) {
  const { file, prefix, shell } = npmCommand();
  return new Promise((resolve) => {
    const child = spawn(file, [...prefix, 'ci', '--no-audit', '--no-fund'], { cwd: root, shell });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 127, output: String(error) }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs `action` while no other launcher of this checkout installs or builds. */
export async function withLock(root, log, action) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `watchkeeper-launch-${name}`);
  await acquire(folder, log);
  try {
    return await action();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function acquire(folder, log) {
  const started = Date.now();
  for (let waited = false; ; waited = true) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned(folder)) rmSync(folder, { recursive: true, force: true });
    else if (!waited) log('Another launcher installs or builds here; waiting for it …');
    if (Date.now() - started > GIVE_UP_MS) {
      throw new LaunchError(`Waited 15 minutes for the lock "${folder}".`, {
        fix: 'Remove that folder if no other launcher runs.',
        exitCode: 75,
      });
    }
    await sleep(100);
  }
}

function isAbandoned(folder) {
  try {
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    if (pid > 0) return !isAlive(pid);
    return Date.now() - statSync(folder).mtimeMs > OWNERLESS_MS;
  } catch {
    return (
      existsSync(folder) &&
      Date.now() - statSync(folder, { throwIfNoEntry: false })?.mtimeMs > OWNERLESS_MS
    );
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
