import type { Counter } from '../core/metrics.ts';
import { ENTRY, type NewEntry, type Tick } from '../model/journal-entry.ts';
import { subjectId, type SubjectId } from '../model/subject.ts';
import type { Cells } from './cells.ts';
import type { Directory } from './directory.ts';
import { readTick } from './entry-codec.ts';
import type { FlowCounts } from './flow-counts.ts';
import type { Frontier } from './frontier.ts';
import type { DispatchedEntry, UserRecords } from './messages.ts';
import type { SiteState } from './site-state.ts';
import { subjectOf } from './subject-of.ts';
import type { Work } from './work.ts';

export interface DispatcherOptions {
  readonly directory: Directory;
  readonly cells: Cells;
  readonly work: Work;
  readonly state: SiteState;
  readonly frontier: Frontier<ReadonlyMap<string, UserRecords>>;
  readonly flow: FlowCounts;
  /** Whether the archive is too far behind to take more. */
  readonly isBehind: () => boolean;
  /** Applies a command, an outcome or scores at its place in the journal; nothing is under way meanwhile. */
  readonly apply: (entry: NewEntry, lsn: number) => void | Promise<void>;
  /** A tick was folded, and with it everything before it. */
  readonly onTick: (lsn: number) => void;
  /** An entry that no subject folds has passed. */
  readonly onPassed: (entry: NewEntry) => void;
}

interface Chunk {
  readonly firstLsn: number;
  readonly entries: readonly NewEntry[];
  next: number;
}

/**
 * Hands durable entries to their subjects in lsn order: frames of one subject
 * that are durable together become one message. A tick, a command, an outcome
 * and scores are barriers: each is applied when everything before it is folded
 * and before anything after it is sent. So the fold is the same however the
 * actors' turns fall.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  #chunks: Chunk[] = [];
  #appliedLsn = 0;
  #isPumping = false;
  #isWaiting = false;
  #idle: (() => void)[] = [];

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Highest lsn that was dispatched or applied. */
  get appliedLsn(): number {
    return this.#appliedLsn;
  }

  /** Where folding begins after a recovery. */
  startAfter(lsn: number): void {
    this.#appliedLsn = lsn;
  }

  /** Takes the entries of one commit. */
  take(firstLsn: number, entries: readonly NewEntry[]): void {
    this.#chunks.push({ firstLsn, entries, next: 0 });
    this.pump();
  }

  /** Resolves when everything taken so far is folded. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.pump();
    });
  }

  /** Sends nothing any more: there is nobody left to send to. */
  halt(): void {
    this.#chunks = [];
  }

  /** Sends on what can be sent. Also called when something it waited for has cleared. */
  pump(): void {
    if (this.#isPumping || this.#isWaiting) return;
    this.#isPumping = true;
    try {
      this.#send();
    } finally {
      this.#isPumping = false;
    }
  }

  #send(): void {
    for (;;) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) {
        this.#reportIdle();
        return;
      }
      // What is under way is bounded by the intake's budget; the archivist calls `pump` on relief.
      if (this.#options.isBehind()) return;
      const barrier = this.#sendFrames(chunk);
      if (chunk.next >= chunk.entries.length) this.#chunks.shift();
      if (barrier !== undefined) {
        this.#waitThen(() => this.#applyBarrier(barrier.entry, barrier.lsn));
        return;
      }
    }
  }

  /** Sends frames up to the next barrier, which it returns and passes. */
  #sendFrames(chunk: Chunk): { entry: NewEntry; lsn: number } | undefined {
    const messages = new Map<SubjectId, DispatchedEntry[]>();
    let barrier: { entry: NewEntry; lsn: number } | undefined;
    for (; chunk.next < chunk.entries.length && barrier === undefined; chunk.next += 1) {
      const entry = chunk.entries[chunk.next] as NewEntry;
      const lsn = chunk.firstLsn + chunk.next;
      this.#appliedLsn = lsn;
      if (isForSubject(entry)) this.#add(messages, entry, lsn);
      else barrier = { entry, lsn };
    }
    for (const [subject, entries] of messages) {
      this.#options.work.begin(entries.length);
      this.#options.directory.tell(subject, { type: 'entries', entries });
    }
    return barrier;
  }

  #add(messages: Map<SubjectId, DispatchedEntry[]>, entry: NewEntry, lsn: number): void {
    const { cells, frontier, state, flow } = this.#options;
    const subject = subjectOf(entry, state);
    const isRecords = entry.kind !== ENTRY.hello;
    if (isRecords) state.ledger.accepted += 1;
    if (entry.kind === ENTRY.group || entry.kind === ENTRY.imported) flow.groups += 1;
    else if (isRecords) flow.frames += 1;
    frontier.begin(lsn);
    const dispatched: DispatchedEntry = {
      kind: entry.kind,
      lsn,
      observedAt: entry.observedAt,
      body: entry.body,
      cell: isRecords ? cells.begin(lsn, entry.body.length, entry.kind) : undefined,
    };
    const waiting = messages.get(subject);
    if (waiting === undefined) messages.set(subject, [dispatched]);
    else waiting.push(dispatched);
  }

  #waitThen(next: () => void | Promise<void>): void {
    this.#isWaiting = true;
    this.#options.work.whenIdle(() => {
      void Promise.resolve(next()).then(() => {
        this.#isWaiting = false;
        this.pump();
      });
    });
  }

  async #applyBarrier(entry: NewEntry, lsn: number): Promise<void> {
    if (entry.kind === ENTRY.tick) await this.#tick(readTick(entry.body), lsn);
    else await this.#options.apply(entry, lsn);
    this.#options.onPassed(entry);
  }

  async #tick(tick: Tick, lsn: number): Promise<void> {
    const { cells, directory, state, work } = this.#options;
    state.tick(tick);
    cells.cut();
    for (const subject of state.timers.due(tick.now - tick.blindMs)) {
      work.begin();
      directory.tell(subject, { type: 'tick', lsn, now: tick.now, blindMs: tick.blindMs });
    }
    await new Promise<void>((resolve) => {
      work.whenIdle(resolve);
    });
    this.#options.onTick(lsn);
  }

  #reportIdle(): void {
    if (this.#idle.length === 0) return;
    this.#waitThen(() => {
      if (this.#chunks.length > 0) return;
      const idle = this.#idle;
      this.#idle = [];
      for (const resolve of idle) resolve();
    });
  }
}

function isForSubject({ kind }: NewEntry): boolean {
  return (
    kind === ENTRY.frame ||
    kind === ENTRY.group ||
    kind === ENTRY.hello ||
    kind === ENTRY.deviceGroup ||
    kind === ENTRY.imported
  );
}

/** Hands the records of users it may know on, in lsn order; for the frontier. */
export function tellUsers({
  directory,
  work,
  state,
  flow,
  skipped,
}: Pick<DispatcherOptions, 'directory' | 'work' | 'state' | 'flow'> & {
  /** Counts records of users beyond the limit. */
  readonly skipped: Counter;
}): (lsn: number, users: ReadonlyMap<string, UserRecords>) => void {
  return (_, users) => {
    for (const [user, item] of users) {
      if (!state.knownUsers.admits(user, item.records.length)) {
        skipped.inc(item.records.length);
        continue;
      }
      flow.userRecords += item.records.length;
      work.begin();
      directory.tell(subjectId('user', user), { type: 'records', items: [item] });
    }
  };
}
