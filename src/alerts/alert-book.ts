import { createHash } from 'node:crypto';
import type { Alert, AlertTransition } from '../model/alert.ts';
import type { Finding } from '../model/finding.ts';
import type { Command } from '../model/journal-entry.ts';
import type { Severity } from '../model/severity.ts';
import { labelled, type LabelCommand } from './alert-label.ts';

export interface Change {
  readonly alert: Alert;
  readonly transition: AlertTransition;
  /** False for a refresh that only the store and the dashboard need. */
  readonly isNews: boolean;
}

/** A repeat is news again after this much event time. */
const RENOTIFY_MS = 300_000;

interface Active {
  alert: Alert;
  lastNewsAt: number;
}

export interface AlertBookState {
  readonly active: readonly Active[];
}

/**
 * Alerts that are not resolved: a fold of findings and commands. One alert at
 * a time per (detector, subject, key); its id is a function of the log, so a
 * replay raises the same alert again and not another.
 */
export class AlertBook {
  readonly #site: string;
  readonly #byId = new Map<string, Active>();
  readonly #byPlace = new Map<string, Active>();
  readonly #openBySubject = new Map<string, number>();

  constructor(site: string) {
    this.#site = site;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Unresolved alerts, in order of opening. */
  active(): Alert[] {
    return [...this.#byId.values()].map(({ alert }) => alert);
  }

  get(id: string): Alert | undefined {
    return this.#byId.get(id)?.alert;
  }

  openOn(subject: string): number {
    return this.#openBySubject.get(subject) ?? 0;
  }

  countBySeverity(): Record<Severity, number> {
    const counts = { low: 0, medium: 0, high: 0, critical: 0 };
    for (const { alert } of this.#byId.values()) counts[alert.severity] += 1;
    return counts;
  }

  /** Applies a finding; `undefined` when it changes nothing. */
  apply(finding: Finding, configHash: string): Change | undefined {
    const active = this.#byPlace.get(placeOf(finding));
    if (finding.action === 'resolve') {
      return (
        active &&
        this.#resolve(active, { at: finding.at, by: 'condition cleared', note: undefined })
      );
    }
    if (active === undefined) {
      return finding.action === 'open' ? this.#open(finding, configHash) : undefined;
    }
    return this.#repeat(active, finding);
  }

  /** Applies what a person asked for; `undefined` when the alert is not active or nothing changes. */
  command(command: Command, at: number): Change | undefined {
    if (command.type === 'alert.label') return this.#label(command, at);
    if (command.type !== 'alert.acknowledge' && command.type !== 'alert.resolve') return undefined;
    const active = this.#byId.get(command.alert);
    if (active === undefined) return undefined;
    const { by } = command;
    const note = command.note === '' ? active.alert.note : command.note;
    if (command.type === 'alert.resolve') return this.#resolve(active, { at, by, note });
    if (active.alert.state === 'acknowledged') return undefined;
    return this.#change(active, 'acknowledged', {
      state: 'acknowledged',
      acknowledgedAt: at,
      acknowledgedBy: by,
      note,
      updatedAt: Math.max(at, active.alert.updatedAt),
    });
  }

  /** No news: whoever handles alerts need not hear what they were worth. */
  #label(command: LabelCommand, at: number): Change | undefined {
    const active = this.#byId.get(command.alert);
    const alert = active && labelled(active.alert, command, at);
    if (active === undefined || alert === undefined) return undefined;
    active.alert = alert;
    return { alert, transition: 'repeated', isNews: false };
  }

  /** A copy: what is folded later does not change it. */
  snapshot(): AlertBookState {
    return { active: [...this.#byId.values()].map((each) => ({ ...each })) };
  }

  restore({ active }: AlertBookState): void {
    for (const each of active) this.#add({ ...each });
  }

  #open(finding: Finding, configHash: string): Change {
    const alert: Alert = {
      id: alertId(this.#site, finding),
      site: this.#site,
      type: finding.type,
      detector: finding.detector,
      detectorVersion: finding.version,
      severity: finding.severity,
      subject: finding.subject,
      key: finding.key,
      state: 'open',
      summary: finding.summary,
      actionRequired: finding.actionRequired,
      openedAt: finding.at,
      updatedAt: finding.at,
      acknowledgedAt: undefined,
      acknowledgedBy: undefined,
      note: undefined,
      resolvedAt: undefined,
      resolvedBy: undefined,
      count: 1,
      revision: 1,
      trigger: finding.trigger,
      evidence: finding.evidence,
      configHash,
    };
    this.#add({ alert, lastNewsAt: finding.at });
    return { alert, transition: 'opened', isNews: true };
  }

  #repeat(active: Active, finding: Finding): Change {
    const isNews = finding.at - active.lastNewsAt >= RENOTIFY_MS;
    if (isNews) active.lastNewsAt = finding.at;
    const { summary, evidence } = finding;
    const change = this.#change(active, 'repeated', {
      summary,
      evidence,
      updatedAt: Math.max(finding.at, active.alert.updatedAt),
      count: active.alert.count + (finding.action === 'open' ? 1 : 0),
    });
    return { ...change, isNews };
  }

  #resolve(
    active: Active,
    { at, by, note }: { at: number; by: string; note: string | undefined },
  ): Change {
    const change = this.#change(active, 'resolved', {
      state: 'resolved',
      resolvedAt: at,
      resolvedBy: by,
      note: note ?? active.alert.note,
      updatedAt: Math.max(at, active.alert.updatedAt),
    });
    this.#byId.delete(change.alert.id);
    this.#byPlace.delete(placeOf(change.alert));
    this.#countOpen(change.alert.subject, -1);
    return change;
  }

  #change(active: Active, transition: AlertTransition, changes: Partial<Alert>): Change {
    active.alert = { ...active.alert, ...changes, revision: active.alert.revision + 1 };
    return { alert: active.alert, transition, isNews: true };
  }

  #add(active: Active): void {
    this.#byId.set(active.alert.id, active);
    this.#byPlace.set(placeOf(active.alert), active);
    this.#countOpen(active.alert.subject, 1);
  }

  #countOpen(subject: string, by: number): void {
    const count = (this.#openBySubject.get(subject) ?? 0) + by;
    if (count === 0) this.#openBySubject.delete(subject);
    else this.#openBySubject.set(subject, count);
  }
}

function placeOf({
  detector,
  subject,
  key,
}: {
  detector: string;
  subject: string;
  key: string;
}): string {
  return `${detector}\n${subject}\n${key}`;
}

/** 32 hex digits of SHA-256 over what makes the alert this one and no other. */
export function alertId(site: string, finding: Finding): string {
  const { detector, version, subject, key, trigger } = finding;
  const identity = [site, detector, String(version), subject, key, trigger].join('\n');
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}
