import type { Command } from 'commander';
import type { DetectorExplanation, SubjectExplanation, Verdict } from '../../model/verdict.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { plain, table, timeText } from '../table.ts';

interface ExplainOptions extends RemoteOptions {
  readonly detector?: string;
  readonly whyNot?: boolean;
}

/** Verdicts that are printed of each detector. */
const VERDICTS_SHOWN = 5;

/** `watchkeeper explain <subject>`: why its detectors have fired or not. */
export function explainCommand(context: CliContext): Command {
  const command = createCommand('explain <subject>', {
    about: 'Say why the detectors of a subject have fired or not',
    more: 'Reads each detector’s state as it is now, and the newest of its verdicts that the site keeps a sample of.',
    examples: [
      ['explain service:payment', 'every detector that watches it'],
      ['explain service:payment --why-not', 'those that have not fired, and what is missing'],
      ['explain user:u42 --detector suspicious_user_activity', 'one of them'],
    ],
  });
  return withSite(command)
    .option('--detector <type>', 'type or id of the detector')
    .option('--why-not', 'only those that are not firing')
    .action(async (subject: string, options: ExplainOptions) => {
      const { detector } = options;
      const query = { subject, detector };
      const told = await connectSite(context, options).get<SubjectExplanation>(
        '/v1/explain',
        query,
      );
      const isShown = ({ state }: DetectorExplanation): boolean =>
        options.whyNot !== true || state !== 'open';
      const shown = { ...told, detectors: told.detectors.filter(isShown) };
      if (options.json === true) printJson(context, shown);
      else printExplanation(context, shown, told.detectors.length);
    });
}

function printExplanation(
  context: CliContext,
  { subject, now, detectors }: SubjectExplanation,
  count: number,
): void {
  printLine(context, `${plain(subject)} at ${timeText(now)} UTC`);
  if (detectors.length === 0) {
    const why = count === 0 ? 'No detector watches it.' : 'Every detector of it is firing.';
    printLine(context, why);
  }
  for (const each of detectors) {
    const { detector, text, quarantinedUntil, where } = each;
    printLine(context);
    printLine(
      context,
      `${mark(context, each)} ${context.colors.bold(plain(detector))}: ${plain(text)}`,
    );
    if (where !== undefined) printLine(context, `  only records where ${plain(where)}`);
    if (quarantinedUntil !== undefined) {
      printLine(context, `  left out until ${timeText(quarantinedUntil)} UTC: it failed too often`);
    }
    printVerdicts(context, each);
  }
}

function mark({ colors }: CliContext, { state }: DetectorExplanation): string {
  if (state === 'open') return colors.red('●');
  return state === 'quiet' ? colors.green('○') : colors.dim('·');
}

function printVerdicts(context: CliContext, explanation: DetectorExplanation): void {
  const { silent, finding, verdicts, type } = explanation;
  const steps = `${silent + finding} steps on all subjects of this kind: ${silent} silent, ${finding} with a finding`;
  printLine(context, context.colors.dim(`  ${plain(type)}, ${steps}`));
  if (verdicts.length === 0) return;
  const rows = verdicts.slice(0, VERDICTS_SHOWN).map(verdictRow);
  const head = ['at (UTC)', 'judged', 'measured', 'verdict'];
  const lines = table(context, head, rows).split('\n');
  for (const line of lines) printLine(context, `  ${line}`);
}

const JUDGED: Partial<Record<Verdict['input'], string>> = {
  deadline: 'a deadline',
  score: 'a score',
  findings: 'other findings',
};

function verdictRow({ at, input, records, value, threshold, unit, verdict }: Verdict): string[] {
  const judged = JUDGED[input] ?? `${records} records`;
  const measured = value === undefined ? '' : `${value} of ${threshold ?? '?'} ${unit ?? ''}`;
  return [timeText(at), judged, plain(measured), verdict];
}
