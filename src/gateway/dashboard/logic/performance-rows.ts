import type { Performance, PerformanceRow } from '../../../model/performance.ts';
import { formatDateTime, formatSpan, formatValue, plural } from './format.ts';

/** Those with alerts first, the most first; then by name. */
export function sortedPerformance(rows: readonly PerformanceRow[]): readonly PerformanceRow[] {
  return [...rows].sort((a, b) => b.opened - a.opened || (a.id < b.id ? -1 : 1));
}

/** `75 %`, or a dash. */
export function formatShare(share: number | undefined): string {
  return share === undefined ? '–' : `${Math.round(share * 100)} %`;
}

/** `30 to 95 %`; undefined where there is no precision. */
export function intervalText({ precisionLow, precisionHigh }: PerformanceRow): string | undefined {
  if (precisionLow === undefined || precisionHigh === undefined) return undefined;
  return `${Math.round(precisionLow * 100)} to ${Math.round(precisionHigh * 100)} %`;
}

/** `4 min, 95 % in 12 min`; a dash when nothing was acknowledged. */
export function ackText({ ackP50Ms, ackP95Ms }: PerformanceRow): string {
  if (ackP50Ms === undefined || ackP95Ms === undefined) return '–';
  return `${formatSpan(ackP50Ms)}, 95 % in ${formatSpan(ackP95Ms)}`;
}

/** `12.5`, and `0.02` where one decimal would say nothing. */
export function formatPerShift(alerts: number): string {
  return formatValue(alerts, alerts > 0 && alerts < 0.1 ? 3 : 1);
}

/** What the figures are of. */
export function performanceNote({ from, usefulIncidents, isComplete }: Performance): string {
  const since = `since ${formatDateTime(from)} UTC`;
  const which = isComplete ? `Alerts ${since}` : `The newest alerts, ${since}`;
  return `${which}; ${plural(usefulIncidents, 'useful incident')}.`;
}

/** Whether nobody has said yet what any alert was worth. */
export function isUnlabelled({ detectors }: Performance): boolean {
  return detectors.every(({ labelled }) => labelled === 0);
}
