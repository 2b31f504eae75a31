import type { Command } from 'commander';
import type { EnrichmentInfo } from '../../gateway/site-api.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { plain, table } from '../table.ts';

/** `watchkeeper config enrichment`: the lookup tables of a running site. */
export function enrichmentCommand(context: CliContext): Command {
  const command = createCommand('enrichment', {
    about: 'Show the lookup tables that records and alerts are enriched with',
    more: 'As the running site has them: a file with a mistake leaves the tables of before in force.',
    examples: [['config enrichment --json', 'with the version of each table']],
  });
  return withSite(command).action(async (options: RemoteOptions) => {
    const info = await connectSite(context, options).get<EnrichmentInfo>('/v1/enrichment');
    if (options.json === true) printJson(context, info);
    else printTables(context, info);
  });
}

function printTables(context: CliContext, info: EnrichmentInfo): void {
  const { tables, shifts, version, problem } = info;
  if (tables.length === 0) printLine(context, 'No lookup tables are in force.');
  else {
    const rows = tables.map((each) => [
      plain(each.name),
      each.key,
      plain(each.source),
      String(each.rows),
      each.version,
    ]);
    printLine(context, table(context, ['table', 'by', 'from', 'rows', 'version'], rows));
  }
  if (shifts.length > 0)
    printLine(context, `Shifts: ${shifts.map((each) => plain(each)).join(', ')}`);
  printLine(context, `Version ${version}.`);
  if (problem !== undefined) {
    printLine(context, context.colors.red(`The newest files are not in force: ${plain(problem)}`));
  }
}
