import { isNoSpace, writeFully, type JournalFs } from './journal-fs.ts';
import { CLOSE_MARK_AT, encodeCloseMark } from './layout.ts';
import type { Segment } from './segment.ts';
import type { SpareSegment } from './spare-segment.ts';

/** The segment that takes commits. */
export interface Active {
  readonly segment: Segment;
  readonly file: number;
  /** Where the next group goes. */
  readonly end: number;
}

interface WriterParts {
  readonly fs: JournalFs;
  readonly spare: SpareSegment;
  /** All segments, oldest first; new ones are added here. */
  readonly segments: Segment[];
  readonly active: Active;
}

/** Puts groups at the end of the newest segment and goes on to the prepared next one. */
export class SegmentWriter {
  readonly #fs: JournalFs;
  readonly #spare: SpareSegment;
  readonly #segments: Segment[];
  #active: Active;

  constructor({ fs, spare, segments, active }: WriterParts) {
    this.#fs = fs;
    this.#spare = spare;
    this.#segments = segments;
    this.#active = active;
  }

  /** The share (0..1) of the current segment that is in use. */
  get used(): number {
    return this.#active.end / this.#active.segment.size;
  }

  /** True when `bytes` have a place in the current segment. */
  fits(bytes: number): boolean {
    return this.#active.end + bytes <= this.#active.segment.size;
  }

  /**
   * Writes a group and returns when it is durable. False when the disk has no
   * room for it: nothing counts as written and the same call can be repeated.
   * @throws what the file system throws otherwise; then its state is unknown.
   */
  async commit(bytes: Buffer, firstLsn: number): Promise<boolean> {
    if (!this.fits(bytes.length) && !(await this.#goOn(firstLsn))) return false;
    const { segment, file, end } = this.#active;
    try {
      await writeFully(this.#fs, file, { bytes, position: end });
    } catch (error) {
      if (isNoSpace(error)) return false;
      throw error;
    }
    // Never repeated: after a failed sync the kernel may call lost pages clean.
    await this.#fs.fdatasync(file);
    segment.note(firstLsn, end);
    this.#active = { segment, file, end: end + bytes.length };
    return true;
  }

  /** Leaves evidence of how far the entries reach, in space that is there already. */
  async markClosed(lastLsn: number): Promise<void> {
    const { file, end } = this.#active;
    const bytes = encodeCloseMark({ lastLsn, end });
    await writeFully(this.#fs, file, { bytes, position: CLOSE_MARK_AT });
    await this.#fs.fdatasync(file);
  }

  close(): Promise<void> {
    return this.#fs.close(this.#active.file);
  }

  async #goOn(firstLsn: number): Promise<boolean> {
    if (!(await this.#spare.prepare())) return false;
    const previous = this.#active;
    const { segment, file } = await this.#spare.take(firstLsn);
    this.#segments.push(segment);
    this.#active = { segment, file, end: segment.dataStart };
    await this.#fs.close(previous.file);
    return true;
  }
}
