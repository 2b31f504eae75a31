import type { AlertBrief } from '../../app/backtest/alert-tally.ts';
import { printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { plain, table, timeText } from '../table.ts';
import type { BacktestReport, DetectorReport } from './report.ts';

/** Alerts shown of each side. */
const SHOWN = 10;

/** The report for people. */
export function printReport(context: CliContext, report: BacktestReport): void {
  const { records, subjects, seconds, from, to, hash } = report;
  printLine(
    context,
    `${records} records of ${subjects} subjects, ${timeText(from)} to ${timeText(to)} UTC, in ${seconds.toFixed(1)} s.`,
  );
  printLine(context);
  const heads = [
    ...['detector', 'alerts', 'findings', 'per subject-week'],
    ...['useful', 'false', 'expected', 'precision'],
  ];
  printLine(context, table(context, heads, report.detectors.map(cells)));
  printModels(context, report);
  printDiff(context, report);
  printNotes(context, report);
  printLine(context, context.colors.dim(`Hash of all alerts: ${hash}`));
}

function cells(row: DetectorReport): readonly string[] {
  return [
    plain(row.id, 48),
    ...[row.opened, row.findings].map(String),
    row.alertsPerSubjectWeek.toPrecision(3),
    ...[row.useful, row.false, row.expected].map(String),
    row.precision === undefined ? '–' : `${Math.round(row.precision * 100)} %`,
  ];
}

function printModels(context: CliContext, { models, missingModels }: BacktestReport): void {
  if (models.length > 0) {
    printLine(context);
    const rows = models.map(({ model, rows: count, quantiles: { p50, p90, p99, p999 }, max }) => [
      model.slice(0, 12),
      String(count),
      ...[p50, p90, p99, p999, max].map((value) => value.toFixed(2)),
    ]);
    const heads = ['model', 'scores', 'surprise p50', 'p90', 'p99', 'p99.9', 'highest'];
    printLine(context, table(context, heads, rows));
  }
  for (const name of missingModels) {
    printLine(context, `No model "${name}" is live: its detectors went by their rules.`);
  }
}

function printDiff(context: CliContext, { diff }: BacktestReport): void {
  const { live, backtest, matched, identical, onlyLive, onlyBacktest, examples } = diff;
  printLine(context);
  printLine(
    context,
    `Live ${live} alerts, backtest ${backtest}: ${matched} live ones matched (${identical} the very same), ${onlyLive} only live, ${onlyBacktest} only in the backtest.`,
  );
  printSide(context, 'Only live:', { alerts: examples.onlyLive, of: onlyLive });
  printSide(context, 'Only in the backtest:', { alerts: examples.onlyBacktest, of: onlyBacktest });
}

function printSide(
  context: CliContext,
  title: string,
  { alerts, of }: { readonly alerts: readonly AlertBrief[]; readonly of: number },
): void {
  if (of === 0) return;
  printLine(context);
  printLine(context, title);
  const rows = alerts
    .slice(0, SHOWN)
    .map(({ openedAt, severity, type, subject, summary }) => [
      timeText(openedAt),
      severity,
      plain(type, 32),
      plain(subject, 40),
      plain(summary, 80),
    ]);
  printLine(context, table(context, ['opened (UTC)', 'severity', 'type', 'subject', 'why'], rows));
  if (of > SHOWN) printLine(context, `… and ${of - SHOWN} more; --json and --out have them.`);
}

function printNotes(context: CliContext, report: BacktestReport): void {
  const { warmUpRecords, skipped, failed, fallbacks } = report;
  printLine(context);
  if (warmUpRecords > 0) {
    printLine(context, `${warmUpRecords} of the records came before and only filled windows.`);
  }
  if (skipped > 0) {
    printLine(context, `${skipped} imported records were left out; --axis event plays them too.`);
  }
  if (failed > 0) printLine(context, `A detector failed on ${failed} records.`);
  for (const [reason, count] of Object.entries(fallbacks)) {
    printLine(context, `${count} requests to models had no score (${reason}).`);
  }
}
