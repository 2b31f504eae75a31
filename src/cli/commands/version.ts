import type { Command } from 'commander';
import { createCommand, printJson, printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { packageVersion } from '../package-version.ts';

/** `watchkeeper version`. */
export function versionCommand(context: CliContext): Command {
  return createCommand('version', {
    about: 'Print the version of Watchkeeper and of Node',
    examples: [
      ['version', 'for people'],
      ['version --json', 'for bug reports and programs'],
    ],
  }).action((options: { readonly json?: boolean }) => {
    const { node, v8 } = process.versions;
    const version = packageVersion();
    const { platform, arch } = process;
    if (options.json === true)
      printJson(context, { watchkeeper: version, node, v8, platform, arch });
    else printLine(context, `watchkeeper ${version} (node ${node}, ${platform} ${arch})`);
  });
}
