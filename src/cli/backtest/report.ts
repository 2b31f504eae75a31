import type { AlertBrief } from '../../app/backtest/alert-tally.ts';
import { compareAlerts, type AlertDiff } from '../../app/backtest/compare-alerts.ts';
import type { BacktestResult } from '../../app/backtest/run-backtest.ts';
import { performanceOf } from '../../alerts/performance.ts';
import type { PerformanceRow } from '../../model/performance.ts';

/** What `backtest` says, as one object. */
export interface BacktestReport extends Pick<
  BacktestResult,
  | 'rules'
  | 'from'
  | 'to'
  | 'records'
  | 'warmUpRecords'
  | 'skipped'
  | 'failed'
  | 'models'
  | 'fallbacks'
  | 'hash'
> {
  readonly site: string;
  readonly subjects: number;
  readonly alerts: number;
  readonly alertsPerSubjectWeek: number;
  readonly detectors: readonly DetectorReport[];
  /** Models that detectors ask and nothing answers to. */
  readonly missingModels: readonly string[];
  readonly diff: {
    readonly live: number;
    readonly backtest: number;
    /** Live alerts that the backtest raised too, and those with the same id, times and severity. */
    readonly matched: number;
    readonly identical: number;
    readonly onlyLive: number;
    readonly onlyBacktest: number;
    /** The first ones of each side. */
    readonly examples: {
      readonly onlyLive: readonly AlertBrief[];
      readonly onlyBacktest: readonly AlertBrief[];
    };
  };
  /** Real time that it took, in s. */
  readonly seconds: number;
  readonly recordsPerSecond: number;
}

/** One detector: its alerts in the backtest, judged by the labels of those that the site raised too. */
export interface DetectorReport extends PerformanceRow {
  readonly findings: number;
  readonly alertsPerSubjectWeek: number;
}

const EXAMPLES = 1_000;
const WEEK_MS = 7 * 86_400_000;

interface Known extends Pick<BacktestReport, 'site' | 'missingModels' | 'seconds'> {
  /** Alerts that the site raised in the time. */
  readonly live: readonly AlertBrief[];
  readonly detectorIds: readonly string[];
}

export function reportOf(result: BacktestResult, known: Known): BacktestReport {
  const { alerts, findings, subjects, ...rest } = result;
  const { live, detectorIds, ...head } = known;
  const { labelled, ...diff } = compareAlerts(live, alerts);
  const spanMs = result.to - result.from;
  const subjectWeeks = subjects.size * (spanMs / WEEK_MS);
  const perWeek = (count: number): number => (subjectWeeks > 0 ? count / subjectWeeks : 0);
  const judged = {
    spanMs,
    idOf: ({ detector }: Pick<AlertBrief, 'detector'>) => detector,
    known: detectorIds,
  };
  return {
    ...head,
    ...rest,
    subjects: subjects.size,
    alerts: alerts.length,
    alertsPerSubjectWeek: perWeek(alerts.length),
    detectors: performanceOf(labelled, judged).rows.map((row) => ({
      ...row,
      findings: findings.get(row.id) ?? 0,
      alertsPerSubjectWeek: perWeek(row.opened),
    })),
    diff: diffOf(diff, alerts.length),
    recordsPerSecond: known.seconds > 0 ? result.records / known.seconds : 0,
  };
}

function diffOf(
  { onlyLive, onlyBacktest, ...counts }: Omit<AlertDiff, 'labelled'>,
  backtest: number,
): BacktestReport['diff'] {
  return {
    ...counts,
    backtest,
    onlyLive: onlyLive.length,
    onlyBacktest: onlyBacktest.length,
    examples: {
      onlyLive: onlyLive.slice(0, EXAMPLES),
      onlyBacktest: onlyBacktest.slice(0, EXAMPLES),
    },
  };
}
