// What the launcher does: install, build, provision, then run the tests or
// the CLI. Nothing here may need a package: node_modules may be missing.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, withLock } from './install.mjs';
import { provision, provisionEnv } from './provision.mjs';
import { runChild, superviseCli } from './supervise.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const PROVISIONED = new Set(['demo', 'up', 'test']);

/** Runs one command line and resolves to the exit code. */
export async function launch(args) {
  const command = args.find((arg) => !arg.startsWith('-'));
  const log = (line) => process.stderr.write(`${line}\n`);
  try {
    await withLock(root, log, async () => {
      await install({ root, log });
      const { build } = await import('./build.mjs');
      if (await build()) log('Built from sources.');
    });
  } catch (error) {
    log(`error: ${error.message}`);
    if (error.fix) log(`  fix: ${error.fix}`);
    return error.exitCode ?? 1;
  }
  const env = PROVISIONED.has(command) ? await provisioned(command, args, log) : process.env;
  return command === 'test' ? runTests(args, env) : superviseCli({ root, args, env, log });
}

async function provisioned(command, args, log) {
  const allowInstall =
    !args.includes('--no-provision') && process.env.WATCHKEEPER_NO_PROVISION !== '1';
  const found = await provision({ forTests: command === 'test', allowInstall, log });
  return { ...process.env, ...provisionEnv(found) };
}

async function runTests(args, env) {
  const own = new Set(['--no-check', '--no-provision', '--coverage']);
  const rest = args.filter((arg, index) => !own.has(arg) && index !== args.indexOf('test'));
  let checked = 0;
  if (!args.includes('--no-check')) {
    const { npmCommand } = await import('./install.mjs');
    const { file, prefix, shell } = npmCommand();
    checked = await runChild({ file, args: [...prefix, 'run', 'check'], cwd: root, env, shell });
  }
  const script = join(root, 'scripts', 'test.mjs');
  // With coverage the runner's last line would not be the last: c8 reports behind it.
  const runner = args.includes('--coverage')
    ? [join(root, 'scripts', 'coverage.mjs'), ...rest]
    : [script, ...rest];
  const tested = await runChild({
    file: process.execPath,
    args: runner,
    cwd: root,
    env: { ...env, ...(checked === 0 ? {} : { WATCHKEEPER_FAILED_CHECKS: '1' }) },
  });
  return checked === 0 ? tested : checked;
}
