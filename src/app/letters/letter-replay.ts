import type { Archivist } from '../../actors/archivist.ts';
import type { Clock } from '../../core/clock.ts';
import { isWatchkeeperError, WatchkeeperError } from '../../core/errors.ts';
import type { Intake } from '../../gateway/intake.ts';
import type {
  LetterReplayPage,
  LetterReplayRequest,
  LetterResult,
} from '../../gateway/site-api.ts';
import { ENTRY } from '../../model/journal-entry.ts';
import type { DeadLetter, DeadLetterStore } from '../../store/store.ts';
import { readLetter, type LetterTools, type ReadLetter } from './read-letter.ts';
import type { ReplayedLetters } from './replayed-letters.ts';

export interface LetterReplayOptions {
  readonly clock: Clock;
  readonly store: DeadLetterStore;
  readonly intake: Pick<Intake, 'admit' | 'submit' | 'barrier'>;
  readonly archivist: Pick<Archivist, 'bury' | 'flushed'>;
  readonly replayed: ReplayedLetters;
  readonly tools: LetterTools;
  /** Seals a payload under a name that stands in the entry. */
  readonly seal: (letter: string, service: string, payload: Uint8Array) => Uint8Array;
  /** How long the journal may take to confirm, in ms. @default 10 s */
  readonly durableMs?: number;
}

type Valid = Extract<ReadLetter, { outcome: 'valid' }>;

/** Letters read from the store at a time. */
const PAGE = 200;
const DURABLE_MS = 10_000;

/**
 * Takes dead letters in again: their kept bytes are read under the schema in
 * force and journalled like any records, once for each letter, also across a
 * crash.
 */
export class LetterReplay {
  readonly #options: LetterReplayOptions;
  #isRunning = false;
  /** Marked durably in the store, and not to be forgotten while a page that was read before is worked on. */
  #stored: string[] = [];

  constructor(options: LetterReplayOptions) {
    this.#options = options;
  }

