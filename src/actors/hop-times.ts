import type { Histogram, Metrics } from '../core/metrics.ts';
import type { SiteClock } from '../core/site-clock.ts';
import type { Alert } from '../model/alert.ts';
import { ENTRY, type NewEntry } from '../model/journal-entry.ts';

/** In seconds. */
const HOP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30];
const LAG_BUCKETS = [0.1, 0.5, 1, 2, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400, 604_800];
/** Commits on their way through the fold that are measured at one time; beyond, some are left out. */
const MARKS = 256;
/** Changes of alerts whose deliveries are measured at one time. */
const ALERTS = 1_024;

/**
 * How long each hop of a record takes, as histograms of real seconds: one
 * observation per commit, per cell of the store and per delivery, never per
 * record. A commit counts with its oldest entry, and as folded when all of it
 * is; a cell with its first entry, so each shows the worst of its batch.
 */
export class HopTimes {
  readonly #clock: SiteClock;
  readonly #durable: Histogram;
  readonly #folded: Histogram;
  readonly #stored: Histogram;
  readonly #published: Histogram;
  readonly #lag: Histogram;
  /** Last lsn and time of the commits that are not folded yet, in a ring. */
  readonly #lsns = new Float64Array(MARKS);
  readonly #times = new Float64Array(MARKS);
  #head = 0;
  #count = 0;
  /** Last lsn of the oldest of them. */
  #next = Infinity;
  readonly #found = new Map<string, number>();

  constructor(metrics: Metrics, clock: SiteClock) {
    const hop = (name: string, help: string): Histogram =>
      metrics.histogram(`watchkeeper_${name}_seconds`, help, HOP_BUCKETS);
    this.#clock = clock;
    this.#durable = hop('received_to_durable', 'Received to durable, the oldest of each commit.');
    this.#folded = hop('durable_to_folded', 'Durable to folded, per commit.');
    this.#stored = hop('folded_to_stored', 'Folded to stored, the oldest of each cell.');
    this.#published = hop('finding_to_published', 'Finding to its delivery on a channel.');
    this.#lag = metrics.histogram(
      'watchkeeper_event_lag_seconds',
      'Age of the newest record of a frame or group when it was received, by site time.',
      LAG_BUCKETS,
    );
  }

  /** Takes the entries of one commit. */
  durable(firstLsn: number, entries: readonly NewEntry[]): void {
    const oldest = entries.find(isOfSubject);
    if (oldest === undefined) return;
    const { rate } = this.#clock;
    this.#durable.observe(Math.max(0, this.#clock.now() - oldest.observedAt) / 1000 / rate);
    if (this.#count === MARKS) return;
    const place = (this.#head + this.#count) % MARKS;
    this.#lsns[place] = firstLsn + entries.findLastIndex(isOfSubject);
    this.#times[place] = this.#clock.monotonic();
    this.#count += 1;
    this.#moveOn();
  }

  /** Everything before `lsn` is folded; `undefined`: everything there is. Called for every entry. */
  foldedBefore(lsn: number = Infinity): void {
    if (lsn <= this.#next) return;
    const now = this.#clock.monotonic();
    while (this.#next < lsn) {
      this.#folded.observe((now - (this.#times[this.#head] ?? now)) / 1000);
      this.#head = (this.#head + 1) % MARKS;
      this.#count -= 1;
      this.#moveOn();
    }
  }

  /** @param foldedAt monotonic ms */
  stored(foldedAt: number): void {
    this.#stored.observe((this.#clock.monotonic() - foldedAt) / 1000);
  }

  /** A finding changed an alert. @param foundAt monotonic ms */
  alerted({ id, revision }: Pick<Alert, 'id' | 'revision'>, foundAt: number): void {
    this.#found.set(`${id}.${revision}`, foundAt);
    if (this.#found.size <= ALERTS) return;
    const [eldest] = this.#found.keys();
    this.#found.delete(eldest ?? '');
  }

  /** A channel confirmed a notification, by its key `<alert id>.<revision>`. */
  delivered(key: string): void {
    const foundAt = this.#found.get(key);
    if (foundAt !== undefined) {
      this.#published.observe((this.#clock.monotonic() - foundAt) / 1000);
    }
  }

  /** A clock that is ahead counts as no lag. */
  lag(ms: number): void {
    this.#lag.observe(Math.max(0, ms) / 1000);
  }

  #moveOn(): void {
    this.#next = this.#count === 0 ? Infinity : (this.#lsns[this.#head] ?? Infinity);
  }
}

/** Whether a subject folds it; the others are the site's own. */
function isOfSubject({ kind }: NewEntry): boolean {
  return kind !== ENTRY.tick && kind !== ENTRY.command && kind !== ENTRY.outcome;
}
