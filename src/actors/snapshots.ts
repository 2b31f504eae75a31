import { WatchkeeperError } from '../core/errors.ts';
import type { SubjectId } from '../model/subject.ts';
import type { Archivist } from './archivist.ts';
import type { Directory } from './directory.ts';
import type { EngineOptions } from './engine-options.ts';
import type { SiteState } from './site-state.ts';
import { Snapshotter, subjectPart } from './snapshotter.ts';
import { hasPending } from './subject/pending-scores.ts';
import { decodeSubject, encodeSubject } from './subject/subject-codec.ts';
import type { SubjectState } from './subject/subject-state.ts';

export interface SnapshotsOptions {
  readonly engine: EngineOptions;
  readonly state: SiteState;
  readonly directory: Directory;
  readonly archivist: Archivist;
}

/**
 * The site's snapshots: what is restored at the start, what subjects are
 * loaded from, and when the next one is taken. After one is committed the
 * journal before the one before it is trimmed, and subjects that nobody
 * spoke to are put to sleep.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  #snapshotter: Snapshotter;
  #lastAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#snapshotter = this.#newSnapshotter(undefined);
  }

  /** Restores the newest snapshot; returns the lsn that it was taken at, 0 when there is none. @throws STORE_CORRUPT */
  async restore(): Promise<number> {
    const { journal, store } = this.#options.engine;
    const latest = await store.snapshots.latest();
    if (latest === undefined && journal.firstLsn > 1) {
      throw new WatchkeeperError(
        'STORE_CORRUPT',
        `The journal begins at entry ${journal.firstLsn}, and no snapshot holds what came before.`,
        { fix: 'Restore the data folder from a backup.' },
      );
    }
    if (latest === undefined) return 0;
    this.#snapshotter = this.#newSnapshotter(latest.base);
    await this.#options.state.restore(store.snapshots);
    return latest.base;
  }

  /** A subject as the newest snapshot holds it; `undefined` when none does. */
  async load(subject: SubjectId): Promise<SubjectState | undefined> {
    if (this.#snapshotter.isForgotten(subject)) return undefined;
    const { store, miners } = this.#options.engine;
    const bytes = await store.snapshots.get(subjectPart(subject));
    const { detectors } = this.#options.state.detectors;
    return bytes && decodeSubject(bytes, subject, { detectors, miners });
  }

  /** Takes note of a subject's new state. */
  commit(subject: SubjectState): void {
    const { directory, state } = this.#options;
    directory.commit(subject);
    state.noteAsking(subject.id, hasPending(subject.pending));
    this.#snapshotter.touch(subject.id);
  }

  /** Nothing is under way for it: a tick ends. Should it come again, it begins afresh, as in a replay. */
  forget(subject: SubjectId): void {
    const { directory, state } = this.#options;
    directory.forget(subject);
    state.timers.set(subject, undefined);
    state.noteAsking(subject, false);
    this.#snapshotter.forget(subject);
  }

  /** Begins a snapshot at `lsn` if one is due and none is being written. */
  takeIfDue(lsn: number): void {
    const { clock, timing } = this.#options.engine;
    const now = clock.monotonic();
    if (this.#snapshotter.isBusy || now - this.#lastAt < timing.snapshotEveryMs) return;
    this.#lastAt = now;
    this.#writing = this.take(lsn);
  }

  /** To be called when nothing is under way: what the parts hold then is the fold up to `lsn`. */
  take(lsn: number): Promise<void> {
    const { directory, state } = this.#options;
    const stateOf = (subject: SubjectId) => directory.get(subject)?.state;
    return this.#snapshotter.take(lsn, stateOf, state.parts());
  }

  /** Resolves when the snapshot that was begun last is written. */
  written(): Promise<void> {
    return this.#writing;
  }

  #newSnapshotter(lastBase: number | undefined): Snapshotter {
    const { engine, state, directory, archivist } = this.#options;
    const { store, logger, journal, timing } = engine;
    return new Snapshotter(
      {
        store,
        logger,
        encode: (cut) => encodeSubject(cut.state, state.detectors.detectors, cut.templates),
        settled: () => archivist.flushed(),
        onCommitted: async (_, previous) => {
          if (previous !== undefined) await journal.trim(previous + 1);
          directory.passivate(timing.passivateAfterMs, (subject) =>
            this.#snapshotter.isClean(subject),
          );
        },
      },
      lastBase,
    );
  }
}
