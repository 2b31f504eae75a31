import { mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { lockFolder } from '../core/folder-lock.ts';
import type { Batch } from './batch.ts';
import { encodeChange } from './buffer-codec.ts';
import type { BufferChange, BufferContents, BufferFacts, BufferStore } from './buffer-store.ts';
import {
  createSegment,
  encodeEntry,
  readSegment,
  SEGMENT_HEADER,
  segmentNumber,
  segmentPath,
  writeAll,
  type SegmentWrite,
} from './file-segment.ts';

export interface FileBufferOptions {
  /** One watch's own; made with mode 0700. */
  readonly folder: string;
  /**
   * `fsync`: what is committed survives a loss of power. `os`: it survives the
   * end of the process, and the system writes it when it likes. @default 'fsync'
   */
  readonly durability?: 'fsync' | 'os';
  /** A segment file is closed when it is larger. @default 1 MiB */
  readonly segmentBytes?: number;
  /** How bytes are written. Tests fail it on purpose. */
  readonly write?: SegmentWrite;
}

interface Segment {
  readonly number: number;
  readonly path: string;
  bytes: number;
  /** Batches whose newest copy is here. */
  readonly live: Map<number, Batch>;
}

/** Payload bytes that one commit takes along from the oldest segment. */
const MOVE_BYTES = 256 * 1024;
const BATCH_OVERHEAD = 32;

/**
 * A ring of append-only files. Each commit is one entry with a checksum; a
 * file goes when nothing in it and in those before it is held. What is held
 * for long is copied forward, so the ring stays below twice its content and
 * four segments. Holds a lock on the folder while open.
 */
export class FileBuffer implements BufferStore {
  readonly survivesPowerLoss: boolean;
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #write: SegmentWrite;
  /** Ascending; entries go to the last one. */
  readonly #segments: Segment[] = [];
  readonly #home = new Map<number, Segment>();
  #liveBytes = 0;
  #handle: FileHandle | undefined;
  /** After a failed write nothing is appended to that file again. */
  #mustRotate = false;
  #unlock: (() => Promise<void>) | undefined;

  constructor({
    folder,
    durability = 'fsync',
    segmentBytes = 1024 * 1024,
    write = writeAll,
  }: FileBufferOptions) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#write = write;
    this.survivesPowerLoss = durability === 'fsync';
  }

  get count(): number {
    return this.#home.size;
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.#segments) sum += bytes;
    return sum;
  }

  async open(): Promise<BufferContents> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    this.#unlock = await lockFolder(this.#folder);
    try {
      return await this.#load();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async commit(change: BufferChange): Promise<void> {
    const moved = this.#toMove();
    const body = encodeChange({ ...change, added: [...moved, ...change.added] });
    const last = this.#segments.at(-1);
    const isFull = last !== undefined && last.bytes + body.length > this.#segmentBytes;
    if (this.#mustRotate || last === undefined || (isFull && last.bytes > SEGMENT_HEADER)) {
      await this.#rotate();
    }
    await this.#append(body);
    const segment = this.#segments.at(-1);
    if (segment === undefined) return;
    for (const batch of moved) this.#hold(batch, segment);
    for (const batch of change.added) this.#hold(batch, segment);
    for (const id of change.removed) this.#forget(id);
    await this.#trim();
  }

  async close(): Promise<void> {
    const [handle, unlock] = [this.#handle, this.#unlock];
    this.#handle = undefined;
    this.#unlock = undefined;
    await handle?.close();
    await unlock?.();
  }

  async #load(): Promise<BufferContents> {
    const numbers = await this.#newestRun();
    let facts: BufferFacts | undefined;
    const reads: { readonly segment: Segment; readonly changes: readonly BufferChange[] }[] = [];
    let limit: number | undefined;
    for (const number of numbers.toReversed()) {
      const path = segmentPath(this.#folder, number);
      const contents = await readSegment(path, number, limit);
      if (contents === undefined) {
        await unlink(path);
        continue;
      }
      const { bytes, changes, previousBytes } = contents;
      limit = previousBytes;
      reads.unshift({ segment: { number, path, bytes, live: new Map() }, changes });
    }
    for (const { segment, changes } of reads) {
      this.#segments.push(segment);
      for (const change of changes) {
        for (const batch of change.added) this.#hold(batch, segment);
        for (const id of change.removed) this.#forget(id);
        facts = change.facts;
      }
    }
    const last = this.#segments.at(-1);
    if (last !== undefined) this.#handle = await open(last.path, 'r+');
    const batches = this.#segments.flatMap(({ live }) => [...live.values()]);
    return { batches: batches.sort((a, b) => a.id - b.id), facts };
  }

  /** Numbers without a hole up to the newest; a file before a hole had been deleted and came back. */
  async #newestRun(): Promise<number[]> {
    const numbers = (await readdir(this.#folder))
      .map(segmentNumber)
      .filter((number) => number !== undefined)
      .sort((a, b) => a - b);
    let from = numbers.length - 1;
    while (from > 0 && numbers[from - 1] === (numbers[from] ?? 0) - 1) from -= 1;
    for (const number of numbers.slice(0, Math.max(0, from))) {
      await unlink(segmentPath(this.#folder, number));
    }
    return numbers.slice(Math.max(0, from));
  }

  async #rotate(): Promise<void> {
    const last = this.#segments.at(-1);
    const number = (last?.number ?? 0) + 1;
    const path = segmentPath(this.#folder, number);
    this.#mustRotate = true;
    const header = { number, previousBytes: last?.bytes ?? 0 };
    const handle = await createSegment(path, header, this.#write);
    try {
      if (this.survivesPowerLoss) await this.#syncNew(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await this.#handle?.close();
    this.#handle = handle;
    this.#segments.push({ number, path, bytes: SEGMENT_HEADER, live: new Map() });
    this.#mustRotate = false;
  }

  async #syncNew(handle: FileHandle): Promise<void> {
    await handle.sync();
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async #append(body: Uint8Array): Promise<void> {
    const segment = this.#segments.at(-1);
    if (segment === undefined || this.#handle === undefined) throw new Error('It is not open.');
    const entry = encodeEntry(body, segment.number);
    try {
      await this.#write(this.#handle, entry, segment.bytes);
      if (this.survivesPowerLoss) await this.#handle.datasync();
    } catch (error) {
      this.#mustRotate = true;
      throw error;
    }
    segment.bytes += entry.length;
  }

  /** Batches of the oldest segment that must not keep it any longer. */
  #toMove(): Batch[] {
    const [oldest] = this.#segments;
    const limit = 2 * this.#liveBytes + 3 * this.#segmentBytes;
    if (oldest === undefined || this.#segments.length < 2 || this.bytes <= limit) return [];
    const moved: Batch[] = [];
    let bytes = 0;
    for (const batch of oldest.live.values()) {
      if (bytes > MOVE_BYTES) break;
      moved.push(batch);
      bytes += batch.payload.length;
    }
    return moved;
  }

  #hold(batch: Batch, segment: Segment): void {
    this.#forget(batch.id);
    segment.live.set(batch.id, batch);
    this.#home.set(batch.id, segment);
    this.#liveBytes += batch.payload.length + BATCH_OVERHEAD;
  }

  #forget(id: number): void {
    const segment = this.#home.get(id);
    const batch = segment?.live.get(id);
    if (segment === undefined || batch === undefined) return;
    segment.live.delete(id);
    this.#home.delete(id);
    this.#liveBytes -= batch.payload.length + BATCH_OVERHEAD;
  }

  /** Only from the old end: what a later file says of an earlier one must not go first. */
  async #trim(): Promise<void> {
    for (let [oldest] = this.#segments; oldest; [oldest] = this.#segments) {
      if (this.#segments.length < 2 || oldest.live.size > 0) return;
      await unlink(oldest.path).catch(() => undefined);
      this.#segments.shift();
    }
  }
}
