import { messageOf } from '../core/errors.ts';
import { ENTRY, type Command, type NewEntry, type Outcome } from '../model/journal-entry.ts';
import type { SubjectId } from '../model/subject.ts';
import type { DetectorSet } from '../streams/detector.ts';
import { Alerter } from './alerter.ts';
import { Archivist } from './archivist.ts';
import { CELL_LIMITS, Cells, type Cell } from './cells.ts';
import { Delivery } from './delivery.ts';
import { Directory } from './directory.ts';
import { Dispatcher, tellUsers } from './dispatcher.ts';
import type { EngineOptions } from './engine-options.ts';
import { outcomeEntry, readOutcome, scoresEntry, tickEntry } from './entry-codec.ts';
import { FlowCounts } from './flow-counts.ts';
import { Frontier } from './frontier.ts';
import { HopTimes } from './hop-times.ts';
import { letterOfHang, outcomeOfHang } from './hang-outcome.ts';
import { inTime } from './in-time.ts';
import { ActorSystem } from './kernel/actor-system.ts';
import type { ActorRef } from './kernel/ref.ts';
import type { SubjectMessage, UserRecords } from './messages.ts';
import { publishKnown } from './known-metrics.ts';
import { Outcomes } from './outcomes.ts';
import { NO_MODELS } from './ports.ts';
import { Scorer } from './scorer/scorer.ts';
import { SiteEntries } from './site-entries.ts';
import { SiteState } from './site-state.ts';
import { Snapshots } from './snapshots.ts';
import { newSubjectContext } from './subject-context.ts';
import type { SubjectContext } from './subject/context.ts';
import { SubjectActor } from './subject/subject-actor.ts';
import type { SubjectState } from './subject/subject-state.ts';
import { Ticker } from './ticker.ts';
import { VerdictLog } from './verdict-log.ts';
import { Work } from './work.ts';

/** Frames and groups a subject may have waiting: the intake's budget bounds them first. */
const SUBJECT_MAILBOX = 65_536;
/** How long stopping waits for the store, in real ms; what it lacks then is folded again at the next start. */
const STOP_MS = 5_000;
/** Entries replayed before the replay waits for them to be folded. */
const REPLAY_BATCH = 4096;

/**
 * The site's actors and the fold they make of the journal: `recover` restores
 * the newest snapshot and folds the rest; after `start` each commit is folded
 * as it becomes durable.
 *
 * Longer than the house's measure: it is the one place where the parts of the
 * fold meet, and each part is a file of its own.
 */