  /** A page of letters with those marked that were taken in again. */
  async list(page: Parameters<DeadLetterStore['list']>[0]): ReturnType<DeadLetterStore['list']> {
    const { letters, cursor } = await this.#options.store.list(page);
    return { letters: letters.map((letter) => this.#marked(letter)), cursor };
  }

  /**
   * Takes the letters of one page in; what it says of them holds also after a crash.
   * @throws WatchkeeperError NOT_FOUND | RATE_LIMITED | OVERLOADED | JOURNAL_FULL | JOURNAL_FAILED | STORE_FAILED
   */
  async replay(request: LetterReplayRequest): Promise<LetterReplayPage> {
    if (this.#isRunning) throw busyNow('Another replay is under way.');
    this.#isRunning = true;
    this.#forgetStored();
    try {
      return await this.#replay(request);
    } finally {
      this.#isRunning = false;
      this.#forgetStored();
    }
  }

  async #replay(request: LetterReplayRequest): Promise<LetterReplayPage> {
    const page =
      request.ids === undefined ? await this.#page(request) : await this.#byId(request.ids);
    // They are listed newest first, and taken in as they came.
    const letters = page.letters.toReversed();
    const results: LetterResult[] = [];
    let scanned = 0;
    for (const letter of letters) {
      const result = this.#take(letter, request);
      if (result === 'busy') break;
      scanned += 1;
      if (result !== undefined) results.push(result);
    }
    const isBusy = scanned < letters.length;
    if (isBusy && scanned === 0) throw busyNow('The site is busy and takes no more records now.');
    await this.#confirmed();
    this.#mark(letters);
    return { results, scanned, cursor: isBusy ? request.cursor : page.cursor, isBusy };
  }

  #forgetStored(): void {
    for (const id of this.#stored.splice(0)) this.#options.replayed.forget(id);
  }

  async #page({ limit = PAGE, cursor }: LetterReplayRequest): ReturnType<DeadLetterStore['list']> {
    return this.list({ limit: Math.min(limit, PAGE), ...(cursor === undefined ? {} : { cursor }) });
  }

  async #byId(ids: readonly string[]): ReturnType<DeadLetterStore['list']> {
    const wanted = new Set(ids);
    const found = new Map<string, DeadLetter>();
    let cursor: string | undefined;
    do {
      const page = await this.list({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
      for (const letter of page.letters) if (wanted.has(letter.id)) found.set(letter.id, letter);
      cursor = page.cursor;
    } while (cursor !== undefined && found.size < wanted.size);
    const missing = ids.find((id) => !found.has(id));
    if (missing === undefined) return { letters: [...found.values()], cursor: undefined };
    throw new WatchkeeperError(
      'NOT_FOUND',
      `There is no dead letter ${JSON.stringify(missing.slice(0, 140))}.`,
      { fix: 'List them with "watchkeeper dlq list".' },
    );
  }

  /** What becomes of one letter; `undefined` when it was not asked for. */
  #take(letter: DeadLetter, request: LetterReplayRequest): LetterResult | 'busy' | undefined {
    const { id } = letter;
    const isNamed = request.ids !== undefined;
    const isTaken = letter.replayed !== undefined || this.#options.replayed.lsnOf(id) !== undefined;
    if (isTaken) {
      return isNamed ? { id, outcome: 'already', records: 0, pointer: '', reason: '' } : undefined;
    }
    if (!isNamed && !matchesReason(letter, request.reason)) return undefined;
    const read = readLetter(letter, this.#options.tools);
    if (!isNamed && !isOfService(letter, read, request.service)) return undefined;
    if (read.outcome !== 'valid') return { id, records: 0, ...read };
    if (this.#options.intake.admit(2) !== 'accept') return 'busy';
    return this.#submit(letter, read);
  }

  #submit(letter: DeadLetter, { from, name, service, payload, records }: Valid): LetterResult {
    const { intake, replayed, seal } = this.#options;
    const { id, at } = letter;
    let body: Uint8Array;
    try {
      body = seal(id, service, payload);
    } catch (error) {
      if (!isWatchkeeperError(error)) throw error;
      return { id, outcome: 'invalid', records: 0, pointer: '', reason: error.message };
    }
    const kind = from === 'device' ? ENTRY.deviceGroup : ENTRY.group;
    replayed.claim(id);
    try {
      intake.submit({ kind, subject: name, observedAt: at, body }, (lsn) => {
        replayed.settle(id, lsn);
      });
    } catch (error) {
      replayed.release(id);
      throw error;
    }
    return { id, outcome: 'accepted', records, pointer: '', reason: '' };
  }

  /** Resolves when what was submitted is durable. */
  #confirmed(): Promise<void> {
    const { clock, intake, durableMs = DURABLE_MS } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = clock.after(durableMs, () => {
        reject(new WatchkeeperError('OVERLOADED', 'The journal did not confirm in time.', AGAIN));
      });
      intake.barrier((isDurable) => {
        cancel();
        if (isDurable) resolve();
        else reject(new WatchkeeperError('JOURNAL_FAILED', 'The journal failed.', AGAIN));
      });
    });
  }

  /** Writes the marks to the store, which may take its time: until then they stand in the snapshots. */
  #mark(letters: readonly DeadLetter[]): void {
    const { archivist, clock, replayed } = this.#options;
    const at = clock.now();
    const marked = letters.flatMap((letter) => {
      const lsn = replayed.lsnOf(letter.id) ?? 0;
      return lsn === 0 ? [] : [{ ...letter, replayed: { lsn, at } }];
    });
    if (marked.length === 0) return;
    for (const letter of marked) archivist.bury(letter);
    void archivist.flushed().then(() => {
      this.#stored.push(...marked.map(({ id }) => id));
      if (!this.#isRunning) this.#forgetStored();
    });
  }

  #marked(letter: DeadLetter): DeadLetter {
    const lsn = this.#options.replayed.lsnOf(letter.id);
    if (lsn === undefined || letter.replayed !== undefined) return letter;
    return { ...letter, replayed: { lsn, at: this.#options.clock.now() } };
  }
}

const AGAIN = { fix: 'Repeat the call: letters that were taken in are not taken in again.' };

function busyNow(message: string): WatchkeeperError {
  return new WatchkeeperError('RATE_LIMITED', message, {
    fix: 'Repeat the call after the time in Retry-After.',
  });
}

function matchesReason({ reason, pointer }: DeadLetter, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  return `${pointer} ${reason}`.toLowerCase().includes(wanted.toLowerCase());
}

/** Whose it is: by its subject, by what it reads as, or by what its text claims. */
function isOfService(letter: DeadLetter, read: ReadLetter, service: string | undefined): boolean {
  if (service === undefined || letter.subject === `service:${service}`) return true;
  if (read.outcome === 'valid') return read.service === service;
  return letter.subject === '' && claimedService(letter.body) === service;
}

function claimedService(body: Uint8Array): unknown {
  try {
    const record: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return (record as { readonly service?: unknown } | null)?.service;
  } catch {
    return undefined;
  }
}
