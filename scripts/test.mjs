// Runs the test files, each in a process of its own with a deadline.
// Usage: node scripts/test.mjs [--jobs n] [--deadline s] [filter …]
// A file fails when a test fails, when it ran no test, or when it does not
// exit (an open handle). The files that took longest last time go first, so that
// none of them is left to run alone at the end. Ends with one line: `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: 'string' }, deadline: { type: 'string' }, verbose: { type: 'boolean' } },
});
const jobs = Number(values.jobs ?? Math.max(2, availableParallelism()));
const deadlineMs = Number(values.deadline ?? 600) * 1000;

const files = readdirSync(join(root, 'test'), { recursive: true })
  .map((name) => join('test', String(name)))
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => positionals.length === 0 || positionals.some((p) => name.includes(p)))
  .sort();

/** For a fresh checkout; a file not known at all counts as quick. */
const KNOWN_SLOW = { 'fault/mutants.test.ts': 180, 'fault/kill9.test.ts': 60 };
/** Seconds that each file took when it ran last, by path. */
const durationFile = join(root, 'node_modules/.cache/watchkeeper/test-durations.json');
const durations = readDurations();

function readDurations() {
  try {
    return { ...KNOWN_SLOW, ...JSON.parse(readFileSync(durationFile, 'utf8')) };
  } catch {
    return { ...KNOWN_SLOW };
  }
}

function saveDurations() {
  try {
    mkdirSync(dirname(durationFile), { recursive: true });
    writeFileSync(durationFile, JSON.stringify(durations));
  } catch {
    // A read-only checkout runs in the order it knows.
  }
}

const nameOf = (file) => relative('test', file).split(sep).join('/');
const secondsOf = (file) => durations[nameOf(file)] ?? 0;

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
let done = 0;

/** Runs one file and resolves to its counts, output and, if it failed, the reason. */
function runFile(file) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', file], {
      cwd: root,
      env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk) => (output += chunk);
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, deadlineMs);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(verdict({ output, code, late }));
    });
  });
}

function verdict({ output, code, late }) {
  const line = output.match(/##counts (\{.*\})/)?.[1];
  const counts = line ? JSON.parse(line) : { passed: 0, failed: 0, skipped: 0 };
  const text = output.replace(/\n?##counts .*\n/, '');
  const reason = late
    ? `did not end within ${deadlineMs / 1000} s (an open handle, or a test that never settles)`
    : counts.failed > 0
      ? `${counts.failed} failed`
      : code !== 0
        ? `exited with ${code}`
        : counts.passed + counts.skipped === 0
          ? 'ran no test'
          : undefined;
  return { counts, text, reason };
}

async function worker(queue) {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const started = performance.now();
    const { counts, text, reason } = await runFile(file);
    total.passed += counts.passed;
    total.failed += counts.failed + (reason !== undefined && counts.failed === 0 ? 1 : 0);
    total.skipped += counts.skipped;
    done += 1;
    const name = nameOf(file);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    durations[name] = Number(seconds);
    const mark = reason === undefined ? 'ok  ' : 'FAIL';
    console.log(
      `[${done}/${files.length}] ${mark} ${name} (${counts.passed} passed, ${seconds} s)`,
    );
    for (const skipped of text.match(/^SKIPPED .*$/gm) ?? []) console.log(`    ${skipped}`);
    if (reason !== undefined) failures.push({ file, name, reason, text, counts });
    if (values.verbose && reason === undefined) console.log(text);
  }
}

/**
 * Runs the files that failed once more, one at a time: on a busy machine a
 * test of real processes and disks can run out of time. One that passes then
 * counts as passed, and is named, so that it gets mended.
 */
async function tryAlone() {
  if (failures.length > 5) return;
  for (const failure of failures.splice(0)) {
    const { counts, reason } = await runFile(failure.file);
    if (reason !== undefined) {
      failures.push(failure);
      continue;
    }
    total.failed -= Math.max(1, failure.counts.failed);
    total.passed += counts.passed - failure.counts.passed;
    console.log(
      `FLAKY ${failure.name}: ${failure.reason} beside others, passed alone\n${failure.text}`,
    );
  }
}

const queue = files.toSorted((one, other) => secondsOf(other) - secondsOf(one));
await Promise.all(Array.from({ length: jobs }, () => worker(queue)));
await tryAlone();
saveDurations();
for (const { name, reason, text } of failures) console.log(`\n──── ${name}: ${reason}\n${text}`);
if (files.length === 0) console.log('No test file matches.');
// The checks ran long before the last line that people look at: count them there.
if (process.env.WATCHKEEPER_FAILED_CHECKS === '1') {
  console.log('\n──── The checks failed; run `npm run check` to see which.');
  total.failed += 1;
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || files.length === 0 ? 1 : 0);
