import type { Logger } from '../core/logger.ts';
import { messageOf } from '../core/errors.ts';
import type { SubjectId } from '../model/subject.ts';
import type { Store } from '../store/store.ts';
import type { SubjectState } from './subject/subject-state.ts';
import type { TemplateCut } from './subject/template-book.ts';

/** A subject as it was at the snapshot's lsn. */
export interface SubjectCut {
  readonly state: SubjectState;
  readonly templates: TemplateCut | undefined;
}

export interface SnapshotterOptions {
  readonly store: Store;
  readonly logger: Logger;
  readonly encode: (cut: SubjectCut) => Uint8Array;
  /** What must be durable in journal and store before the snapshot may count. */
  readonly settled: () => Promise<void>;
  /** A snapshot is committed; `previous` is the base of the one before it. */
  readonly onCommitted: (base: number, previous: number | undefined) => Promise<void>;
}

/** Subjects, and about how many bytes of them, are encoded per turn of the event loop. */
const SLICE = { subjects: 16, bytes: 256 * 1024 };

/**
 * Saves what changed since the last snapshot. The cut is taken at one lsn, in
 * one turn, by holding on to the states as they are (they are never changed
 * in place, but for their templates, which give a cut of themselves);
 * encoding and writing follow in slices while folding goes on.
 */
export class Snapshotter {
  readonly #options: SnapshotterOptions;
  #dirty = new Set<SubjectId>();
  #saving: ReadonlySet<SubjectId> = new Set();
  /** Parts of snapshots that failed: their owners take them for saved. */
  #owed: ReadonlyMap<string, Uint8Array> = new Map();
  /** Subjects to be removed by the next snapshot, and by the one that is being written. */
  #forgotten = new Set<SubjectId>();
  #forgetting: ReadonlySet<SubjectId> = new Set();
  #isBusy = false;
  #lastBase: number | undefined;

  constructor(options: SnapshotterOptions, lastBase: number | undefined) {
    this.#options = options;
    this.#lastBase = lastBase;
  }

  get lastBase(): number | undefined {
    return this.#lastBase;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  touch(subject: SubjectId): void {
    this.#dirty.add(subject);
    this.#forgotten.delete(subject);
  }

  /** The next snapshot removes the subject, unless it is touched before. */
  forget(subject: SubjectId): void {
    this.#dirty.delete(subject);
    this.#forgotten.add(subject);
  }

  /** Whether what the store holds of a subject no longer counts. */
  isForgotten(subject: SubjectId): boolean {
    return this.#forgotten.has(subject) || this.#forgetting.has(subject);
  }

  /** Whether the newest committed snapshot holds the subject as it is now. */
  isClean(subject: SubjectId): boolean {
    return !this.#dirty.has(subject) && !this.#saving.has(subject);
  }

  /**
   * Takes the cut at `base` now; resolves when it is committed, or has failed
   * (then its subjects are dirty again and the snapshot before stays in force).
   */
  async take(
    base: number,
    stateOf: (subject: SubjectId) => SubjectState | undefined,
    parts: Iterable<readonly [string, Uint8Array]>,
  ): Promise<void> {
    this.#isBusy = true;
    const saving = this.#dirty;
    this.#saving = saving;
    this.#dirty = new Set();
    const forgetting = this.#forgotten;
    this.#forgetting = forgetting;
    this.#forgotten = new Set();
    const cuts = [...saving]
      .map(stateOf)
      .filter((state) => state !== undefined)
      .map((state) => ({ state, templates: state.templates?.cut() }));
    // A part that has not changed since is still what it was when it failed to be written.
    const whole = new Map([...this.#owed, ...parts]);
    try {
      await this.#write(base, cuts, whole);
      this.#owed = new Map();
      this.#saving = new Set();
      const previous = this.#lastBase;
      this.#lastBase = base;
      await this.#options.onCommitted(base, previous);
    } catch (error) {
      for (const subject of saving) if (!this.#forgotten.has(subject)) this.#dirty.add(subject);
      for (const subject of forgetting) if (!this.#dirty.has(subject)) this.#forgotten.add(subject);
      if (this.#lastBase !== base) this.#owed = whole;
      this.#options.logger.warn('A snapshot failed; the one before stays in force.', {
        error: messageOf(error),
      });
    } finally {
      this.#saving = new Set();
      this.#forgetting = new Set();
      this.#isBusy = false;
    }
  }

  async #write(
    base: number,
    cuts: readonly SubjectCut[],
    parts: ReadonlyMap<string, Uint8Array>,
  ): Promise<void> {
    const writer = this.#options.store.snapshots.begin(base);
    for (const [name, bytes] of parts) writer.put(name, bytes);
    for (const subject of this.#forgetting) writer.remove(subjectPart(subject));
    let [subjects, bytes] = [0, 0];
    for (const cut of cuts) {
      const part = this.#options.encode(cut);
      writer.put(subjectPart(cut.state.id), part);
      subjects += 1;
      bytes += part.length;
      if (subjects < SLICE.subjects && bytes < SLICE.bytes) continue;
      await nextTurn();
      [subjects, bytes] = [0, 0];
    }
    await this.#options.settled();
    await writer.commit();
  }
}

export function subjectPart(subject: SubjectId): string {
  return `subject/${subject}`;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
