import { WatchkeeperError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { Histogram, Metrics } from '../core/metrics.ts';
import { noTracer, type Tracer } from '../core/trace.ts';
import type { FrameClass } from '../model/frame.ts';
import { ENTRY, type NewEntry } from '../model/journal-entry.ts';
import type { Journal } from '../store/journal.ts';
import { DurableQueue, type OnDurable } from './durable-queue.ts';
import { INTAKE_LIMITS, type IntakeLimits } from './limits.ts';

export type Admission = 'accept' | 'shed' | 'busy';

/** Totals since the intake was made. `accepted = journalled + shed[0] + … + shed[3]` at every moment. */
export interface IntakeCounters {
  /** Frames and groups whose fate is in the journal. */
  readonly accepted: number;
  /** Of these, kept whole. */
  readonly journalled: number;
  /** Of these, groups of services; the others are frames. */
  readonly groups: number;
  /** Of these, dropped by class; classes 0 and 1 stay 0. */
  readonly shed: readonly [number, number, number, number];
  /** Refused because the journal has no room. */
  readonly journalFull: number;
  /** Refused because the journal failed or is closed. */
  readonly journalFailed: number;
  /** How often `admit` answered `busy`. */
  readonly busy: number;
}

/**
 * The one way of frames and groups into the journal, and the bound on what is
 * appended and not yet folded. Classes 0 and 1 are never shed.
 */
export interface Intake {
  /** Share of the budget in use; over 1 when it is exceeded. */
  pressure(): number;
  /**
   * What to do with a frame of this class now: append it, append only that it
   * was shed, or wait for relief (a socket pauses, HTTP answers 503).
   */
  admit(frameClass: FrameClass): Admission;
  /**
   * Appends an entry and returns its lsn; `onDurable` runs after the commit that holds it, in lsn order.
   * @throws WatchkeeperError JOURNAL_FULL | JOURNAL_FAILED | JOURNAL_CLOSED
   */
  submit(entry: NewEntry, onDurable?: OnDurable): number;
  /**
   * Appends entries that become durable in one commit, or not at all; returns the first one's lsn.
   * @throws WatchkeeperError as `submit`, or TOO_LARGE; then nothing was appended
   */
  submitTogether(entries: readonly NewEntry[], onDurable: OnDurable): number;
  /** As `submit`, for the `outcome` entry of a shed frame: it is counted under its class. */
  submitShed(entry: NewEntry, frameClass: FrameClass, onDurable?: OnDurable): number;
  /**
   * Gives budget back; the worker calls it for what it folded. Everything that
   * was submitted must be reported once, of whatever kind; entries that others
   * appended may be reported as well.
   */
  folded(entries: number, bytes: number): void;
  /** Called each time pressure falls below the relief mark after it came near shedding or `busy` was answered. */
  onRelief(listener: () => void): void;
  /** Called after all `onDurable` callbacks of one commit. */
  onCommitted(listener: () => void): void;
  /** Calls back once everything appended so far is durable (`true`) or the journal has failed (`false`); at once when that is so already. */
  barrier(callback: (isDurable: boolean) => void): void;
  readonly counters: IntakeCounters;
}

interface IntakeOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly limits?: Partial<IntakeLimits> | undefined;
  readonly tracer?: Tracer | undefined;
}

/** Builds the intake of one journal; it registers one commit listener and one state listener there. */
export function createIntake({ limits, tracer = noTracer, ...parts }: IntakeOptions): Intake {
  return new JournalIntake({ ...parts, tracer, limits: { ...INTAKE_LIMITS, ...limits } });
}

