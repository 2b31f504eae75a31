import { isWatchkeeperError, WatchkeeperError } from '../../core/errors.ts';
import type { SnapshotStore, SnapshotWriter } from '../store.ts';
import type { Retired, SnapshotShelf } from './snapshot-shelf.ts';

/** The base that reading starts from; -1 before the first snapshot. */
interface Restored {
  readonly base: number;
  readonly previous: number | undefined;
}

const NONE: Restored = { base: -1, previous: undefined };

/**
 * Snapshots over any engine. A snapshot writes its parts first and its
 * manifest last, so a crash in between leaves versions that nothing names; the
 * first commit of a process sweeps them away, as it does a newest snapshot
 * that did not verify. The two newest manifests are kept, and of each part the
 * versions that they can reach.
 */
export class SnapshotArchive implements SnapshotStore {
  readonly #shelf: SnapshotShelf;
  #restored: Promise<Restored> | undefined;
  #commits: Promise<void> = Promise.resolve();
  #needsSweep = true;
  /** Parts removed by this process, by the snapshot that did. */
  readonly #removed = new Map<number, readonly string[]>();

  constructor(shelf: SnapshotShelf) {
    this.#shelf = shelf;
  }

  begin(base: number): SnapshotWriter {
    const parts = new Map<string, Uint8Array>();
    let committed: Promise<void> | undefined;
    const put = (part: string, state: Uint8Array): void => {
      if (part === '' || committed !== undefined) {
        throw new RangeError('Expected a part with a name, before the commit.');
      }
      parts.set(part, state);
    };
    return {
      put,
      remove: (part) => {
        put(part, REMOVED);
      },
      commit: () => {
        committed ??= this.#inTurn(() => this.#commit(base, parts));
        return committed;
      },
    };
  }

  async latest(): Promise<
    { readonly base: number; readonly previous: number | undefined } | undefined
  > {
    const restored = await this.#restore();
    return restored === NONE ? undefined : restored;
  }

  async get(part: string): Promise<Uint8Array | undefined> {
    const { base } = await this.#restore();
    const state = (await this.#shelf.version(part, base))?.state;
    return state === undefined || isRemoved(state) ? undefined : state;
  }

  async *parts(prefix: string): AsyncGenerator<string> {
    const { base } = await this.#restore();
    yield* this.#shelf.names(prefix, base);
  }

  /** One commit at a time; a failed one does not stop the next. */
  #inTurn(commit: () => Promise<void>): Promise<void> {
    const turn = this.#commits.then(commit);
    this.#commits = turn.catch(() => undefined);
    return turn;
  }

  async #commit(base: number, parts: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const newest = await this.#restore();
    if (base < newest.base) {
      throw new WatchkeeperError(
        'STORE_FAILED',
        `Expected a snapshot at lsn ${newest.base} or later, got "${base}".`,
      );
    }
    if (this.#needsSweep) {
      await this.#shelf.sweep({ above: newest.base, keepFrom: newest.previous ?? newest.base });
    }
    this.#needsSweep = true;
    await this.#shelf.write(base, parts);
    if (base === newest.base) await this.#amend(newest, parts);
    else await this.#follow(newest, base, parts);
    this.#needsSweep = false;
    const removed = [...parts].filter(([, state]) => isRemoved(state)).map(([part]) => part);
    if (removed.length > 0) this.#removed.set(base, removed);
  }

  /** A second snapshot at one base adds to the first. */
  async #amend(newest: Restored, parts: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const names = new Set([...(await this.#shelf.manifest(newest.base)), ...parts.keys()]);
    await this.#shelf.publish(newest.base, [...names], NOTHING);
  }

  async #follow(
    newest: Restored,
    base: number,
    parts: ReadonlyMap<string, Uint8Array>,
  ): Promise<void> {
    // What the snapshot that now becomes the previous one replaced is out of reach.
    const retired =
      newest === NONE
        ? NOTHING
        : {
            manifestsBelow: newest.base,
            parts: [...(await this.#namesIn(newest.base)), ...this.#removedBelow(newest.base)],
            versionsBelow: newest.base,
          };
    await this.#shelf.publish(base, [...parts.keys()], retired);
    const previous = newest === NONE ? undefined : newest.base;
    this.#restored = Promise.resolve({ base, previous });
  }

  /** Parts whose marks of removal no kept snapshot names any more. */
  #removedBelow(base: number): readonly string[] {
    const parts: string[] = [];
    for (const [at, removed] of this.#removed) {
      if (at >= base) continue;
      parts.push(...removed);
      this.#removed.delete(at);
    }
    return parts;
  }

  /** The parts of a snapshot; none when its manifest was damaged since: the next sweep finds what it leaves. */
  async #namesIn(base: number): Promise<readonly string[]> {
    try {
      return await this.#shelf.manifest(base);
    } catch (error) {
      if (isWatchkeeperError(error, 'STORE_CORRUPT')) return [];
      throw error;
    }
  }

  #restore(): Promise<Restored> {
    this.#restored ??= this.#verify().catch((error: unknown) => {
      this.#restored = undefined;
      throw error;
    });
    return this.#restored;
  }

  async #verify(): Promise<Restored> {
    const bases = await this.#shelf.bases();
    // Parts that a snapshot shares with the one before need no look: falling back would not replace them.
    for (const [index, base] of bases.entries()) {
      if (await this.#shelf.verify(base)) return { base, previous: bases[index + 1] };
    }
    if (bases.length === 0) return NONE;
    throw new WatchkeeperError(
      'STORE_CORRUPT',
      `None of the ${bases.length} stored snapshots matches its checksum.`,
      { fix: 'Restore the data folder from a backup.' },
    );
  }
}

/** What stands for a part that is gone; 0xc1 begins no msgpack. */
const REMOVED = Buffer.from('\xc1watchkeeper part removed', 'latin1');

function isRemoved(state: Uint8Array): boolean {
  return state.length === REMOVED.length && REMOVED.equals(state);
}

const NOTHING: Retired = { manifestsBelow: 0, parts: [], versionsBelow: 0 };
