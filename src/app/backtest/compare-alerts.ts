import type { AlertBrief } from './alert-tally.ts';

/** How the alerts of a backtest and those of the site differ. */
export interface AlertDiff {
  /** Alerts of the site in the time, and how many of them the backtest raised too. */
  readonly live: number;
  readonly matched: number;
  /** Of these, the very same: id, times and severity. */
  readonly identical: number;
  readonly onlyLive: readonly AlertBrief[];
  readonly onlyBacktest: readonly AlertBrief[];
  /** The alerts of the backtest, with what people said of those that they match. */
  readonly labelled: readonly AlertBrief[];
}

/**
 * Matches alerts of the same type and subject whose times overlap, those of the same id first.
 * One alert may match several: one that a person resolved early opens again.
 */
export function compareAlerts(
  live: readonly AlertBrief[],
  found: readonly AlertBrief[],
): AlertDiff {
  const liveBySubject = bySubject(live);
  const foundBySubject = bySubject(found);
  const twin = (alert: AlertBrief, others: ReadonlyMap<string, readonly AlertBrief[]>) => {
    const near = others.get(placeOf(alert)) ?? [];
    return near.find(({ id }) => id === alert.id) ?? near.find((other) => overlap(alert, other));
  };
  const onlyLive = live.filter((alert) => twin(alert, foundBySubject) === undefined);
  const onlyBacktest = found.filter((alert) => twin(alert, liveBySubject) === undefined);
  const identical = live.filter((alert) => {
    const other = twin(alert, foundBySubject);
    return other !== undefined && isSame(alert, other);
  });
  return {
    live: live.length,
    matched: live.length - onlyLive.length,
    identical: identical.length,
    onlyLive,
    onlyBacktest,
    labelled: found.map((alert) => {
      const other = twin(alert, liveBySubject);
      return other === undefined
        ? alert
        : { ...alert, label: other.label, acknowledgedAt: other.acknowledgedAt };
    }),
  };
}

function bySubject(alerts: readonly AlertBrief[]): ReadonlyMap<string, readonly AlertBrief[]> {
  const groups = new Map<string, AlertBrief[]>();
  for (const alert of alerts) {
    const place = placeOf(alert);
    const group = groups.get(place);
    if (group === undefined) groups.set(place, [alert]);
    else group.push(alert);
  }
  return groups;
}

function placeOf({ type, subject }: AlertBrief): string {
  return `${type} ${subject}`;
}

function overlap(one: AlertBrief, other: AlertBrief): boolean {
  return (
    one.openedAt <= (other.resolvedAt ?? Infinity) && other.openedAt <= (one.resolvedAt ?? Infinity)
  );
}

function isSame(one: AlertBrief, other: AlertBrief): boolean {
  return (
    one.id === other.id &&
    one.openedAt === other.openedAt &&
    one.updatedAt === other.updatedAt &&
    one.resolvedAt === other.resolvedAt &&
    one.severity === other.severity
  );
}
