import type { Collection } from 'mongodb';
import type { Connection, IndexKey, Stored } from './connection.ts';

const NAME = /^records_(\d{4})_(\d{2})_(\d{2})$/;

/** By event time and by time of observation from either end, and by every field that a query can name. */
const INDEXES: readonly IndexKey[] = [
  { site: 1, max_timestamp: -1 },
  { site: 1, min_timestamp: 1 },
  { site: 1, max_observed_at: -1 },
  { site: 1, min_observed_at: 1 },
  { site: 1, services: 1, max_timestamp: -1 },
  { site: 1, levels: 1, max_timestamp: -1 },
  { site: 1, users: 1, max_timestamp: -1 },
  { site: 1, subjects: 1, max_timestamp: -1 },
  { block: 1 },
];

/** Event times in ms, both inclusive. */
export interface DayReach {
  readonly min: number;
  readonly max: number;
}

/** One collection of buckets for each UTC day of `observedAt`, so that a day is dropped whole. */
export class DayCollections {
  readonly #connection: Connection;
  readonly #site: string;
  readonly #indexed = new Map<string, Promise<unknown>>();
  readonly #reaches = new Map<string, Promise<DayReach | undefined>>();

  constructor(connection: Connection, site: string) {
    this.#connection = connection;
    this.#site = site;
  }

  of(day: string): Collection<Stored> {
    return this.#connection.collection(`records_${day.replaceAll('-', '_')}`);
  }

  /** As `of`, after its indexes are there. */
  async indexed(day: string): Promise<Collection<Stored>> {
    const collection = this.of(day);
    let made = this.#indexed.get(day);
    if (made === undefined) {
      made = this.#connection.ensureIndexes(collection.collectionName, INDEXES);
      this.#indexed.set(day, made);
      // A failure is tried again by the next write.
      made.catch(() => this.#indexed.delete(day));
    }
    await made;
    return collection;
  }

  /** Days that have a collection, of whichever site, ascending. */
  async existing(): Promise<readonly string[]> {
    const all = await this.#connection.run((db) =>
      db.listCollections({}, { nameOnly: true }).toArray(),
    );
    return all
      .flatMap(({ name }) => {
        const parts = NAME.exec(name);
        return parts === null ? [] : [`${parts[1]}-${parts[2]}-${parts[3]}`];
      })
      .sort();
  }

  /**
   * From when to when the event times of a day's records reach, at least;
   * `undefined` when it has none of this site. Nobody else writes them, so it is asked for once.
   */
  reach(day: string): Promise<DayReach | undefined> {
    const known = this.#reaches.get(day);
    if (known !== undefined) return known;
    const asked = this.#askReach(day);
    this.#reaches.set(day, asked);
    asked.catch(() => this.#reaches.delete(day));
    return asked;
  }

  /** To be called, and waited for, before records of the day are written. */
  async widen(day: string, { min, max }: DayReach): Promise<void> {
    const widened = this.reach(day).then((known) => ({
      min: Math.min(min, known?.min ?? min),
      max: Math.max(max, known?.max ?? max),
    }));
    this.#reaches.set(day, widened);
    widened.catch(() => this.#reaches.delete(day));
    await widened;
  }

  async #askReach(day: string): Promise<DayReach | undefined> {
    const end = (field: 'min_timestamp' | 'max_timestamp', order: 1 | -1) =>
      this.#connection.run(() =>
        this.of(day).findOne(
          { site: this.#site },
          { sort: { [field]: order }, projection: { [field]: 1 } },
        ),
      ) as Promise<Readonly<Record<string, Date>> | null>;
    const [first, last] = await Promise.all([end('min_timestamp', 1), end('max_timestamp', -1)]);
    const min = first?.['min_timestamp']?.getTime();
    const max = last?.['max_timestamp']?.getTime();
    return min === undefined || max === undefined ? undefined : { min, max };
  }

  /** Drops the collection; when another site has a share in it, only this site's documents. */
  async drop(day: string): Promise<void> {
    const collection = this.of(day);
    const other = await this.#connection.run(() =>
      collection.findOne({ site: { $ne: this.#site } }, { projection: { _id: 1 } }),
    );
    this.#indexed.delete(day);
    this.#reaches.delete(day);
    if (other !== null) {
      await this.#connection.run(() => collection.deleteMany({ site: this.#site }));
      return;
    }
    await this.#connection.run(() => collection.drop());
  }
}
