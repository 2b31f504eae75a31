import { join } from 'node:path';

import { isNoSpace, writeFully, type JournalFs } from './journal-fs.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './layout.ts';
import { Segment } from './segment.ts';

const CHUNK_BYTES = 1024 * 1024;
const zeros = Buffer.alloc(CHUNK_BYTES);
export const SPARE_NAME = 'next.tmp';
export const RESERVE_NAME = 'reserve.tmp';

interface SpareOptions {
  readonly fs: JournalFs;
  readonly folder: string;
  readonly journalId: Uint8Array;
  readonly segmentBytes: number;
  /** Size of the reserve file. */
  readonly reserveBytes: number;
}

/**
 * The next segment, written full of zeros ahead of time, so that a full disk
 * shows here and never in a commit; and the reserve, a file that is given up
 * when the disk is full so that others can still write a little to shut down.
 */
export class SpareSegment {
  readonly #options: SpareOptions;
  readonly #path: string;
  #file: number | undefined;
  #preparing: Promise<boolean> | undefined;
  #isBlocked = false;
  #hasReserve = false;

  constructor(options: SpareOptions) {
    this.#options = options;
    this.#path = join(options.folder, SPARE_NAME);
  }

  get isReady(): boolean {
    return this.#file !== undefined;
  }

  /** True when the last try found no room. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Bytes held on disk. */
  get bytes(): number {
    const { segmentBytes, reserveBytes } = this.#options;
    return (this.isReady ? segmentBytes : 0) + (this.#hasReserve ? reserveBytes : 0);
  }

  /** Makes the next segment unless it is there; false when the disk has no room for it. */
  prepare(): Promise<boolean> {
    if (this.isReady) return Promise.resolve(true);
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  /** Turns the prepared file into the segment that starts with `firstLsn`; durable on return. */
  async take(firstLsn: number): Promise<{ readonly segment: Segment; readonly file: number }> {
    const { fs, folder, segmentBytes } = this.#options;
    const file = this.#file;
    if (file === undefined) throw new Error('No segment is prepared.');
    const segment = new Segment(folder, firstLsn, segmentBytes);
    await fs.rename(this.#path, segment.path);
    this.#file = undefined;
    await fs.syncFolder(folder);
    return { segment, file };
  }

  /** Gives the reserve back to the file system. */
  async releaseReserve(): Promise<void> {
    if (!this.#hasReserve) return;
    this.#hasReserve = false;
    await this.#options.fs.unlink(join(this.#options.folder, RESERVE_NAME));
  }

  /** Ends a preparation and removes the prepared file and the reserve. */
  async discard(): Promise<void> {
    await this.#preparing?.catch(() => false);
    await this.releaseReserve();
    if (this.#file === undefined) return;
    await this.#options.fs.close(this.#file);
    this.#file = undefined;
    await this.#options.fs.unlink(this.#path);
  }

  async #prepare(): Promise<boolean> {
    const { fs, folder, segmentBytes, reserveBytes, journalId } = this.#options;
    const needed = segmentBytes + (this.#hasReserve ? 0 : reserveBytes);
    // Asking first keeps a retry on a full disk from taking, for a moment, what others live on.
    this.#isBlocked = (await fs.freeBytes(folder)) < needed;
    if (this.#isBlocked) return false;
    if (!this.#hasReserve) {
      const reserve = await this.#filled(join(folder, RESERVE_NAME), reserveBytes, zeros);
      if (reserve === undefined) return false;
      await fs.close(reserve);
      this.#hasReserve = true;
    }
    const first = Buffer.alloc(Math.min(CHUNK_BYTES, segmentBytes));
    first.set(encodeSegmentHeader(journalId).subarray(0, SEGMENT_HEADER_BYTES));
    this.#file = await this.#filled(this.#path, segmentBytes, first);
    return this.isReady;
  }

  async #filled(path: string, bytes: number, first: Buffer): Promise<number | undefined> {
    const { fs } = this.#options;
    let file: number | undefined;
    try {
      file = await fs.open(path, 'create');
      for (let at = 0; at < bytes; at += CHUNK_BYTES) {
        const chunk = (at === 0 ? first : zeros).subarray(0, Math.min(CHUNK_BYTES, bytes - at));
        await writeFully(fs, file, { bytes: chunk, position: at });
        // Chunk by chunk: one sync of the whole file would hold up the commits of that time.
        await fs.fdatasync(file);
      }
      return file;
    } catch (error) {
      if (file !== undefined) await fs.close(file);
      if (!isNoSpace(error)) throw error;
      this.#isBlocked = true;
      if (file !== undefined) await fs.unlink(path);
      return undefined;
    }
  }
}
