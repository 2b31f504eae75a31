import { join } from 'node:path';

import { isNoSpace, writeFully, type JournalFs } from './journal-fs.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from './layout.ts';
import { Segment } from './segment.ts';

const MAX_STEP_BYTES = 1024 * 1024;
const MAX_ROUND_BYTES = 16 * 1024 * 1024;
const zeros = Buffer.alloc(MAX_STEP_BYTES);
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
 * The next segment, filled with zeros ahead of time and step by step, so that
 * a full disk shows here and never in a commit; and the reserve, a file that
 * is given up when the disk is full so that others can still write a little
 * to shut down.
 */
export class SpareSegment {
  readonly #options: SpareOptions;
  readonly #path: string;
  readonly #stepBytes: number;
  #file: number | undefined;
  #filled = 0;
  #target = 0;
  #filling: Promise<boolean> | undefined;
  #isBlocked = false;
  #hasReserve = false;
  #isDiscarded = false;

  constructor(options: SpareOptions) {
    this.#options = options;
    this.#path = join(options.folder, SPARE_NAME);
    this.#stepBytes = Math.min(MAX_STEP_BYTES, options.segmentBytes >> 2);
  }

  get isReady(): boolean {
    return this.#filled === this.#options.segmentBytes;
  }

  /** True from a try that found no room until one that found it. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Bytes held on disk. */
  get bytes(): number {
    return this.#filled + (this.#hasReserve ? this.#options.reserveBytes : 0);
  }

  /** What `prepare` should be asked for at this share (0..1) of the current segment in use; undefined when that is there. */
  dueAt(used: number): number | undefined {
    const target = Math.floor(Math.min(1, 2 * used) * this.#options.segmentBytes);
    return target - this.#filled >= this.#stepBytes ? target : undefined;
  }

  /** Fills the next segment up to `target` bytes, by default whole; false when the disk has no room for all of it. */
  async prepare(target = this.#options.segmentBytes): Promise<boolean> {
    while (this.#filled < target) {
      if (this.#isDiscarded) return false;
      this.#target = Math.max(this.#target, target);
      this.#filling ??= this.#fillToTarget().finally(() => {
        this.#filling = undefined;
      });
      if (!(await this.#filling)) return false;
    }
    return true;
  }

  /** Turns the prepared file into the segment that starts with `firstLsn`; durable on return. */
  async take(firstLsn: number): Promise<{ readonly segment: Segment; readonly file: number }> {
    const { fs, folder, segmentBytes } = this.#options;
    const file = this.#file;
    if (file === undefined || !this.isReady) throw new Error('No segment is prepared.');
    const segment = new Segment(folder, firstLsn, segmentBytes);
    await fs.rename(this.#path, segment.path);
    this.#forget();
    await fs.syncFolder(folder);
    return { segment, file };
  }

  /** Gives the reserve back to the file system. */
  async releaseReserve(): Promise<void> {
    if (!this.#hasReserve) return;
    this.#hasReserve = false;
    await this.#options.fs.unlink(join(this.#options.folder, RESERVE_NAME));
  }

  /** Ends any preparation for good and removes the prepared file and the reserve. */
  async discard(): Promise<void> {
    this.#isDiscarded = true;
    this.#target = 0;
    await this.#filling?.catch(() => false);
    await this.releaseReserve();
    await this.#drop();
  }

  async #fillToTarget(): Promise<boolean> {
    try {
      if (this.#file === undefined && !(await this.#begin())) return false;
      while (this.#filled < this.#target) await this.#fillRound();
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      this.#isBlocked = true;
      await this.#drop();
      return false;
    }
    this.#isBlocked = false;
    return true;
  }

  async #begin(): Promise<boolean> {
    const { fs, folder, segmentBytes, reserveBytes } = this.#options;
    const needed = segmentBytes + (this.#hasReserve ? 0 : reserveBytes);
    // Asking first keeps a retry on a full disk from taking, for a moment, what others live on.
    if ((await fs.freeBytes(folder)) < needed) {
      this.#isBlocked = true;
      return false;
    }
    if (!this.#hasReserve) await this.#makeReserve();
    this.#file = await fs.open(this.#path, 'create');
    return true;
  }

  async #makeReserve(): Promise<void> {
    const { fs, folder, reserveBytes } = this.#options;
    const file = await fs.open(join(folder, RESERVE_NAME), 'create');
    this.#hasReserve = true;
    try {
      await writeFully(fs, file, { bytes: zeros.subarray(0, reserveBytes), position: 0 });
      await fs.fdatasync(file);
    } finally {
      await fs.close(file);
    }
  }

  /** Fills the next round, which is small while commits are few, so that its sync holds none of them up for long. */
  async #fillRound(): Promise<void> {
    const { fs } = this.#options;
    const file = this.#file;
    if (file === undefined) return;
    const end = Math.min(this.#target, this.#filled + MAX_ROUND_BYTES);
    let at = this.#filled;
    while (at < end) {
      const bytes = this.#zerosAt(at, Math.min(this.#stepBytes, end - at));
      await writeFully(fs, file, { bytes, position: at });
      at += bytes.length;
    }
    await fs.fdatasync(file);
    this.#filled = at;
  }

  /** What an empty segment holds at `at`: its header, then zeros. */
  #zerosAt(at: number, length: number): Buffer {
    if (at > 0) return zeros.subarray(0, length);
    const bytes = Buffer.alloc(Math.max(length, SEGMENT_HEADER_BYTES));
    bytes.set(encodeSegmentHeader(this.#options.journalId));
    return bytes;
  }

  async #drop(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#forget();
    await this.#options.fs.close(file);
    await this.#options.fs.unlink(this.#path);
  }

  #forget(): void {
    this.#file = undefined;
    this.#filled = 0;
    this.#target = 0;
  }
}
