import type { Key } from 'lmdb';
import { isWatchkeeperError } from '../../core/errors.ts';
import { collect } from '../query/collect.ts';
import { Pace } from '../query/pace.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Block, DecodePayload, QueryPage, RecordQuery, RecordStore } from '../store.ts';
import type { BlockSummary } from './block-summary.ts';
import { BlockWalk } from './block-walk.ts';
import {
  blockKey,
  blockValues,
  chunkKey,
  everyTimeKey,
  sizeOf,
  writeBlock,
  writeTimes,
  type BlockKey,
} from './block-values.ts';
import { openObject } from './checked.ts';
import type { Environment, Table, TableName } from './environment.ts';
import { Totals } from './totals.ts';

const UPGRADE_BATCH = 512;

/** Records as blocks of received payloads; metadata, entry index and payloads in tables of their own. */
export class EmbeddedRecordStore implements RecordStore {
  readonly #environment: Environment;
  readonly #decode: DecodePayload;
  readonly #totals: Totals;
  /** Summaries of blocks whose write has not ended, by key: what a second write of the same block replaces. */
  readonly #writing = new Map<string, BlockSummary>();
  readonly #pending = new Set<Promise<void>>();

  constructor(environment: Environment, decode: DecodePayload) {
    this.#environment = environment;
    this.#decode = decode;
    this.#totals = new Totals(environment);
  }

