import type { Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { parseSubjectId, subjectKind, subjectName } from '../../model/subject.ts';
import type { SubjectTemplates } from '../../model/templates.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { plain, table } from '../table.ts';

/** `watchkeeper templates list <subject>`. */
export function templatesListCommand(context: CliContext): Command {
  const command = createCommand('list <subject>', {
    about: 'List the templates of a watch’s or a service’s messages',
    more: 'Rarity is −log10 of the share: 1 is every tenth message, 3 every thousandth.',
    examples: [
      ['templates list service:payment', 'most frequent first'],
      ["query 'template_id:t0123456789ab'", 'the records of one of them'],
    ],
  });
  return withSite(command).action(async (text: string, options: RemoteOptions) => {
    const found = await connectSite(context, options).get<SubjectTemplates>(pathOf(text));
    if (options.json === true) printJson(context, found);
    else printTemplates(context, found);
  });
}

/** @throws WatchkeeperError USAGE */
function pathOf(text: string): string {
  const subject = parseSubjectId(text);
  if (subject !== undefined) {
    return `/v1/subjects/${subjectKind(subject)}/${encodeURIComponent(subjectName(subject))}/templates`;
  }
  throw new WatchkeeperError('USAGE', `${JSON.stringify(text)} is no subject.`, {
    fix: 'Write it as kind:id, for example service:payment or device:w-1.',
  });
}

function printTemplates(context: CliContext, { messages, templates }: SubjectTemplates): void {
  if (templates.length === 0) return printLine(context, 'It has not said anything yet.');
  const rows = templates.map(({ id, template, count, share, rarity }) => [
    plain(id),
    String(count),
    `${(share * 100).toFixed(share < 0.01 ? 3 : 1)} %`,
    rarity.toFixed(2),
    plain(template, 120),
  ]);
  printLine(context, table(context, ['id', 'count', 'share', 'rarity', 'template'], rows));
  printLine(context, context.colors.dim(`${templates.length} templates of ${messages} messages`));
}
