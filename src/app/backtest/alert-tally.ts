import { createHash } from 'node:crypto';
import type { Change } from '../../alerts/alert-book.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Alert, AlertLabel } from '../../model/alert.ts';

/** What is kept of an alert: enough to compare and to judge it. */
export interface AlertBrief extends Pick<
  Alert,
  | 'id'
  | 'type'
  | 'detector'
  | 'subject'
  | 'key'
  | 'severity'
  | 'openedAt'
  | 'updatedAt'
  | 'resolvedAt'
  | 'acknowledgedAt'
  | 'summary'
  | 'count'
> {
  readonly label: AlertLabel | undefined;
  /** Version of the model that raised it, where it names one. */
  readonly model: string | undefined;
}

export function briefOf(alert: Alert): AlertBrief {
  const { id, type, detector, subject, key, severity, summary, count } = alert;
  const { openedAt, updatedAt, resolvedAt, acknowledgedAt, label } = alert;
  const { model } = alert.evidence.facts;
  return {
    ...{ id, type, detector, subject, key, severity, summary, count },
    ...{ openedAt, updatedAt, label },
    // JSON and msgpack write undefined as null.
    resolvedAt: resolvedAt ?? undefined,
    acknowledgedAt: acknowledgedAt ?? undefined,
    model: typeof model === 'string' && model !== '' ? model : undefined,
  };
}

/** Alerts of one backtest at most: rules that raise more say nothing. */
const MOST_ALERTS = 500_000;

/** The alerts that a backtest raises, those opened before it began to count left out. */
export class AlertTally {
  readonly #alerts = new Map<string, AlertBrief>();
  /** Of all revisions of an alert so far. */
  readonly #digests = new Map<string, string>();
  readonly #findings = new Map<string, number>();
  readonly #from: number;
  readonly #to: number;
  readonly #onFinal: (alert: Alert) => void;

  /** @param onFinal told of each alert that is resolved */
  constructor(
    range: { readonly from: number; readonly to: number },
    onFinal: (alert: Alert) => void,
  ) {
    this.#from = range.from;
    this.#to = range.to;
    this.#onFinal = onFinal;
  }

  /** @throws TOO_LARGE */
  take({ alert, transition }: Change): void {
    if (!this.counts(alert)) return;
    this.#alerts.set(alert.id, briefOf(alert));
    if (this.#alerts.size > MOST_ALERTS) throw tooMany();
    const findings = this.#findings.get(alert.detector) ?? 0;
    this.#findings.set(alert.detector, findings + 1);
    const before = this.#digests.get(alert.id) ?? '';
    const revision = `${before}${transition}${JSON.stringify(alert)}`;
    this.#digests.set(alert.id, createHash('sha256').update(revision).digest('base64'));
    if (alert.state === 'resolved') this.#onFinal(alert);
  }

  /** Whether an alert was opened in the time that counts. */
  counts({ openedAt }: Pick<Alert, 'openedAt'>): boolean {
    return openedAt >= this.#from && openedAt < this.#to;
  }

  /** In order of opening. */
  alerts(): readonly AlertBrief[] {
    return [...this.#alerts.values()].sort(
      (one, other) => one.openedAt - other.openedAt || (one.id < other.id ? -1 : 1),
    );
  }

  /** What opened, repeated, updated or resolved an alert, by detector. */
  findings(): ReadonlyMap<string, number> {
    return this.#findings;
  }

  /** SHA-256 over every revision of every alert: the same for the same history, rules and models. */
  hash(): string {
    const hash = createHash('sha256');
    for (const id of [...this.#digests.keys()].sort()) {
      hash.update(`${id} ${this.#digests.get(id) ?? ''}\n`);
    }
    return hash.digest('hex');
  }
}

function tooMany(): WatchkeeperError {
  return new WatchkeeperError('TOO_LARGE', `These rules raise more than ${MOST_ALERTS} alerts.`, {
    fix: 'Give a shorter time with --from and --to, or rules that fire less often.',
  });
}
