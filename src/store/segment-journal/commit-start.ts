import type { Cancel, Clock } from '../../core/clock.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { JournalLimits } from './journal-parts.ts';

interface CommitStartOptions {
  readonly clock: Clock;
  readonly limits: JournalLimits;
  readonly queue: CommitQueue;
  readonly run: () => void;
}

/**
 * When the next commit begins: at the end of the turn, or with a
 * `commitDelayMs` after that time, or at once when enough waits.
 */
export class CommitStart {
  readonly #options: CommitStartOptions;
  #cancel: Cancel | undefined;

  constructor(options: CommitStartOptions) {
    this.#options = options;
  }

  /** Something waits for a commit, and none runs. */
  request(): void {
    const { clock, limits, queue, run } = this.#options;
    if (limits.commitDelayMs > 0) {
      const isFull =
        queue.bytes >= limits.commitBytes || queue.growingEntries >= limits.commitEntries;
      if (isFull) run();
      else this.#cancel ??= clock.after(limits.commitDelayMs, run);
      return;
    }
    if (this.#cancel !== undefined) return;
    // After what else this turn of the event loop brings has been appended.
    const start = setImmediate(run);
    this.#cancel = () => {
      clearImmediate(start);
    };
  }

  /** The commit has begun, or there will be none. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
