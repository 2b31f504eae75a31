import type { Outcome } from '../model/journal-entry.ts';
import type { SubjectId } from '../model/subject.ts';

/** Where a quarantine began, and until when it holds. */
export interface Quarantine {
  readonly lsn: number;
  readonly ordinal: number;
  readonly until: number;
}

/**
 * What replay must know before it comes to it: records that were skipped and
 * detectors that were quarantined are journalled after the entry they
 * concern, so recovery reads them ahead.
 */
export class Outcomes {
  readonly #skipped = new Set<string>();
  readonly #quarantines = new Map<string, Quarantine[]>();

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
      list.push(outcome);
      this.#quarantines.set(key, list);
    }
  }

  /** Whether the same was learnt before. */
  knows(outcome: Outcome): boolean {
    if (outcome.type === 'skipped') {
      return this.isSkipped(`${outcome.lsn}.${outcome.ordinal}`, outcome.detector);
    }
    if (outcome.type !== 'quarantined') return false;
    const known = this.#quarantines.get(`${outcome.subject}/${outcome.detector}`) ?? [];
    return known.some(({ lsn, ordinal }) => lsn === outcome.lsn && ordinal === outcome.ordinal);
  }

  /** @param trigger `<lsn>.<ordinal>` */
  isSkipped(trigger: string, detector: string): boolean {
    return this.#skipped.has(`${trigger}/${detector}`);
  }

  /** The quarantine that began at one of the records from `first` to `last` (`<lsn>.<ordinal>`, inclusive). */
  quarantineWithin(
    of: { readonly subject: SubjectId; readonly detector: string },
    first: string,
    last: string,
  ): Quarantine | undefined {
    const list = this.#quarantines.get(`${of.subject}/${of.detector}`);
    return list?.find((each) => {
      const at = `${each.lsn}.${each.ordinal}`;
      return compareTriggers(first, at) <= 0 && compareTriggers(at, last) <= 0;
    });
  }

  /** Forgets everything: what is live was decided live. */
  clear(): void {
    this.#skipped.clear();
    this.#quarantines.clear();
  }
}

/** Order of `<lsn>.<ordinal>` texts. */
export function compareTriggers(a: string, b: string): number {
  const [lsnA = 0, ordinalA = 0] = a.split('.').map(Number);
  const [lsnB = 0, ordinalB = 0] = b.split('.').map(Number);
  return lsnA - lsnB || ordinalA - ordinalB;
}
