import type { AnyBulkWriteOperation, Document } from 'mongodb';
import { collect } from '../query/collect.ts';
import { Pace } from '../query/pace.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Block, DecodePayload, QueryPage, RecordQuery, RecordStore } from '../store.ts';
import { blockId, buckets } from './bucket.ts';
import { BucketWalk } from './bucket-walk.ts';
import type { Connection, Stored } from './connection.ts';
import { DayCollections, type DayReach } from './day-collections.ts';

/** Records as bucket documents that an operator can read, in one collection for each day. */
export class MongoRecordStore implements RecordStore {
  readonly #connection: Connection;
  readonly #site: string;
  readonly #decode: DecodePayload;
  readonly #days: DayCollections;

  constructor(connection: Connection, { site, decode }: { site: string; decode: DecodePayload }) {
    this.#connection = connection;
    this.#site = site;
    this.#decode = decode;
    this.#days = new DayCollections(connection, site);
  }

  async put(blocks: readonly Block[]): Promise<void> {
    for (const [day, ofDay] of groupByDay(blocks)) await this.#putDay(day, ofDay);
  }

  async query(query: RecordQuery): Promise<QueryPage> {
    const parsed = parseQuery(query);
    const walk = new BucketWalk(
      { connection: this.#connection, days: this.#days, site: this.#site },
      parsed,
    );
    return collect(parsed, walk, new Pace());
  }

  async days(): Promise<readonly string[]> {
    const existing = await this.#days.existing();
    const held = await Promise.all(existing.map((day) => this.#holds(day)));
    return existing.filter((_, index) => held[index]);
  }

  async dropDay(day: string): Promise<void> {
    if ((await this.#days.existing()).includes(day)) await this.#days.drop(day);
  }

  async count(): Promise<number> {
    const sums = (await this.#days.existing()).map((day) =>
      this.#connection.run(() =>
        this.#days
          .of(day)
          .aggregate([
            { $match: { site: this.#site } },
            { $group: { _id: null, records: { $sum: '$count' } } },
          ])
          .toArray(),
      ),
    );
    const found = (await Promise.all(sums)).flat();
    return found.reduce((sum: number, each: Document) => sum + Number(each['records']), 0);
  }

  async #holds(day: string): Promise<boolean> {
    const one = await this.#connection.run(() =>
      this.#days.of(day).findOne({ site: this.#site }, { projection: { _id: 1 } }),
    );
    return one !== null;
  }

  /** Writes the blocks of one day, a few documents at a time. */
  async #putDay(day: string, blocks: readonly Block[]): Promise<void> {
    const collection = await this.#days.indexed(day);
    await this.#days.widen(day, reachOf(blocks));
    let waiting: AnyBulkWriteOperation<Stored>[] = [];
    let records = 0;
    const flush = async (): Promise<void> => {
      const operations = waiting;
      waiting = [];
      records = 0;
      if (operations.length > 0) await this.#connection.run(() => collection.bulkWrite(operations));
    };
    for (const block of blocks) {
      let pieces = 0;
      for (const document of buckets(this.#site, block, this.#decode)) {
        waiting.push({
          replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
        });
        pieces += 1;
        records += document.count;
        if (records >= RECORDS_PER_WRITE) await flush();
      }
      const id = blockId(this.#site, block);
      waiting.push({ deleteMany: { filter: { block: id, piece: { $gte: pieces } } } });
    }
    await flush();
  }
}

function reachOf(blocks: readonly Block[]): DayReach {
  let min = Infinity;
  let max = -Infinity;
  for (const { entries } of blocks) {
    for (const { minTimestamp, maxTimestamp } of entries) {
      min = Math.min(min, minTimestamp);
      max = Math.max(max, maxTimestamp);
    }
  }
  return { min, max };
}

const RECORDS_PER_WRITE = 2_000;

function groupByDay(blocks: readonly Block[]): ReadonlyMap<string, readonly Block[]> {
  const days = new Map<string, Block[]>();
  for (const block of blocks) {
    const ofDay = days.get(block.day);
    if (ofDay === undefined) days.set(block.day, [block]);
    else ofDay.push(block);
  }
  return days;
}
