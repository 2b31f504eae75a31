import type { Alert, AlertLabel } from '../model/alert.ts';
import type { PerformanceRow } from '../model/performance.ts';
import { incidentsOf } from './incidents.ts';
import { wilson } from './wilson.ts';

/** What counts of an alert here: small, so that many can be held. */
export interface JudgedAlert {
  readonly detector: string;
  readonly subject: string;
  readonly openedAt: number;
  readonly acknowledgedAt: number | undefined;
  readonly label: AlertLabel | undefined;
  /** Version of the model that raised it, where it names one. */
  readonly model: string | undefined;
}

/** A time on duty, in ms. */
export const SHIFT_MS = 8 * 3_600_000;

export function judgedAlert(alert: Alert): JudgedAlert {
  const { detector, subject, openedAt, acknowledgedAt, label, evidence } = alert;
  const { model } = evidence.facts;
  return {
    ...{ detector, subject, openedAt, acknowledgedAt, label },
    model: typeof model === 'string' ? model : undefined,
  };
}

export interface PerformanceOptions {
  /** Length of the window that the alerts are of, in ms; one shorter than a shift counts as one. */
  readonly spanMs: number;
  /** Of whom an alert speaks; `undefined` leaves it out. */
  readonly idOf: (alert: JudgedAlert) => string | undefined;
  /** Ids that have a row even without alerts. */
  readonly known?: readonly string[];
}

/**
 * One row for each id, by what people said about its alerts.
 *
 * Precision leaves `expected` out: such an alert was right and nobody needed
 * it. Recall is an estimate from what was found and labelled: of all useful
 * incidents (overlapping alerts on one subject, {@link incidentsOf}, at least
 * one of them labelled `useful`) the share in which this one fired too. What
 * no detector found is in no incident, so true recall is lower.
 */
export function performanceOf(
  alerts: readonly JudgedAlert[],
  { spanMs, idOf, known = [] }: PerformanceOptions,
): { readonly usefulIncidents: number; readonly rows: readonly PerformanceRow[] } {
  const useful = usefulIncidents(alerts);
  const tallies = new Map(known.map((id) => [id, new Tally()]));
  const tallyOf = (id: string): Tally => {
    const tally = tallies.get(id) ?? new Tally();
    tallies.set(id, tally);
    return tally;
  };
  for (const alert of alerts) {
    const id = idOf(alert);
    if (id !== undefined) tallyOf(id).add(alert);
  }
  for (const incident of useful) {
    for (const id of new Set(incident.map(idOf))) {
      if (id !== undefined) tallyOf(id).incidents += 1;
    }
  }
  const context = { shifts: Math.max(1, spanMs / SHIFT_MS), usefulIncidents: useful.length };
  const rows = [...tallies].map(([id, tally]) => tally.row(id, context));
  return {
    usefulIncidents: useful.length,
    rows: rows.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function usefulIncidents(alerts: readonly JudgedAlert[]): readonly JudgedAlert[][] {
  return incidentsOf(alerts).filter((incident) => incident.some(({ label }) => label === 'useful'));
}

class Tally {
  readonly counts = { useful: 0, false: 0, expected: 0 };
  readonly acks: number[] = [];
  opened = 0;
  incidents = 0;

  add({ openedAt, acknowledgedAt, label }: JudgedAlert): void {
    this.opened += 1;
    if (label !== undefined) this.counts[label] += 1;
    // The clock of who sent the records may be ahead of the site's.
    if (acknowledgedAt !== undefined) this.acks.push(Math.max(0, acknowledgedAt - openedAt));
  }

  row(
    id: string,
    { shifts, usefulIncidents: all }: { shifts: number; usefulIncidents: number },
  ): PerformanceRow {
    const { useful, false: wrong, expected } = this.counts;
    const acks = this.acks.sort((a, b) => a - b);
    return {
      id,
      opened: this.opened,
      labelled: useful + wrong + expected,
      ...this.counts,
      ...precisionOf(useful, useful + wrong),
      ...(all === 0 ? {} : { recall: this.incidents / all }),
      alertsPerShift: this.opened / shifts,
      acknowledged: acks.length,
      ...(acks.length === 0 ? {} : { ackP50Ms: rank(acks, 0.5), ackP95Ms: rank(acks, 0.95) }),
    };
  }
}

function precisionOf(
  useful: number,
  judged: number,
): Pick<PerformanceRow, 'precision' | 'precisionLow' | 'precisionHigh'> {
  if (judged === 0) return {};
  const { low, high } = wilson(useful, judged);
  return { precision: useful / judged, precisionLow: low, precisionHigh: high };
}

/** Nearest rank in ascending values, of which there is at least one. */
function rank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}
