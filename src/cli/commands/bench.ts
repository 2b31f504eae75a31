import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { spellingHint } from '../../core/edit-distance.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { projectRoot } from '../../core/root.ts';
import { createCommand, printJson, printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { ExitWith } from '../exit.ts';

/** `watchkeeper bench`: runs a benchmark of `bench/` with its own options. */
export function benchCommand(context: CliContext): Command {
  return createCommand('bench [name] [options...]', {
    about: 'Run a benchmark, or list them',
    more: 'Options behind the name are the benchmark’s own; with --json its last line is one object.',
    examples: [
      ['bench', 'list the benchmarks'],
      ['bench pipeline', 'records per second through the whole path'],
      ['bench pipeline --json', 'the same for programs'],
    ],
  })
    .allowUnknownOption()
    .helpOption('--help', 'show this help')
    .action(
      (name: string | undefined, rest: readonly string[], options: { readonly json?: boolean }) =>
        name === undefined
          ? list(context, options.json === true)
          : runBench(context, name, [...rest, ...(options.json === true ? ['--json'] : [])]),
    );
}

/** Benchmarks are the files of `bench/`; helpers lie in folders below. */
function benchmarks(): readonly string[] {
  return readdirSync(join(projectRoot(), 'bench'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => entry.name.slice(0, -'.ts'.length))
    .sort();
}

function list(context: CliContext, isJson: boolean): void {
  const names = benchmarks();
  if (isJson) printJson(context, names);
  else for (const name of names) printLine(context, name);
}

async function runBench(context: CliContext, name: string, args: readonly string[]): Promise<void> {
  const names = benchmarks();
  if (!names.includes(name)) {
    throw new WatchkeeperError('USAGE', `There is no benchmark "${name}".`, {
      fix: spellingHint(name, names),
    });
  }
  const command = ['--import', 'tsx', '--no-warnings', join('bench', `${name}.ts`), ...args];
  const child = spawn(process.execPath, command, { cwd: projectRoot(), stdio: 'inherit' });
  const cancel = context.onStop((times) => child.kill(times === 1 ? 'SIGTERM' : 'SIGKILL'));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      resolve(status ?? 1);
    });
  });
  cancel();
  if (code !== 0) throw new ExitWith(code);
}
