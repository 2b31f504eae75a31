import type { Filter } from 'mongodb';
import { decodeCursor, encodeCursor } from '../query/cursor.ts';
import { pageLimit } from '../query/page-limit.ts';
import type { DeadLetter, DeadLetterStore } from '../store.ts';
import type { Connection, Stored } from './connection.ts';

export const DEAD_LETTERS = 'dead_letters';

/** Dead letters as documents, newest journal entry first. */
export class MongoDeadLetterStore implements DeadLetterStore {
  readonly #connection: Connection;
  readonly #site: string;

  constructor(connection: Connection, site: string) {
    this.#connection = connection;
    this.#site = site;
  }

  async put(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    const operations = letters.map((letter) => {
      const document = this.#document(letter);
      return {
        replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
      };
    });
    await this.#connection.run(() =>
      this.#connection.collection(DEAD_LETTERS).bulkWrite(operations),
    );
  }

  async list(options: { readonly limit: number; readonly cursor?: string }): Promise<{
    readonly letters: readonly DeadLetter[];
    readonly cursor: string | undefined;
  }> {
    const limit = pageLimit(options.limit);
    const filter = {
      site: this.#site,
      ...(options.cursor !== undefined && afterCursor(options.cursor)),
    } as Filter<Stored>;
    const found = await this.#connection.run(() =>
      this.#connection
        .collection(DEAD_LETTERS)
        .find(filter)
        .sort({ lsn: -1, ordinal: -1, id: 1 })
        .limit(limit + 1)
        .toArray(),
    );
    const letters = found.slice(0, limit).map(letterOf);
    const last = found.length > limit ? letters.at(-1) : undefined;
    return {
      letters,
      cursor: last && encodeCursor('dead-letters', [last.lsn, last.ordinal, last.id]),
    };
  }

  async count(): Promise<number> {
    return this.#connection.run(() =>
      this.#connection.collection(DEAD_LETTERS).countDocuments({ site: this.#site }),
    );
  }

  #document(letter: DeadLetter): Stored {
    return {
      _id: `${this.#site}/${letter.id}`,
      site: this.#site,
      ...letter,
      at: new Date(letter.at),
      body: Buffer.from(letter.body),
    };
  }
}

function letterOf({ _id, site: _, at, body, ...fields }: Stored): DeadLetter {
  return {
    ...fields,
    at: (at as Date).getTime(),
    body: new Uint8Array(body as Buffer),
  } as unknown as DeadLetter;
}

function afterCursor(cursor: string): Filter<Stored> {
  const shape = ['number', 'number', 'string'] as const;
  const [lsn, ordinal, id] = decodeCursor(cursor, { listing: 'dead-letters', shape });
  return {
    $or: [
      { lsn: { $lt: lsn } },
      { lsn, ordinal: { $lt: ordinal } },
      { lsn, ordinal, id: { $gt: id } },
    ],
  };
}
