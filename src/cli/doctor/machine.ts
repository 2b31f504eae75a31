import { execFile } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { spanText } from '../table.ts';
import { failed, ok, warning, type Check } from './check.ts';

/** Ends of life from https://github.com/nodejs/release#release-schedule. */
const END_OF_LIFE: Readonly<Record<number, number>> = {
  20: Date.UTC(2026, 3, 30),
  22: Date.UTC(2027, 3, 30),
  24: Date.UTC(2028, 3, 30),
};

export function checkNode(version: string, now: number): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const name = 'node';
  if (major < 20 || (major === 20 && minor < 19)) {
    return failed(name, `Node ${version} is too old`, 'Install Node 24 from https://nodejs.org.');
  }
  const end = END_OF_LIFE[major];
  if (end !== undefined && now > end) {
    return warning(
      name,
      `Node ${version} gets no more fixes`,
      'Install Node 24 from https://nodejs.org.',
    );
  }
  if (end !== undefined && end - now < 180 * 86_400_000) {
    return warning(
      name,
      `Node ${version} gets fixes for ${spanText(end - now)} more`,
      'Plan to move to Node 24.',
    );
  }
  return ok(name, `Node ${version}`);
}

const FSYNCS = 15;
const SLOW_FSYNC_MS = 25;

/** Whether the data folder can be written, and how long the disk takes to make a small write durable. */
export function checkDataFolder(folder: string, monotonic: () => number): Check {
  const name = 'data folder';
  const probe = join(folder, `.doctor-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const times = fsyncTimes(probe, monotonic);
    rmSync(probe);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    const evidence = `${folder} is writable, fsync takes ${median.toFixed(1)} ms`;
    if (median <= SLOW_FSYNC_MS) return ok(name, evidence);
    return warning(name, evidence, 'Every ack waits for an fsync: use a faster disk.');
  } catch (error) {
    return failed(
      name,
      messageOf(error),
      `Make "${folder}" writable, or give another with --data.`,
    );
  }
}

function fsyncTimes(file: string, monotonic: () => number): readonly number[] {
  const handle = openSync(file, 'w', 0o600);
  try {
    const bytes = Buffer.alloc(4_096, 1);
    const times = Array.from({ length: FSYNCS }, () => {
      const start = monotonic();
      writeSync(handle, bytes);
      fsyncSync(handle);
      return monotonic() - start;
    });
    return times.sort((a, b) => a - b);
  } finally {
    closeSync(handle);
  }
}

const SECRET = /^(?:site|tokens)\.json$|key|credential/i;

/** Whether only their owner can read the files that hold secrets. */
export function checkSecretFiles(folder: string): Check {
  const name = 'key files';
  if (process.platform === 'win32') return ok(name, 'not checked on Windows');
  const files = [folder, join(folder, 'watches')].flatMap(secretFiles);
  const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0);
  const [first] = open;
  if (first === undefined) return ok(name, `${files.length} files, readable by their owner only`);
  return failed(
    name,
    `${open.length} of ${files.length} can be read by others: ${first}`,
    `chmod 600 ${open.join(' ')}`,
  );
}

function secretFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && (SECRET.test(entry.name) || folder.endsWith('watches')))
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}

/** Whether the clock can be right at all: certificates, tokens and records depend on it. */
export function checkClock(now: number): Check {
  const evidence = new Date(now).toISOString();
  if (now > Date.UTC(2025, 0, 1)) return ok('clock', evidence);
  return failed('clock', `it is set to ${evidence}`, 'Set the clock, and keep it right with NTP.');
}

const ENOUGH_MEMORY = 512 * 1_048_576;

export function checkMemory(): Check {
  const evidence = `${mebibytes(freemem())} of ${mebibytes(totalmem())} MiB free`;
  if (freemem() > ENOUGH_MEMORY) return ok('memory', evidence);
  return warning('memory', evidence, 'A busy site needs about 512 MiB; free some.');
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}

const ENOUGH_FILES = 4_096;

/** Each watch holds a socket; Linux tells the limit. */
export function checkOpenFiles(limits = '/proc/self/limits'): Check {
  const name = 'open files';
  let text: string;
  try {
    text = readFileSync(limits, 'utf8');
  } catch {
    return ok(name, 'limit not known on this system');
  }
  const limit = /^Max open files\s+(\S+)/m.exec(text)?.[1] ?? 'unlimited';
  if (limit === 'unlimited' || Number(limit) >= ENOUGH_FILES) return ok(name, `limit ${limit}`);
  return warning(name, `limit ${limit}, and each watch holds a socket`, 'ulimit -n 65536');
}

/** Whether there is a nats-server to start, and which version. */
export async function checkNatsServer(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Check> {
  const name = 'nats-server';
  if (env['WATCHKEEPER_NATS_URL']) return ok(name, `not needed: WATCHKEEPER_NATS_URL is set`);
  const path = env['WATCHKEEPER_NATS_SERVER'] ?? findProgram(name, env);
  if (path === undefined) {
    const fix =
      'sudo apt-get install nats-server, or run ./watchkeeper up, which looks for a way to install it.';
    return warning(name, 'not found: alerts have no subscribers over NATS', fix);
  }
  const version = await versionOf(path);
  if (version === undefined) return failed(name, `${path} does not run`, 'Install it again.');
  const [, major = 0, minor = 0] = /v?(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  const evidence = `${path}, ${version}`;
  if (major > 2 || minor >= 10) return ok(name, evidence);
  return warning(
    name,
    `${evidence}: it never forces data to disk`,
    'Use 2.10 or newer where power cuts matter.',
  );
}

function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const cache = join(
    env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? '', '.cache'),
    'watchkeeper',
    'bin',
  );
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', cache];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function versionOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 5_000 }, (error, stdout, stderr) => {
      resolve(error === null ? (stdout || stderr).trim().split('\n')[0] : undefined);
    });
  });
}
