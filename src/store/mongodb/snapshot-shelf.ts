import { crc32 } from 'node:zlib';
import { isWatchkeeperError, WatchkeeperError } from '../../core/errors.ts';
import type { Kept, Retired, SnapshotShelf } from '../snapshots/snapshot-shelf.ts';
import type { Connection, Stored } from './connection.ts';

export const SNAPSHOT_PARTS = 'snapshot_parts';
export const SNAPSHOTS = 'snapshots';

/** A document may hold 16 MiB. */
const PIECE_BYTES = 4 * 1024 * 1024;
const PER_WRITE = 500;
/** The part that lists a snapshot's parts; no other part has an empty name. */
const MANIFEST = '';

/** A part, or a piece of a large one. */
interface PieceDocument extends Stored {
  readonly site: string;
  readonly part: string;
  readonly base: number;
  readonly piece: number;
  readonly pieces: number;
  /** CRC-32 of the part's name, base and whole state. */
  readonly checksum: number;
  readonly data: Buffer;
}

/** Snapshot parts in pieces of 4 MiB in `snapshot_parts`; a document in `snapshots` makes them count. */
export class MongoShelf implements SnapshotShelf {
  readonly #connection: Connection;
  readonly #site: string;

  constructor(connection: Connection, site: string) {
    this.#connection = connection;
    this.#site = site;
  }