  /** Indexes the blocks of a store that an earlier version wrote. To be called before anything else. */
  async upgrade(): Promise<void> {
    if (!this.#totals.isOld) return;
    let from: Key = [''];
    for (;;) {
      const keys = this.#keys('blocks', { start: from, limit: UPGRADE_BATCH });
      const last = keys.at(-1);
      if (last === undefined) break;
      await this.#guarded((tables) => {
        for (const key of keys) {
          const summary = this.#stored(key);
          if (summary !== undefined) writeTimes(tables, key, summary);
        }
      });
      from = [...last, ''];
    }
    await this.#guarded((tables) => {
      this.#totals.change(tables, {});
    });
  }

  async put(blocks: readonly Block[]): Promise<void> {
    const pace = new Pace();
    const writes: Promise<void>[] = [];
    let turn: Block[] = [];
    for (const block of blocks) {
      const bytes = block.entries.reduce((sum, entry) => sum + entry.payload.length, 0);
      turn.push(block);
      if (!pace.spend(block.entries.length + bytes / 1000)) continue;
      writes.push(this.#write(turn));
      turn = [];
      await pace.rest();
    }
    if (turn.length > 0) writes.push(this.#write(turn));
    const results = await Promise.allSettled(writes);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async query(query: RecordQuery): Promise<QueryPage> {
    const parsed = parseQuery(query);
    const pace = new Pace();
    const walk = new BlockWalk(
      {
        environment: this.#environment,
        decode: this.#decode,
        widest: parsed.byIngest ? [this.#totals.widestObservedMs] : this.#totals.widest,
      },
      parsed,
      pace,
    );
    return collect(parsed, walk, pace);
  }

  async days(): Promise<readonly string[]> {
    const days: string[] = [];
    for (;;) {
      const start = days.length === 0 ? undefined : [afterDay(days.at(-1) ?? '')];
      const key = this.#keys('blocks', { ...(start && { start }), limit: 1 })[0];
      if (key === undefined) return days;
      days.push(key[0]);
    }
  }

  async dropDay(day: string): Promise<void> {
    const pace = new Pace();
    await Promise.allSettled(this.#pending);
    for (;;) {
      const keys = this.#keys('blocks', { start: [day], end: [afterDay(day)], limit: 64 });
      if (keys.length === 0) break;
      const summaries = keys.map((key) => this.#stored(key));
      await this.#guarded((tables) => {
        keys.forEach((key, index) => {
          this.#remove(tables, key, summaries[index]);
        });
      });
      await pace.rest();
    }
    await this.#sweepPayloads(day);
  }

  async count(): Promise<number> {
    return this.#environment.read(() => this.#totals.records);
  }

  /** Writes blocks in one transaction. */
  #write(blocks: readonly Block[]): Promise<void> {
    const writes = blocks.map((block) => {
      const key = blockKey(block);
      const name = key.join('/');
      const values = blockValues(block);
      const before = this.#writing.get(name) ?? this.#stored(key);
      this.#writing.set(name, values.summary);
      return { key, name, values, before };
    });
    const bytes = writes.reduce((sum, { values }) => sum + sizeOf(values), 0);
    const done = this.#guarded((tables) => {
      for (const { key, values, before } of writes) {
        if (before !== undefined) removeStale(tables, key, { before, after: values.summary });
        writeBlock(tables, key, values);
        this.#totals.change(tables, { added: values.summary, replaced: before });
      }
    }, bytes);
    this.#pending.add(done);
    const forget = (): void => {
      this.#pending.delete(done);
      for (const { name, values } of writes) {
        if (this.#writing.get(name) === values.summary) this.#writing.delete(name);
      }
    };
    // Handled here as well, because `put` may rest before it looks at the result.
    done.then(forget, forget);
    return done;
  }

  /** The summary of a stored block; `undefined` when there is none, or none that can be read. */
  #stored(key: BlockKey): BlockSummary | undefined {
    const value = this.#environment.get('blocks', key);
    if (value === undefined) return undefined;
    try {
      return openObject<BlockSummary>(key, value);
    } catch (error) {
      if (isWatchkeeperError(error, 'STORE_CORRUPT')) return undefined;
      throw error;
    }
  }

  #remove(
    tables: Readonly<Record<TableName, Table>>,
    key: BlockKey,
    summary: BlockSummary | undefined,
  ): void {
    void tables.blocks.remove(key as unknown as Key);
    void tables.entries.remove(key as unknown as Key);
    if (summary === undefined) return;
    for (const timeKey of everyTimeKey(key, summary)) void tables.times.remove(timeKey as Key);
    for (let chunk = 0; chunk < summary.chunks; chunk += 1) {
      void tables.payloads.remove(chunkKey(key, chunk) as Key);
    }
    this.#totals.change(tables, { replaced: summary });
  }

  /** Removes payloads that no readable summary named. */
  async #sweepPayloads(day: string): Promise<void> {
    for (;;) {
      const keys = this.#keys('payloads', { start: [day], end: [afterDay(day)], limit: 64 });
      if (keys.length === 0) return;
      await this.#environment.batch((tables) => {
        for (const key of keys) void tables.payloads.remove(key as unknown as Key);
      });
    }
  }

  async #guarded(
    action: (tables: Readonly<Record<TableName, Table>>) => void,
    bytes?: number,
  ): Promise<void> {
    try {
      await this.#environment.batch(action, bytes);
    } catch (error) {
      this.#totals.reload();
      throw error;
    }
  }

  #keys(
    table: TableName,
    range: { readonly start?: Key; readonly end?: Key; readonly limit: number },
  ): readonly BlockKey[] {
    return this.#environment.read((tables) => [
      ...(tables[table].getKeys(range) as unknown as Iterable<BlockKey>),
    ]);
  }
}

/** Removes what the earlier write of a block left and the new one does not overwrite. */
function removeStale(
  tables: Readonly<Record<TableName, Table>>,
  key: BlockKey,
  { before, after }: { readonly before: BlockSummary; readonly after: BlockSummary },
): void {
  for (const timeKey of everyTimeKey(key, before)) void tables.times.remove(timeKey as Key);
  for (let chunk = after.chunks; chunk < before.chunks; chunk += 1) {
    void tables.payloads.remove(chunkKey(key, chunk) as Key);
  }
}

/** A key part greater than `day` and everything under it, and less than the next day. */
function afterDay(day: string): string {
  return `${day}~`;
}
