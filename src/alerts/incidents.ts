/** How long an alert stands for its incident, in ms of event time. */
export const INCIDENT_MS = 15 * 60_000;

interface Opened {
  readonly subject: string;
  /** Event time in ms. */
  readonly openedAt: number;
}

/**
 * Alerts that are about one thing: each stands for the 15 minutes from its
 * opening, and those whose spans overlap on one subject are one incident.
 * The order in which alerts are given does not matter. O(n log n).
 */
export function incidentsOf<Item extends Opened>(alerts: readonly Item[]): readonly Item[][] {
  const sorted = [...alerts].sort(
    (a, b) => compare(a.subject, b.subject) || a.openedAt - b.openedAt,
  );
  const incidents: Item[][] = [];
  let last: Item | undefined;
  for (const alert of sorted) {
    if (last?.subject === alert.subject && alert.openedAt - last.openedAt < INCIDENT_MS) {
      incidents.at(-1)?.push(alert);
    } else {
      incidents.push([alert]);
    }
    last = alert;
  }
  return incidents;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