  async bases(): Promise<readonly number[]> {
    const found = await this.#connection.run(() =>
      this.#connection
        .collection(SNAPSHOTS)
        .find({ site: this.#site })
        .sort({ base: -1 })
        .toArray(),
    );
    return found.map(({ base }) => Number(base));
  }

  async manifest(base: number): Promise<readonly string[]> {
    const version = await this.version(MANIFEST, base);
    if (version?.base !== base) throw corrupt('manifest', base);
    return JSON.parse(Buffer.from(version.state).toString()) as readonly string[];
  }

  async verify(base: number): Promise<boolean> {
    const missing = new Set(await this.#readableManifest(base));
    if (!missing.delete(MANIFEST)) return false;
    const pieces = this.#connection
      .collection(SNAPSHOT_PARTS)
      .find({ site: this.#site, base })
      .sort({ part: 1, piece: 1 });
    let states: PieceDocument[] = [];
    for (;;) {
      const piece = (await this.#connection.run(() => pieces.next())) as PieceDocument | null;
      if (piece === null) return missing.size === 0;
      states = piece.piece === 0 ? [piece] : [...states, piece];
      if (piece.piece + 1 !== piece.pieces) continue;
      if (!intact(piece, Buffer.concat(states.map(({ data }) => data)))) return false;
      missing.delete(piece.part);
    }
  }

  async version(
    part: string,
    base: number,
  ): Promise<{ readonly base: number; readonly state: Uint8Array } | undefined> {
    const parts = this.#connection.collection(SNAPSHOT_PARTS);
    const filter = { site: this.#site, part, base: { $lte: base }, piece: 0 };
    const first = (await this.#connection.run(() =>
      parts.find(filter).sort({ base: -1 }).limit(1).next(),
    )) as PieceDocument | null;
    if (first === null) return undefined;
    const states = [first.data];
    if (first.pieces > 1) states.push(...(await this.#furtherPieces(first)));
    const state = states.length === 1 ? first.data : Buffer.concat(states);
    if (!intact(first, state)) throw corrupt(part, first.base);
    return { base: first.base, state };
  }

  async write(base: number, parts: ReadonlyMap<string, Uint8Array>): Promise<void> {
    let waiting: PieceDocument[] = [];
    let bytes = 0;
    for (const [part, state] of parts) {
      for (const piece of this.#pieces(part, base, state)) {
        if (waiting.length === PER_WRITE || bytes + piece.data.length > 2 * PIECE_BYTES) {
          await this.#upsert(waiting);
          waiting = [];
          bytes = 0;
        }
        waiting.push(piece);
        bytes += piece.data.length;
      }
    }
    await this.#upsert(waiting);
  }

  async publish(base: number, parts: readonly string[], retired: Retired): Promise<void> {
    const site = this.#site;
    await this.write(base, new Map([[MANIFEST, Buffer.from(JSON.stringify(parts))]]));
    const document = { _id: `${site}/${base}`, site, base, parts: parts.length };
    await this.#connection.run(() =>
      this.#connection
        .collection(SNAPSHOTS)
        .replaceOne({ _id: document._id }, document, { upsert: true }),
    );
    const below = { $lt: retired.manifestsBelow };
    await this.#remove(SNAPSHOTS, { base: below });
    await this.#remove(SNAPSHOT_PARTS, { part: MANIFEST, base: below });
    await this.#forget(retired.parts, retired.versionsBelow);
  }

  async sweep({ above, keepFrom }: Kept): Promise<void> {
    await this.#remove(SNAPSHOTS, { base: { $gt: above } });
    await this.#remove(SNAPSHOT_PARTS, { base: { $gt: above } });
    const versions = this.#connection
      .collection(SNAPSHOT_PARTS)
      .find({ site: this.#site, piece: 0, base: { $lte: keepFrom } })
      .project({ part: 1, base: 1 })
      .sort({ part: 1, base: -1 });
    let newest: { readonly part?: unknown; readonly base?: unknown } = {};
    for (;;) {
      const version = await this.#connection.run(() => versions.next());
      if (version === null) return;
      if (version['part'] === newest.part) {
        await this.#forget([String(version['part'])], Number(newest.base));
      } else newest = version;
    }
  }

  async *names(prefix: string, base: number): AsyncGenerator<string> {
    // The last code point there is ends the range of names with this prefix.
    const part = prefix === '' ? { $gt: MANIFEST } : { $gte: prefix, $lt: `${prefix}\u{10ffff}` };
    const names = this.#connection
      .collection(SNAPSHOT_PARTS)
      .aggregate([
        { $match: { site: this.#site, part, base: { $lte: base } } },
        { $group: { _id: '$part' } },
        { $sort: { _id: 1 } },
      ]);
    for (;;) {
      const next = await this.#connection.run(() => names.next());
      if (next === null) return;
      yield String(next['_id']);
    }
  }

  /** The names in a manifest and the manifest's own; nothing when it is damaged. */
  async #readableManifest(base: number): Promise<readonly string[]> {
    try {
      return [MANIFEST, ...(await this.manifest(base))];
    } catch (error) {
      if (isWatchkeeperError(error, 'STORE_CORRUPT')) return [];
      throw error;
    }
  }

  async #furtherPieces({ part, base, pieces }: PieceDocument): Promise<readonly Buffer[]> {
    const piece = { $gt: 0, $lt: pieces };
    const found = await this.#connection.run(() =>
      this.#connection
        .collection(SNAPSHOT_PARTS)
        .find({ site: this.#site, part, base, piece })
        .sort({ piece: 1 })
        .toArray(),
    );
    return found.map((each) => each['data'] as Buffer);
  }

  *#pieces(part: string, base: number, state: Uint8Array): Generator<PieceDocument> {
    const pieces = Math.max(1, Math.ceil(state.length / PIECE_BYTES));
    const sum = checksum(part, base, state);
    for (let piece = 0; piece < pieces; piece += 1) {
      const data = Buffer.from(state.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES));
      const _id = `${this.#site}/${base}/${part}/${piece}`;
      yield { _id, site: this.#site, part, base, piece, pieces, checksum: sum, data };
    }
  }

  async #upsert(documents: readonly PieceDocument[]): Promise<void> {
    if (documents.length === 0) return;
    const operations = documents.map((document) => ({
      replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
    }));
    await this.#connection.run(() =>
      this.#connection.collection(SNAPSHOT_PARTS).bulkWrite(operations, { ordered: false }),
    );
  }

  async #forget(parts: readonly string[], versionsBelow: number): Promise<void> {
    for (let index = 0; index < parts.length; index += PER_WRITE) {
      const part = { $in: parts.slice(index, index + PER_WRITE) };
      await this.#remove(SNAPSHOT_PARTS, { part, base: { $lt: versionsBelow } });
    }
  }

  async #remove(collection: string, filter: Record<string, unknown>): Promise<void> {
    await this.#connection.run(() =>
      this.#connection.collection(collection).deleteMany({ site: this.#site, ...filter }),
    );
  }
}

function intact(piece: PieceDocument, state: Uint8Array): boolean {
  return checksum(piece.part, piece.base, state) === piece.checksum;
}

function checksum(part: string, base: number, state: Uint8Array): number {
  return crc32(state, crc32(`${part}/${base}`));
}

function corrupt(part: string, base: number): WatchkeeperError {
  return new WatchkeeperError(
    'STORE_CORRUPT',
    `The snapshot part "${part}" at lsn ${base} does not match its checksum.`,
    { fix: 'Restore the database from a backup.' },
  );
}
