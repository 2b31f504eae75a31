import { statfsSync } from 'node:fs';
import { WatchkeeperError } from '../../core/errors.ts';

/** Bytes that stay free after a write at its largest, for the tree pages that it copies and for others on the disk. */
const MARGIN_BYTES = 8 * 1024 * 1024;

/**
 * Keeps writes away from a full disk. lmdb 3.5.6 must not meet one: it prints
 * the reason of a failed write into 100 bytes without looking whether it fits,
 * which damages the heap and ends, or hangs, the process some time later.
 */
export class DiskRoom {
  readonly #folder: string;
  readonly #freeBytes: (folder: string) => number;
  /** What writes that have not ended may still take. */
  #promised = 0;

  constructor(folder: string, freeBytes: (folder: string) => number = bytesFree) {
    this.#folder = folder;
    this.#freeBytes = freeBytes;
  }

  /** Takes room for values of `bytes` together; call what it returns when the write has ended. @throws WatchkeeperError STORE_FAILED */
  take(bytes: number): () => void {
    // Values are stored in whole pages: twice their size is what they can take at most.
    const most = 2 * bytes;
    if (this.#freeBytes(this.#folder) < MARGIN_BYTES + this.#promised + most) throw this.#full();
    this.#promised += most;
    return () => {
      this.#promised -= most;
    };
  }

  #full(): WatchkeeperError {
    return new WatchkeeperError(
      'STORE_FAILED',
      `The store takes no write now: the disk of "${this.#folder}" is full.`,
      { fix: 'Free disk space; it goes on by itself.' },
    );
  }
}

/** What this user may still allocate there. */
function bytesFree(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