class JournalIntake implements Intake {
  readonly #journal: Journal;
  readonly #limits: IntakeLimits;
  readonly #durable = new DurableQueue();
  readonly #relief: (() => void)[] = [];
  readonly #committed: (() => void)[] = [];
  readonly #counters = {
    accepted: 0,
    journalled: 0,
    groups: 0,
    shed: [0, 0, 0, 0] as [number, number, number, number],
    journalFull: 0,
    journalFailed: 0,
    busy: 0,
  };
  readonly #clock: Clock;
  readonly #commitMs: Histogram;
  readonly #tracer: Tracer;
  #oldestAppend: number | undefined;
  #entries = 0;
  #bytes = 0;
  #isPressed = false;
  #settledLsn: number;

  constructor({
    journal,
    clock,
    metrics,
    limits,
    tracer,
  }: Required<IntakeOptions> & { limits: IntakeLimits; tracer: Tracer }) {
    this.#journal = journal;
    this.#settledLsn = journal.durableLsn;
    this.#clock = clock;
    this.#tracer = tracer;
    this.#limits = limits;
    this.#commitMs = metrics.histogram(
      'watchkeeper_intake_commit_seconds',
      'Time from the first append of a group to its being durable.',
      [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    );
    metrics.observed(
      'watchkeeper_intake_pressure_ratio',
      'Share of the in-flight budget in use.',
      () => this.pressure(),
    );
    metrics.observed(
      'watchkeeper_intake_entries',
      'Entries appended and not yet folded.',
      () => this.#entries,
    );
    this.#publishCounts(metrics);
    journal.onCommit((firstLsn, entries) => {
      this.#onCommit(firstLsn, entries);
    });
    journal.onState((state) => {
      if (state === 'failed' || state === 'closed') this.#durable.fail();
    });
  }

  get counters(): IntakeCounters {
    return this.#counters;
  }

  pressure(): number {
    return Math.max(this.#entries / this.#limits.entries, this.#bytes / this.#limits.bytes);
  }

  admit(frameClass: FrameClass): Admission {
    const pressure = this.pressure();
    if (pressure < this.#limits.pressed) return 'accept';
    this.#isPressed = true;
    if (pressure < this.#limits.shedDebug) return 'accept';
    if (frameClass <= 1) return pressure < this.#limits.hard ? 'accept' : this.#busy();
    if (pressure >= 1) return this.#busy();
    return frameClass === 3 || pressure >= this.#limits.shedInformation ? 'shed' : 'accept';
  }

  submit(entry: NewEntry, onDurable?: OnDurable): number {
    return this.#submit(entry, onDurable, []);
  }

  submitTogether(entries: readonly NewEntry[], onDurable: OnDurable): number {
    const lsns = entries.map((entry, index) => {
      const following = entries.slice(index + 1);
      return this.#submit(entry, following.length === 0 ? onDurable : undefined, following);
    });
    return lsns[0] ?? this.#journal.nextLsn;
  }

  #submit(
    entry: NewEntry,
    onDurable: OnDurable | undefined,
    following: readonly NewEntry[],
  ): number {
    const lsn = this.#append(entry, onDurable, following);
    if (entry.kind === ENTRY.group || entry.kind === ENTRY.imported) this.#counters.groups += 1;
    if (entry.kind !== ENTRY.hello) {
      this.#counters.journalled += 1;
      this.#counters.accepted += 1;
    }
    return lsn;
  }

  submitShed(entry: NewEntry, frameClass: FrameClass, onDurable?: OnDurable): number {
    const lsn = this.#append(entry, onDurable);
    this.#counters.shed[frameClass] += 1;
    this.#counters.accepted += 1;
    return lsn;
  }

  folded(entries: number, bytes: number): void {
    // Ticks and commands are appended by others, so a worker that reports all
    // it folds reports more than was submitted here.
    this.#entries = Math.max(0, this.#entries - entries);
    this.#bytes = this.#entries === 0 ? 0 : Math.max(0, this.#bytes - bytes);
    if (!this.#isPressed || this.pressure() >= this.#limits.relief) return;
    this.#isPressed = false;
    for (const listener of this.#relief) listener();
  }

  onRelief(listener: () => void): void {
    this.#relief.push(listener);
  }

  onCommitted(listener: () => void): void {
    this.#committed.push(listener);
  }

  barrier(callback: (isDurable: boolean) => void): void {
    const { state, nextLsn } = this.#journal;
    // Not the journal's durable lsn: a listener of the same commit that runs
    // before this one must not overtake the callbacks.
    if (this.#settledLsn >= nextLsn - 1) callback(true);
    else if (state === 'failed' || state === 'closed') callback(false);
    else this.#durable.barrier(nextLsn - 1, callback);
  }

  #busy(): 'busy' {
    this.#isPressed = true;
    this.#counters.busy += 1;
    return 'busy';
  }

  #append(
    entry: NewEntry,
    onDurable: OnDurable | undefined,
    following: readonly NewEntry[] = [],
  ): number {
    let lsn: number;
    try {
      lsn = this.#journal.append(entry, following);
    } catch (error) {
      if (error instanceof WatchkeeperError && error.code === 'JOURNAL_FULL') {
        this.#counters.journalFull += 1;
      } else {
        this.#counters.journalFailed += 1;
      }
      throw error;
    }
    this.#entries += 1;
    this.#bytes += entry.body.length;
    this.#oldestAppend ??= this.#clock.monotonic();
    if (onDurable !== undefined) this.#durable.push(lsn, onDurable);
    return lsn;
  }

  #onCommit(firstLsn: number, entries: readonly NewEntry[]): void {
    if (this.#oldestAppend !== undefined) {
      if (this.#tracer.isOn) this.#trace(firstLsn, entries);
      this.#commitMs.observe((this.#clock.monotonic() - this.#oldestAppend) / 1000);
      // What was appended while this group was being written belongs to the next one.
      this.#oldestAppend =
        firstLsn + entries.length < this.#journal.nextLsn ? this.#clock.monotonic() : undefined;
    }
    this.#durable.commit(firstLsn, entries);
    for (const listener of this.#committed) listener();
    this.#settledLsn = firstLsn + entries.length - 1;
    this.#durable.release(this.#settledLsn);
  }

  #trace(firstLsn: number, entries: readonly NewEntry[]): void {
    const end = this.#clock.monotonic();
    const start = this.#oldestAppend ?? end;
    for (const [index, { kind }] of entries.entries()) {
      if (kind !== ENTRY.frame && kind !== ENTRY.group) continue;
      this.#tracer.record({ name: 'journal.commit', trace: `lsn:${firstLsn + index}`, start, end });
    }
  }

  #publishCounts(metrics: Metrics): void {
    const accepted = metrics.counter(
      'watchkeeper_frames_accepted_total',
      'Frames and groups taken in.',
    );
    const shed = [0, 1, 2, 3].map((each) =>
      metrics.counter('watchkeeper_frames_shed_total', 'Frames dropped under overload, by class.', {
        class: String(each),
      }),
    );
    const seen = { accepted: 0, shed: [0, 0, 0, 0] };
    // Once per commit instead of once per frame: an instrument call costs more than the rest of the accounting.
    this.onCommitted(() => {
      accepted.inc(this.#counters.accepted - seen.accepted);
      seen.accepted = this.#counters.accepted;
      for (const [index, counter] of shed.entries()) {
        const total = this.#counters.shed[index] ?? 0;
        const before = seen.shed[index] ?? 0;
        if (total > before) counter.inc(total - before);
        seen.shed[index] = total;
      }
    });
  }
}