export class Engine {
  readonly system: ActorSystem;
  /** Root of the tree. */
  readonly guardian: ActorRef<never>;
  readonly state: SiteState;
  readonly directory: Directory;
  readonly archivist: Archivist;
  readonly delivery: Delivery;
  readonly scorer: Scorer;
  /** What has passed since the site went live. */
  readonly flow = new FlowCounts();
  readonly verdicts: VerdictLog;
  readonly #hops: HopTimes;
  readonly #options: EngineOptions;
  readonly #work = new Work();
  readonly #outcomes = new Outcomes();
  readonly #cells: Cells;
  readonly #frontier: Frontier<ReadonlyMap<string, UserRecords>>;
  readonly #dispatcher: Dispatcher;
  readonly #alerter: Alerter;
  readonly #context: SubjectContext;
  readonly #entries: SiteEntries;
  readonly #snapshots: Snapshots;
  #ticker: Ticker | undefined;
  #lastRecordAt = 0;
  #isLive = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { site, clock, hooks } = options;
    this.state = new SiteState(options);
    this.verdicts = new VerdictLog(clock);
    this.#hops = new HopTimes(options.metrics, clock);
    this.system = new ActorSystem({
      name: site,
      clock,
      onEvent: hooks.actorEvent,
      onEscalation: hooks.fatal,
    });
    this.guardian = this.#spawnGuardian();
    this.directory = this.#newDirectory();
    this.archivist = this.#newArchivist();
    this.delivery = this.#newDelivery();
    this.scorer = this.#newScorer();
    this.#alerter = this.#newAlerter();
    this.#cells = this.#newCells();
    this.#frontier = this.#newFrontier();
    this.#dispatcher = this.#newDispatcher();
    this.#entries = this.#newEntries();
    this.#snapshots = this.#newSnapshots();
    this.#context = this.#newContext();
    publishKnown(options.metrics, this.state);
  }

  get detectors(): DetectorSet {
    return this.state.detectors;
  }

  /** Site time at which records were last folded; 0 before the first. */
  get lastRecordAt(): number {
    return this.#lastRecordAt;
  }

  /** Commands that were journalled and not applied yet. */
  get waitingCommands(): number {
    return this.#entries.waiting;
  }

  get foldedLsn(): number {
    return this.#dispatcher.appliedLsn;
  }

  /** Restores the newest snapshot and folds what the journal holds after it. Returns how many entries that were. */
  async recover(): Promise<number> {
    const { journal, companions } = this.#options;
    const base = await this.#snapshots.restore();
    this.#dispatcher.startAfter(base);
    await this.#learnOutcomes(base + 1);
    let count = 0;
    for await (const entries of journal.read(base + 1)) {
      for (let from = 0; from < entries.length; from += REPLAY_BATCH) {
        const batch = entries.slice(from, from + REPLAY_BATCH);
        for (const entry of batch) for (const companion of companions) companion.apply(entry);
        this.#dispatcher.take(batch[0]?.lsn ?? 0, batch);
        await this.#dispatcher.drained();
        count += batch.length;
      }
    }
    this.#outcomes.clear();
    this.state.outbox.endReplay();
    return count;
  }

  /** Folds every commit from now on, lets time pass and deliveries leave. */
  start(): void {
    this.#isLive = true;
    // What a replay did again is not what happens now.
    this.flow.reset();
    this.verdicts.reset();
    this.#options.journal.onCommit((firstLsn, entries) => {
      if (!this.#isLive) return;
      this.#hops.durable(firstLsn, entries);
      this.#dispatcher.take(firstLsn, entries);
    });
    if (this.#options.isTicked !== true) this.#startTicker();
    this.delivery.wakeAll();
    for (const subject of this.state.asking) {
      this.#work.begin();
      this.directory.tell(subject, { type: 'ask' });
    }
  }

  #startTicker(): void {
    this.#ticker = new Ticker({
      clock: this.#options.clock,
      last: this.state.lastTick,
      nextDeadline: () => this.state.timers.next,
      append: (tick) => {
        this.#append(tickEntry(tick));
      },
    });
    this.#ticker.start();
  }

  /** Journals a command and resolves when it is durable and applied. @throws what applying it throws, and JOURNAL_FULL */
  command(command: Command): Promise<unknown> {
    return this.#entries.command(command);
  }

  /** State of a subject, from its actor or its snapshot. */
  async subject(id: SubjectId): Promise<SubjectState | undefined> {
    return this.directory.get(id)?.state ?? (await this.#snapshots.load(id));
  }

  /** Folds what is durable, saves a snapshot and stops the actors; does without what takes too long. */
  async stop(): Promise<void> {
    this.#ticker?.tick();
    this.#ticker?.stop();
    this.delivery.stop();
    this.scorer.stop();
    const { clock, logger } = this.#options;
    await inTime(clock, STOP_MS, (isLate) => this.#save(isLate)).catch(() => {
      logger.warn('The store is behind; what it lacks is in the journal for the next start.', {
        backlogBytes: this.archivist.backlogBytes,
      });
    });
    this.#isLive = false;
    this.#dispatcher.halt();
    this.system.shutdown();
  }

  /** Brings everything durable into a snapshot, unless `isLate` meanwhile. */
  async #save(isLate: () => boolean): Promise<void> {
    const { journal } = this.#options;
    if (journal.state !== 'ok') return;
    await journal.durable(journal.nextLsn - 1);
    await this.#dispatcher.drained();
    await this.#snapshots.written();
    // The actors stop now, and their states are no cut at any lsn.
    if (isLate()) return;
    this.#cells.cut();
    await this.#snapshots.take(this.#dispatcher.appliedLsn);
  }

  /** Resolves when every durable entry so far is folded. */
  drained(): Promise<void> {
    return this.#dispatcher.drained();
  }

  /** Resolves when no snapshot is being written. */
  snapshotted(): Promise<void> {
    return this.#snapshots.written();
  }

  /** Stops without saving anything, as a crash does. */
  abandon(): void {
    this.#ticker?.stop();
    this.delivery.stop();
    this.scorer.stop();
    this.#isLive = false;
    this.#dispatcher.halt();
    this.system.shutdown();
  }

  #spawnGuardian(): ActorRef<never> {
    return this.system.spawn<undefined, never>(
      { parent: undefined, name: 'site' },
      (state) => state,
      { kind: 'guardian', initial: () => undefined },
    );
  }

  #newDirectory(): Directory {
    return new Directory({
      system: this.system,
      clock: this.#options.clock,
      guardian: this.guardian,
      start: (subject, place) => this.#startSubject(subject, place),
    });
  }

  #startSubject(
    subject: SubjectId,
    place: { parent: ActorRef<never>; name: string },
  ): ActorRef<SubjectMessage> {
    const actor = new SubjectActor(this.#context, subject);
    return this.system.spawn<SubjectState | undefined, SubjectMessage>(place, actor.behavior, {
      kind: subject.slice(0, subject.indexOf(':')),
      initial: () => undefined,
      mailboxLimit: SUBJECT_MAILBOX,
      describe: (state) => state,
    });
  }

  #newCells(): Cells {
    const { clock } = this.#options;
    const archive = (cell: Cell): void => {
      this.archivist.archive(cell);
    };
    return new Cells(archive, CELL_LIMITS, () => clock.monotonic());
  }

  #newArchivist(): Archivist {
    return new Archivist({
      ...this.#options,
      system: this.system,
      parent: this.guardian,
      ledger: this.state.ledger,
      onStored: (cell) => {
        this.flow.stored(cell.entries);
        this.#hops.stored(cell.foldedAt);
      },
      onRelief: () => {
        this.#dispatcher.pump();
      },
    });
  }

  #newDelivery(): Delivery {
    return new Delivery({
      ...this.#options,
      system: this.system,
      parent: this.guardian,
      outbox: this.state.outbox,
      onDelivered: (channel, { alert, key }) => {
        this.flow.delivered(channel);
        this.#hops.delivered(key);
        const revision = Number(key.slice(key.lastIndexOf('.') + 1));
        this.#journalOutcome({ type: 'delivered', alert: alert.id, revision, channel });
      },
    });
  }

  #newScorer(): Scorer {
    return new Scorer({
      ...this.#options,
      models: this.#options.models ?? NO_MODELS,
      system: this.system,
      parent: this.guardian,
      journal: (scores) => {
        this.#append(scoresEntry(scores, this.#options.clock.now()));
      },
    });
  }

  #newAlerter(): Alerter {
    return new Alerter({
      ...this.#options,
      system: this.system,
      parent: this.guardian,
      book: this.state.book,
      outbox: this.state.outbox,
      work: this.#work,
      configHash: () => this.state.detectors.hash,
      onChange: (change, owed, foundAt) => {
        this.archivist.project(change.alert);
        this.flow.alerts += 1;
        if (!this.#isLive) return;
        if (foundAt !== undefined) this.#hops.alerted(change.alert, foundAt);
        this.#options.hooks.alertChanged(change);
        for (const channel of owed) this.delivery.wake(channel);
      },
    });
  }

  #newFrontier(): Frontier<ReadonlyMap<string, UserRecords>> {
    const skipped = this.#options.metrics.counter(
      'watchkeeper_users_skipped_total',
      'Records whose users are beyond the number that is watched at one time.',
    );
    const { directory, state, flow } = this;
    return new Frontier(tellUsers({ directory, state, flow, work: this.#work, skipped }));
  }

  #newDispatcher(): Dispatcher {
    return new Dispatcher({
      directory: this.directory,
      cells: this.#cells,
      work: this.#work,
      state: this.state,
      frontier: this.#frontier,
      flow: this.flow,
      isBehind: () => this.archivist.isBehind,
      apply: (entry, lsn) => this.#entries.apply(entry, lsn),
      onTick: (lsn) => {
        this.#onTick(lsn);
      },
      onPassed: ({ body }) => {
        if (this.#isLive) this.#options.hooks.folded(1, body.length);
      },
    });
  }

  #newEntries(): SiteEntries {
    const { journal, clock } = this.#options;
    return new SiteEntries({
      state: this.state,
      directory: this.directory,
      alerter: this.#alerter,
      archivist: this.archivist,
      work: this.#work,
      now: () => clock.now(),
      append: (entry) => {
        journal.append(entry);
      },
    });
  }

  #newSnapshots(): Snapshots {
    const { state, directory, archivist } = this;
    return new Snapshots({ engine: this.#options, state, directory, archivist });
  }

  #newContext(): SubjectContext {
    return newSubjectContext({
      options: this.#options,
      system: this.system,
      work: this.#work,
      cells: this.#cells,
      state: this.state,
      frontier: this.#frontier,
      outcomes: this.#outcomes,
      alerter: this.#alerter,
      archivist: this.archivist,
      flow: this.flow,
      hops: this.#hops,
      verdicts: this.verdicts,
      scorer: this.scorer,
      isLive: () => this.#isLive,
      load: (subject) => this.#snapshots.load(subject),
      outcome: (outcome) => this.#durableOutcome(outcome),
      commit: (state) => {
        this.#snapshots.commit(state);
      },
      recordsFolded: () => {
        this.#lastRecordAt = this.#options.clock.now();
      },
    });
  }

  #append(entry: NewEntry): void {
    try {
      this.#options.journal.append(entry);
    } catch (error) {
      const reason = messageOf(error);
      this.#options.logger.warn('The journal takes no entry of the site now.', { reason });
    }
  }

  #journalOutcome(outcome: Outcome): void {
    this.#append(outcomeEntry(outcome, this.#options.clock.now()));
  }

  async #durableOutcome(outcome: Outcome): Promise<void> {
    // A replay decides the same again; it must not be journalled twice.
    if (!this.#isLive) return;
    const { journal, clock } = this.#options;
    await journal.durable(journal.append(outcomeEntry(outcome, clock.now())));
  }

  #onTick(lsn: number): void {
    for (const subject of this.state.forgotten()) this.#snapshots.forget(subject);
    if (!this.#isLive) return;
    this.#ticker?.schedule(this.#options.clock.rate);
    this.#snapshots.takeIfDue(lsn);
  }

  async #learnOutcomes(fromLsn: number): Promise<void> {
    const { journal, hangs, clock } = this.#options;
    for await (const entries of journal.read(fromLsn)) {
      for (const entry of entries) {
        if (entry.kind === ENTRY.outcome) this.#outcomes.learn(readOutcome(entry.body));
      }
    }
    for (const hang of hangs) {
      const outcome = outcomeOfHang(hang, clock.now());
      // What a snapshot holds was folded without hanging.
      if (outcome === undefined || outcome.lsn < fromLsn) continue;
      if (outcome.type === 'skipped') this.archivist.bury(letterOfHang(outcome, clock.now()));
      if (this.#outcomes.knows(outcome)) continue;
      this.#outcomes.learn(outcome);
      this.#journalOutcome(outcome);
    }
  }
}
