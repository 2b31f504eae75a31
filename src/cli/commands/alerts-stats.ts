import type { Command } from 'commander';
import type { Performance, PerformanceRow } from '../../model/performance.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { plain, spanText, table, timeText } from '../table.ts';

/** `watchkeeper alerts stats`. */
export function alertStatsCommand(context: CliContext): Command {
  const command = createCommand('stats', {
    about: 'Show how well each detector does, by the labels of the last 30 days',
    more: `Precision is useful / (useful + false), with its 95 % interval. Recall is an estimate: the
share of the incidents labelled useful in which the detector fired. Give labels with
"alerts label".`,
    examples: [
      ['alerts stats', 'detectors, and versions of models'],
      ['alerts stats --json', 'for a program'],
    ],
  });
  return withSite(command).action(async (options: RemoteOptions) => {
    const client = connectSite(context, options);
    const performance = await client.get<Performance>('/v1/detectors/performance');
    if (options.json === true) printJson(context, performance);
    else printPerformance(context, performance);
  });
}

function printPerformance(context: CliContext, performance: Performance): void {
  const { from, at, usefulIncidents, isComplete, detectors, models } = performance;
  printLine(context, table(context, head('detector'), detectors.map(cells)));
  if (models.length > 0) {
    printLine(context);
    const versions = models.map((row) => cells({ ...row, id: row.id.slice(0, 12) }));
    printLine(context, table(context, head('model'), versions));
  }
  printLine(context);
  const which = isComplete ? '' : ', the newest alerts only';
  const incidents = `${usefulIncidents} useful incident${usefulIncidents === 1 ? '' : 's'}`;
  printLine(
    context,
    context.colors.dim(`${timeText(from)} to ${timeText(at)} UTC${which}; ${incidents}.`),
  );
  if (detectors.every(({ labelled }) => labelled === 0)) {
    printLine(context, 'No alert has a label yet. Give one: watchkeeper alerts label <id> useful');
  }
}

function head(first: string): readonly string[] {
  return [
    ...[first, 'alerts', 'labelled', 'useful', 'false', 'expected', 'precision', 'recall'],
    ...['per shift', 'ack p50', 'ack p95'],
  ];
}

function cells(row: PerformanceRow): readonly string[] {
  const { id, opened, labelled, useful, expected, recall, alertsPerShift } = row;
  return [
    plain(id, 48),
    ...[opened, labelled, useful, row.false, expected].map(String),
    precisionText(row),
    recall === undefined ? '–' : `${percent(recall)} %`,
    alertsPerShift.toFixed(1),
    spanOr(row.ackP50Ms),
    spanOr(row.ackP95Ms),
  ];
}

/** `75 % (30–95)`. */
function precisionText({ precision, precisionLow = 0, precisionHigh = 1 }: PerformanceRow): string {
  if (precision === undefined) return '–';
  return `${percent(precision)} % (${percent(precisionLow)}–${percent(precisionHigh)})`;
}

function percent(share: number): string {
  return String(Math.round(share * 100));
}

function spanOr(ms: number | undefined): string {
  return ms === undefined ? '–' : spanText(ms);
}
