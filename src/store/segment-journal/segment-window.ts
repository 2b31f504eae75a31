import { GROUP_HEADER_BYTES, isGroupWhole, readGroupHeader, type GroupHeader } from './group.ts';
import type { JournalFs } from './journal-fs.ts';
import type { Identity } from './layout.ts';

const WINDOW_BYTES = 1024 * 1024;

/** A verified group and its place. */
export interface FoundGroup extends GroupHeader {
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * Reads an open segment forwards, about 1 MiB at a time. Each refill takes a
 * buffer of its own, so what was handed out stays valid.
 */
export class SegmentWindow {
  readonly #fs: JournalFs;
  readonly #file: number;
  readonly #identity: Identity;
  /** Bytes in the file. */
  readonly size: number;
  #buffer = Buffer.alloc(0);
  #at = 0;

  constructor(
    fs: JournalFs,
    file: number,
    { size, identity }: { size: number; identity: Identity },
  ) {
    this.#fs = fs;
    this.#file = file;
    this.size = size;
    this.#identity = identity;
  }

  /** The group at `offset` if it is whole and starts with `lsn`. */
  async group(offset: number, lsn: number): Promise<FoundGroup | undefined> {
    const found = await this.#groupAt(offset);
    return found?.firstLsn === lsn ? found : undefined;
  }

  /** The first whole group at or anywhere after `offset`. */
  async anyGroup(offset: number): Promise<FoundGroup | undefined> {
    const { mark } = this.#identity;
    for (let at = offset; at + GROUP_HEADER_BYTES <= this.size;) {
      const bytes = await this.bytes(at, Math.min(WINDOW_BYTES, this.size - at));
      const hit = bytes.indexOf(mark);
      if (hit < 0) {
        at += Math.max(1, bytes.length - mark.length + 1);
        continue;
      }
      const found = await this.#groupAt(at + hit);
      if (found !== undefined) return found;
      at += hit + 1;
    }
    return undefined;
  }

  /** From the first to after the last byte that is not zero at or after `offset`; undefined when all are. */
  async nonZero(
    offset: number,
  ): Promise<{ readonly from: number; readonly to: number } | undefined> {
    let from = -1;
    let to = -1;
    for (let at = offset; at < this.size;) {
      const bytes = await this.bytes(at, Math.min(WINDOW_BYTES, this.size - at));
      if (!isZero(bytes)) {
        if (from < 0) from = at + bytes.findIndex((byte) => byte !== 0);
        to = at + bytes.findLastIndex((byte) => byte !== 0) + 1;
      }
      at += bytes.length;
    }
    return from < 0 ? undefined : { from, to };
  }

  /** Exactly `length` bytes at `offset`, which must lie in the file. */
  async bytes(offset: number, length: number): Promise<Buffer> {
    if (offset < this.#at || offset + length > this.#at + this.#buffer.length) {
      await this.#fill(offset, length);
    }
    return this.#buffer.subarray(offset - this.#at, offset - this.#at + length);
  }

  async #groupAt(offset: number): Promise<FoundGroup | undefined> {
    if (offset + GROUP_HEADER_BYTES > this.size) return undefined;
    const header = readGroupHeader(await this.bytes(offset, GROUP_HEADER_BYTES), this.#identity);
    if (header === undefined || offset + header.length > this.size) return undefined;
    const bytes = await this.bytes(offset, header.length);
    return isGroupWhole(bytes, this.#identity) ? { ...header, offset, bytes } : undefined;
  }

  async #fill(offset: number, length: number): Promise<void> {
    const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.size - offset);
    const buffer = Buffer.allocUnsafeSlow(wanted);
    let filled = 0;
    while (filled < wanted) {
      const read = await this.#fs.read(this.#file, buffer.subarray(filled), offset + filled);
      if (read === 0) throw new Error('A segment became shorter while it was read.');
      filled += read;
    }
    this.#buffer = buffer;
    this.#at = offset;
  }
}

const zeros = Buffer.alloc(WINDOW_BYTES);

function isZero(bytes: Buffer): boolean {
  return bytes.compare(zeros, 0, bytes.length) === 0;
}
