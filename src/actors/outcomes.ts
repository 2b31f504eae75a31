import type { Outcome } from '../model/journal-entry.ts';
import type { SubjectId } from '../model/subject.ts';

/**
 * What replay must know before it comes to it: records that were skipped and
 * detectors that were quarantined are journalled after the entry they
 * concern, so recovery reads them ahead.
 */
export class Outcomes {
  readonly #skipped = new Set<string>();
  readonly #quarantines = new Map<string, { lsn: number; until: number }[]>();

  get isEmpty(): boolean {
    return this.#skipped.size === 0 && this.#quarantines.size === 0;
  }

  learn(outcome: Outcome): void {
    if (outcome.type === 'skipped') {
      this.#skipped.add(`${outcome.lsn}.${outcome.ordinal}/${outcome.detector}`);
    }
    if (outcome.type === 'quarantined') {
      const key = `${outcome.subject}/${outcome.detector}`;
      const list = this.#quarantines.get(key) ?? [];
      list.push({ lsn: outcome.lsn, until: outcome.until });
      this.#quarantines.set(key, list);
    }
  }

  /** @param trigger `<lsn>.<ordinal>` */
  isSkipped(trigger: string, detector: string): boolean {
    return this.#skipped.has(`${trigger}/${detector}`);
  }

  /** Until when the detector was quarantined by the entry at `lsn`; `undefined` when it was not. */
  quarantineAt(subject: SubjectId, detector: string, lsn: number): number | undefined {
    const list = this.#quarantines.get(`${subject}/${detector}`);
    return list?.find((each) => each.lsn === lsn)?.until;
  }

  /** Forgets everything: what is live was decided live. */
  clear(): void {
    this.#skipped.clear();
    this.#quarantines.clear();
  }
}
