import type { Key } from 'lmdb';
import { decodeCursor, encodeCursor } from '../query/cursor.ts';
import { pageLimit } from '../query/page-limit.ts';
import type { DeadLetter, DeadLetterStore } from '../store.ts';
import { descending, openObject, sealObject, type StoreKey } from './checked.ts';
import type { Environment } from './environment.ts';

/** Dead letters, newest journal entry first. */
export class EmbeddedDeadLetterStore implements DeadLetterStore {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  async put(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    const bytes = letters.reduce((sum, { body }) => sum + body.length + 1024, 0);
    await this.#environment.batch(({ deadLetters }) => {
      for (const letter of letters) {
        const key = [descending(letter.lsn), descending(letter.ordinal), letter.id];
        void deadLetters.put(key, sealObject(key, letter));
      }
    }, bytes);
  }

  async list(options: { readonly limit: number; readonly cursor?: string }): Promise<{
    readonly letters: readonly DeadLetter[];
    readonly cursor: string | undefined;
  }> {
    const limit = pageLimit(options.limit);
    const start: Key | undefined =
      options.cursor === undefined ? undefined : startAfter(options.cursor);
    const found = this.#environment.read(({ deadLetters }) => [
      ...deadLetters.getRange({
        ...(start !== undefined && { start, exclusiveStart: true }),
        limit: limit + 1,
      }),
    ]);
    const letters = found
      .slice(0, limit)
      .map(({ key, value }) => openObject<DeadLetter>(key as StoreKey, value));
    const last = found.length > limit ? letters.at(-1) : undefined;
    return {
      letters,
      cursor: last && encodeCursor('dead-letters', [last.lsn, last.ordinal, last.id]),
    };
  }

  async count(): Promise<number> {
    return this.#environment.read(
      ({ deadLetters }) => (deadLetters.getStats() as { readonly entryCount: number }).entryCount,
    );
  }
}

function startAfter(cursor: string): Key {
  const shape = ['number', 'number', 'string'] as const;
  const [lsn, ordinal, id] = decodeCursor(cursor, { listing: 'dead-letters', shape });
  return [descending(lsn), descending(ordinal), id];
}
