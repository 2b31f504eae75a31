import { packPart, unpackPart } from '../../actors/entry-codec.ts';
import type { Companion } from '../../actors/engine-options.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { ENTRY, type JournalEntry } from '../../model/journal-entry.ts';
import { readGroup } from '../../wire/group-body.ts';

const PART = 'replayed/letters';
const SEALER = 'replay:';
/** Letters between their journal entry and their mark in the store. */
const LIMIT = 50_000;

/** The name under which a letter's records are sealed: it stands, authenticated, in the journal entry itself. */
export function sealerOf(letter: string): string {
  return `${SEALER}${letter}`;
}

/**
 * Which dead letters were taken in again. The journal entry that holds a
 * letter's records names the letter, so records and mark are durable together
 * or not at all; this is the fold of those entries. A letter is forgotten here
 * once the mark on it is durable in the store.
 */
export class ReplayedLetters {
  readonly #durable = new Map<string, number>();
  /** Submitted, and not known to be durable. */
  readonly #claimed = new Set<string>();
  #isDirty = false;

  /** The entry that took it in; 0 while that is under way, `undefined` when there is none. */
  lsnOf(letter: string): number | undefined {
    return this.#durable.get(letter) ?? (this.#claimed.has(letter) ? 0 : undefined);
  }

  /** @throws WatchkeeperError OVERLOADED while the store is too far behind with its marks */
  claim(letter: string): void {
    if (this.#durable.size + this.#claimed.size >= LIMIT) {
      throw new WatchkeeperError(
        'OVERLOADED',
        'The store is behind with marking replayed letters.',
        {
          fix: 'See "watchkeeper doctor" for what holds the store up, then go on.',
        },
      );
    }
    this.#claimed.add(letter);
  }

  /** Nothing of it was appended. */
  release(letter: string): void {
    this.#claimed.delete(letter);
  }

  /** Its entry is durable. */
  settle(letter: string, lsn: number): void {
    this.#claimed.delete(letter);
    this.#durable.set(letter, lsn);
    this.#isDirty = true;
  }

  /** Its mark is durable in the store. */
  forget(letter: string): void {
    if (this.#durable.delete(letter)) this.#isDirty = true;
  }

  /** Saved and rebuilt with the site's snapshots. */
  companion(): Companion {
    return {
      prefix: PART,
      dirtyParts: () => {
        if (!this.#isDirty) return [];
        this.#isDirty = false;
        return [[PART, packPart([...this.#durable])] as const];
      },
      restorePart: (_, bytes) => {
        for (const [letter, lsn] of unpackPart<[string, number][]>(bytes)) {
          this.#durable.set(letter, lsn);
        }
      },
      apply: (entry) => {
        const letter = letterOf(entry);
        if (letter !== undefined) this.settle(letter, entry.lsn);
      },
    };
  }
}

function letterOf({ kind, body }: JournalEntry): string | undefined {
  if (kind !== ENTRY.group && kind !== ENTRY.deviceGroup) return undefined;
  try {
    const { gateway } = readGroup(body).header;
    return gateway.startsWith(SEALER) ? gateway.slice(SEALER.length) : undefined;
  } catch {
    // What cannot be read is quarantined by the fold.
    return undefined;
  }
}
