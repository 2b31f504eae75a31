import { backoffMs } from '../../core/backoff.ts';
import type { Clock } from '../../core/clock.ts';
import { isWatchkeeperError, WatchkeeperError } from '../../core/errors.ts';
import { encodeImport, IMPORT_TYPE, type ImportPiece } from '../../wire/import-body.ts';
import { problemOf, type SiteAnswer, type SiteClient } from '../http/site-client.ts';
import { sleep } from '../within.ts';

export interface PieceSenderOptions {
  readonly client: SiteClient;
  readonly clock: Clock;
  readonly random: () => number;
  /** How long the site may be away or busy before the import gives up, in ms. */
  readonly patienceMs: number;
}

interface Answer {
  readonly next: number;
  readonly accepted: number;
  readonly repeated: number;
  readonly rejected: readonly unknown[];
}

const BACKOFF = { firstMs: 200, maxMs: 5_000, jitter: 0.2 };

/** Sends the pieces of one source in order, each as often as it takes. */
export class PieceSender {
  readonly #options: PieceSenderOptions;
  readonly #source: string;
  /** What became of the pieces so far; `repeated` ones the site had already. */
  readonly counts = { accepted: 0, rejected: 0, repeated: 0 };
  #next: number;

  constructor(options: PieceSenderOptions, source: string, next: number) {
    this.#options = options;
    this.#source = source;
    this.#next = next;
  }

  /**
   * Resolves when the pieces are durable at the site.
   * @throws WatchkeeperError CONFLICT when somebody else imports the same file, or what the site refuses with
   */
  async send(pieces: readonly ImportPiece[]): Promise<void> {
    let left = pieces;
    let failures = 0;
    let lastGood = this.#options.clock.monotonic();
    while (left.length > 0) {
      const outcome = await this.#post(left);
      if (outcome instanceof WatchkeeperError) {
        const { clock, patienceMs, random } = this.#options;
        if (clock.monotonic() - lastGood > patienceMs) throw outcome;
        await sleep(clock, backoffMs(failures, BACKOFF, random));
        failures += 1;
        continue;
      }
      this.#count(outcome);
      left = left.filter(({ to }) => to > outcome.next);
      failures = 0;
      lastGood = this.#options.clock.monotonic();
    }
  }

  #count({ next, accepted, repeated, rejected }: Answer): void {
    this.#next = next;
    this.counts.accepted += accepted;
    this.counts.repeated += repeated;
    this.counts.rejected += rejected.length;
  }

  /** The answer, or why to try again. @throws what trying again does not help */
  async #post(pieces: readonly ImportPiece[]): Promise<Answer | WatchkeeperError> {
    let answer: SiteAnswer;
    try {
      answer = await this.#options.client.request({
        method: 'POST',
        path: '/v1/import',
        query: { source: this.#source, from: this.#next },
        body: encodeImport(pieces),
        contentType: IMPORT_TYPE,
      });
    } catch (error) {
      if (isWatchkeeperError(error, 'UNREACHABLE')) return error;
      throw error;
    }
    if (answer.status === 200) return answer.body as Answer;
    const problem = problemOf(answer);
    if (PASSING.has(answer.status)) return problem;
    throw problem;
  }
}

/** Busy, away, or out of room: what may pass. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504, 507]);

/** How far the site has a source. Waits for the site as `send` does. */
export async function positionAt(
  { client, clock, random, patienceMs }: PieceSenderOptions,
  source: string,
): Promise<{ readonly next: number; readonly check: string }> {
  const start = clock.monotonic();
  for (let failures = 0; ; failures += 1) {
    try {
      return await client.get('/v1/import', { source });
    } catch (error) {
      const isPassing =
        isWatchkeeperError(error) &&
        ['UNREACHABLE', 'OVERLOADED', 'SHUTTING_DOWN', 'RATE_LIMITED'].includes(error.code);
      if (!isPassing || clock.monotonic() - start > patienceMs) throw error;
      await sleep(clock, backoffMs(failures, BACKOFF, random));
    }
  }
}
