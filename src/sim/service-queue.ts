import type { WireRecord } from '../model/wire-record.ts';

/** Sends records of services; resolves when they are durable. */
export type PostRecords = (records: readonly WireRecord[]) => Promise<void>;

/** Records of one service that wait while a post is under way. */
const MAX_WAITING = 5_000;
const MAX_PER_POST = 500;

/** Posts a service's records in order, one body at a time; the newest are dropped and counted when the site is too slow. */
export class ServiceQueue {
  readonly #post: PostRecords;
  readonly #waiting: WireRecord[] = [];
  #running: Promise<void> | undefined;
  sent = 0;
  dropped = 0;
  failed = 0;

  constructor(post: PostRecords) {
    this.#post = post;
  }

  add(records: readonly WireRecord[]): void {
    const room = MAX_WAITING - this.#waiting.length;
    this.#waiting.push(...records.slice(0, room));
    this.dropped += Math.max(0, records.length - room);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_PER_POST);
      try {
        await this.#post(batch);
        this.sent += batch.length;
      } catch {
        this.failed += batch.length;
      }
    }
    this.#running = undefined;
  }
}
