import { AlertBook, type AlertBookState } from '../alerts/alert-book.ts';
import { Outbox, type OutboxState } from '../alerts/outbox.ts';
import { WatchkeeperError } from '../core/errors.ts';
import type { ClockMapping } from '../core/site-clock.ts';
import {
  ENTRY,
  type Command,
  type NewEntry,
  type Outcome,
  type Tick,
} from '../model/journal-entry.ts';
import { subjectId, type SubjectId } from '../model/subject.ts';
import type { DetectorSet } from '../streams/detector.ts';
import { Alerter } from './alerter.ts';
import { Archivist } from './archivist.ts';
import { Cells } from './cells.ts';
import { Delivery } from './delivery.ts';
import { Directory } from './directory.ts';
import { Dispatcher, tellUsers } from './dispatcher.ts';
import type { EngineOptions } from './engine-options.ts';
import {
  commandEntry,
  outcomeEntry,
  packPart,
  readCommand,
  readOutcome,
  tickEntry,
  unpackPart,
} from './entry-codec.ts';
import { Frontier } from './frontier.ts';
import { ActorSystem } from './kernel/actor-system.ts';
import type { ActorRef } from './kernel/ref.ts';
import { LedgerBook, type LedgerState } from './ledger-book.ts';
import type { SubjectMessage, UserRecords } from './messages.ts';
import { Outcomes } from './outcomes.ts';
import { Registry } from './registry.ts';
import { Snapshotter, subjectPart } from './snapshotter.ts';
import type { SubjectContext } from './subject/context.ts';
import { SubjectActor } from './subject/subject-actor.ts';
import { decodeSubject, encodeSubject } from './subject/subject-codec.ts';
import type { SubjectState } from './subject/subject-state.ts';
import { Ticker } from './ticker.ts';
import { Timers } from './timers.ts';
import type { Hang } from './watchdog.ts';
import { Work } from './work.ts';

/** Versioned so that an upgrade can migrate or refold. */
interface MetaPart {
  readonly version: 1;
  readonly tick: Tick | undefined;
  readonly configContent: string | undefined;
  readonly clock: ClockMapping | undefined;
}

/** Frames and groups a subject may have waiting: the intake's budget bounds them first. */
const SUBJECT_MAILBOX = 65_536;
/** Entries replayed before the replay waits for them to be folded. */
const REPLAY_BATCH = 4096;

/**
 * The site's state and the actors that fold it. Everything it knows is a
 * fold of the journal: `recover` restores the newest snapshot and folds the
 * rest, and from then on each commit is folded as it becomes durable.
 *
 * Longer than the house's measure because it is the one place where the parts
 * of the fold meet; each part is a file of its own.
 */
export class Engine {
  readonly system: ActorSystem;
  /** Root of the tree. */
  readonly guardian: ActorRef<never>;
  readonly registry = new Registry();
  readonly ledger = new LedgerBook();
  readonly book: AlertBook;
  readonly outbox: Outbox;
  readonly directory: Directory;
  readonly archivist: Archivist;
  readonly delivery: Delivery;
  readonly #options: EngineOptions;
  readonly #work = new Work();
  readonly #timers = new Timers();
  readonly #time = { now: 0, blindMs: 0 };
  readonly #outcomes = new Outcomes();
  readonly #cells: Cells;
  readonly #dispatcher: Dispatcher;
  readonly #alerter: Alerter;
  readonly #context: SubjectContext;
  readonly #waiting = new Map<string, (result: unknown) => void>();
  #frontier: Frontier<ReadonlyMap<string, UserRecords>>;
  #snapshotter: Snapshotter;
  #ticker: Ticker | undefined;
  #detectors: DetectorSet = NO_DETECTORS;
  #configContent: string | undefined;
  #clockMapping: ClockMapping | undefined;
  #lastTick: Tick | undefined;
  #lastSnapshotAt = Number.NEGATIVE_INFINITY;
  #lastRecordAt = 0;
  #snapshotting: Promise<void> = Promise.resolve();
  #isLive = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { site, clock, logger, store, tracer, random, hooks, channels } = options;
    this.book = new AlertBook(site);
    this.outbox = new Outbox(channels);
    this.system = new ActorSystem({
      name: site,
      clock,
      onEvent: hooks.actorEvent,
      onEscalation: hooks.fatal,
    });
    this.guardian = this.#guardian();
    const parent = this.guardian;
    this.directory = new Directory({
      system: this.system,
      clock,
      guardian: parent,
      start: (subject, place) => this.#startSubject(subject, place),
    });
    this.archivist = new Archivist({
      system: this.system,
      parent,
      store,
      ledger: this.ledger,
      clock,
      logger,
      random,
      onRelief: () => {
        this.#dispatcher.pump();
      },
    });
    this.delivery = new Delivery({
      system: this.system,
      parent,
      outbox: this.outbox,
      clock,
      logger,
      tracer,
      random,
      onDelivered: (channel, { alert, key }) => {
        this.#journalOutcome({
          type: 'delivered',
          alert: alert.id,
          revision: revisionOf(key),
          channel,
        });
      },
    });
    this.#alerter = new Alerter({
      system: this.system,
      parent,
      book: this.book,
      outbox: this.outbox,
      work: this.#work,
      clock,
      tracer,
      configHash: () => this.#detectors.hash,
      onChange: (change, owed) => {
        this.archivist.project(change.alert);
        hooks.alertChanged(change);
        if (this.#isLive) for (const channel of owed) this.delivery.wake(channel);
      },
    });
    this.#cells = new Cells((cell) => {
      this.archivist.archive(cell);
    });
    this.#frontier = new Frontier(tellUsers(this.directory, this.#work));
    this.#dispatcher = this.#newDispatcher();
    this.#snapshotter = this.#newSnapshotter(undefined);
    this.#context = this.#newContext();
  }

  get detectors(): DetectorSet {
    return this.#detectors;
  }

  get configContent(): string | undefined {
    return this.#configContent;
  }

  /** The demonstration clock this journal was begun with; `undefined` for the wall clock. */
  get clockMapping(): ClockMapping | undefined {
    return this.#clockMapping;
  }

  get lastSnapshotLsn(): number | undefined {
    return this.#snapshotter.lastBase;
  }

  /** Site time at which records were last folded; 0 before the first. */
  get lastRecordAt(): number {
    return this.#lastRecordAt;
  }

  get foldedLsn(): number {
    return this.#dispatcher.appliedLsn;
  }

  /** Restores the newest snapshot and folds what the journal holds after it. Returns how many entries that were. */
  async recover(): Promise<number> {
    const base = await this.#restore();
    this.#dispatcher.startAfter(base);
    await this.#learnOutcomes(base + 1);
    let count = 0;
    for await (const entries of this.#options.journal.read(base + 1)) {
      for (let from = 0; from < entries.length; from += REPLAY_BATCH) {
        const batch = entries.slice(from, from + REPLAY_BATCH);
        for (const companion of this.#options.companions)
          batch.forEach((entry) => {
            companion.apply(entry);
          });
        this.#dispatcher.take(batch[0]?.lsn ?? 0, batch);
        await this.#dispatcher.drained();
        count += batch.length;
      }
    }
    this.#outcomes.clear();
    this.outbox.endReplay();
    return count;
  }

  /** Folds every commit from now on, lets time pass and deliveries leave. */
  start(): void {
    this.#isLive = true;
    this.#options.journal.onCommit((firstLsn, entries) => {
      this.#dispatcher.take(firstLsn, entries);
    });
    this.#ticker = new Ticker({
      clock: this.#options.clock,
      last: this.#lastTick,
      nextDeadline: () => this.#timers.next,
      append: (tick) => {
        this.#append(tickEntry(tick));
      },
    });
    this.#ticker.start();
    this.delivery.wakeAll();
  }

  /** Journals a command and resolves when it is durable and applied. @throws what applying it throws */
  async command(command: Command): Promise<unknown> {
    const applied = new Promise<unknown>((resolve) => {
      this.#waiting.set(command.id, resolve);
    });
    this.#options.journal.append(commandEntry(command, this.#options.clock.now()));
    const result = await applied;
    if (result instanceof Error) throw result;
    return result;
  }

  /** State of a subject, from its actor or its snapshot. */
  async subject(id: SubjectId): Promise<SubjectState | undefined> {
    return this.directory.get(id)?.state ?? (await this.#load(id));
  }

  /** Folds what is durable, saves a snapshot and stops the actors. */
  async stop(): Promise<void> {
    this.#ticker?.tick();
    this.#ticker?.stop();
    this.delivery.stop();
    const { journal } = this.#options;
    if (journal.state === 'ok') {
      await journal.durable(journal.nextLsn - 1);
      await this.#dispatcher.drained();
      await this.#snapshotting;
      this.#cells.cut();
      await this.#snapshot(this.#dispatcher.appliedLsn);
    }
    this.system.shutdown();
  }

  /** Resolves when every durable entry so far is folded. */
  drained(): Promise<void> {
    return this.#dispatcher.drained();
  }

  /** Resolves when no snapshot is being written. */
  snapshotted(): Promise<void> {
    return this.#snapshotting;
  }

  /** Stops without saving anything, as a crash does. */
  abandon(): void {
    this.#ticker?.stop();
    this.delivery.stop();
    this.#isLive = false;
    this.system.shutdown();
  }

  #guardian(): ActorRef<never> {
    return this.system.spawn<undefined, never>(
      { parent: undefined, name: 'site' },
      (state) => state,
      { kind: 'guardian', initial: () => undefined },
    );
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

  #newDispatcher(): Dispatcher {
    return new Dispatcher({
      directory: this.directory,
      cells: this.#cells,
      work: this.#work,
      timers: this.#timers,
      ledger: this.ledger,
      frontier: this.#frontier,
      time: this.#time,
      isBehind: () => this.archivist.isBehind,
      apply: (entry, lsn) => this.#apply(entry, lsn),
      onTick: (lsn, tick) => this.#onTick(lsn, tick),
      onPassed: ({ body }) => {
        if (this.#isLive) this.#options.hooks.folded(1, body.length);
      },
    });
  }

  #newSnapshotter(lastBase: number | undefined): Snapshotter {
    const { store, logger, journal } = this.#options;
    return new Snapshotter(
      {
        store,
        logger,
        encode: (state) => encodeSubject(state, this.#detectors.detectors),
        settled: async () => {
          await this.archivist.flushed();
        },
        onCommitted: async (_, previous) => {
          if (previous !== undefined) await journal.trim(previous + 1);
          this.directory.passivate(this.#options.timing.passivateAfterMs, (subject) =>
            this.#snapshotter.isClean(subject),
          );
        },
      },
      lastBase,
    );
  }

  #newContext(): SubjectContext {
    const { clock, logger, tracer, opener, decoder, frames, breadcrumbs, hooks, random, hangs } =
      this.#options;
    return {
      clock,
      logger,
      tracer,
      random,
      system: this.system,
      work: this.#work,
      cells: this.#cells,
      timers: this.#timers,
      frontier: this.#frontier,
      opener,
      decoder,
      frames,
      outcomes: this.#outcomes,
      breadcrumbs,
      suspects: new Set(hangs.map(({ detector, subject }) => `${detector}/${subject}`)),
      time: this.#time,
      detectors: () => this.#detectors,
      publicKey: (device) => this.registry.find(device)?.publicKey,
      load: (subject) => this.#load(subject),
      commit: (state) => {
        this.directory.commit(state);
        this.#snapshotter.touch(state.id);
      },
      report: (findings, lsn) => {
        this.#alerter.report(findings, lsn);
      },
      folded: (_, bytes) => {
        if (this.#isLive) hooks.folded(1, bytes);
      },
      outcome: (outcome) => this.#durableOutcome(outcome),
      deadLetter: (letter) => {
        this.archivist.bury(letter);
      },
      count: (event, by) => {
        this.ledger.count(event, by);
        if (event === 'records') this.#lastRecordAt = clock.now();
      },
      note: (device, frame, reason) => {
        if (this.#isLive) hooks.note(device, frame, reason);
      },
      isWatched: (subject) => this.#isLive && hooks.isWatched(subject),
      seen: hooks.seen,
    };
  }

  async #load(subject: SubjectId): Promise<SubjectState | undefined> {
    const bytes = await this.#options.store.snapshots.get(subjectPart(subject));
    return bytes && decodeSubject(bytes, subject, this.#detectors.detectors);
  }

  #append(entry: NewEntry): void {
    try {
      this.#options.journal.append(entry);
    } catch (error) {
      this.#options.logger.warn('The journal takes no entry of the site now.', {
        error: String(error),
      });
    }
  }

  #journalOutcome(outcome: Outcome): void {
    this.#append(outcomeEntry(outcome, this.#options.clock.now()));
  }

  async #durableOutcome(outcome: Outcome): Promise<void> {
    // A replay decides the same again; it must not be journalled twice.
    if (!this.#isLive) return;
    const lsn = this.#options.journal.append(outcomeEntry(outcome, this.#options.clock.now()));
    await this.#options.journal.durable(lsn);
  }

  async #apply(entry: NewEntry, lsn: number): Promise<void> {
    if (entry.kind === ENTRY.command)
      await this.#applyCommand(readCommand(entry.body), entry.observedAt);
    else this.#applyOutcome(readOutcome(entry.body), lsn);
  }

  #applyOutcome(outcome: Outcome, _lsn: number): void {
    if (outcome.type === 'delivered') {
      this.outbox.delivered(outcome.channel, `${outcome.alert}.${outcome.revision}`);
    }
    if (outcome.type === 'shed') {
      this.ledger.accepted += 1;
      this.ledger.shed[outcome.frameClass] += 1;
    }
  }

  async #applyCommand(command: Command, at: number): Promise<void> {
    let result: unknown;
    try {
      result = await this.#run(command, at);
    } catch (error) {
      result = error instanceof Error ? error : new Error(String(error));
    }
    this.#waiting.get(command.id)?.(result);
    this.#waiting.delete(command.id);
  }

  async #run(command: Command, at: number): Promise<unknown> {
    switch (command.type) {
      case 'alert.acknowledge':
      case 'alert.resolve': {
        const change = this.book.command(command, at);
        if (change !== undefined) this.#alerter.announce(change);
        return change?.alert ?? this.book.get(command.alert);
      }
      case 'alert.label':
        return this.book.get(command.alert);
      case 'device.enroll':
      case 'device.revoke':
        this.registry.apply(command, at);
        return undefined;
      case 'config.set':
        await this.#configure(command.content, at);
        return undefined;
      case 'clock.set': {
        const { wallOrigin, origin, rate } = command;
        this.#clockMapping = { wallOrigin, origin, rate };
        return undefined;
      }
    }
  }

  /** Puts a configuration in force; states of detectors that stay are kept. */
  async #configure(content: string, at: number): Promise<void> {
    this.#detectors = this.#options.compile(content);
    this.#configContent = content;
    const expected = this.#detectors.expectedServices.map((name) => subjectId('service', name));
    for (const subject of expected) {
      this.#work.begin();
      this.directory.tell(subject, { type: 'expect', now: at, blindMs: this.#time.blindMs });
    }
    await new Promise<void>((resolve) => {
      this.#work.whenIdle(resolve);
    });
  }

  #onTick(lsn: number, tick: Tick): void {
    this.#lastTick = tick;
    if (!this.#isLive) return;
    this.#ticker?.schedule(this.#options.clock.rate);
    const now = this.#options.clock.monotonic();
    if (
      this.#snapshotter.isBusy ||
      now - this.#lastSnapshotAt < this.#options.timing.snapshotEveryMs
    )
      return;
    this.#lastSnapshotAt = now;
    this.#snapshotting = this.#snapshot(lsn);
  }

  /** Called when nothing is under way: what the parts hold now is the fold up to `lsn`. */
  #snapshot(lsn: number): Promise<void> {
    const meta: MetaPart = {
      version: 1,
      tick: this.#lastTick,
      configContent: this.#configContent,
      clock: this.#clockMapping,
    };
    const parts: (readonly [string, Uint8Array])[] = [
      ['meta', packPart(meta)],
      ['alerts', packPart(this.book.snapshot())],
      ['outbox', packPart(this.outbox.snapshot())],
      ['ledger', packPart(this.ledger.snapshot())],
      ['deadlines', packPart([...this.#timers.entries()])],
      ...this.registry.dirtyParts(),
      ...this.#options.companions.flatMap((companion) => [...companion.dirtyParts()]),
    ];
    return this.#snapshotter.take(lsn, (subject) => this.directory.get(subject)?.state, parts);
  }

  async #restore(): Promise<number> {
    const { snapshots } = this.#options.store;
    const latest = await snapshots.latest();
    if (latest === undefined) {
      if (this.#options.journal.firstLsn > 1) {
        throw new WatchkeeperError(
          'STORE_CORRUPT',
          `The journal begins at entry ${this.#options.journal.firstLsn}, and no snapshot holds what came before.`,
          { fix: 'Restore the data folder from a backup.' },
        );
      }
      return 0;
    }
    this.#snapshotter = this.#newSnapshotter(latest.base);
    await this.#restoreSite();
    return latest.base;
  }

  async #restoreSite(): Promise<void> {
    const { store, companions } = this.#options;
    const part = async <T>(name: string): Promise<T | undefined> => {
      const bytes = await store.snapshots.get(name);
      return bytes && unpackPart<T>(bytes);
    };
    const meta = await part<MetaPart>('meta');
    if (meta?.tick != null) this.#applyTime(meta.tick);
    if (meta?.configContent != null) {
      this.#detectors = this.#options.compile(meta.configContent);
      this.#configContent = meta.configContent;
    }
    this.#clockMapping = meta?.clock ?? undefined;
    this.book.restore((await part<AlertBookState>('alerts')) ?? { active: [] });
    this.outbox.restore((await part<OutboxState>('outbox')) ?? { lines: {} });
    const ledger = await part<LedgerState>('ledger');
    if (ledger !== undefined) this.ledger.restore(ledger);
    for (const [subject, at] of (await part<[SubjectId, number][]>('deadlines')) ?? []) {
      this.#timers.set(subject, at);
    }
    await this.#restoreParts('registry/', (_, bytes) => {
      this.registry.restorePart(bytes);
    });
    for (const companion of companions) {
      await this.#restoreParts(companion.prefix, (name, bytes) => {
        companion.restorePart(name, bytes);
      });
    }
  }

  async #restoreParts(
    prefix: string,
    restore: (name: string, bytes: Uint8Array) => void,
  ): Promise<void> {
    const { snapshots } = this.#options.store;
    for await (const name of snapshots.parts(prefix)) {
      const bytes = await snapshots.get(name);
      if (bytes !== undefined) restore(name, bytes);
    }
  }

  #applyTime(tick: Tick): void {
    this.#lastTick = tick;
    this.#time.now = tick.now;
    this.#time.blindMs = tick.blindMs;
  }

  async #learnOutcomes(fromLsn: number): Promise<void> {
    for await (const entries of this.#options.journal.read(fromLsn)) {
      for (const entry of entries) {
        if (entry.kind === ENTRY.outcome) this.#outcomes.learn(readOutcome(entry.body));
      }
    }
    for (const hang of this.#options.hangs) {
      const outcome = outcomeOfHang(hang, this.#options.clock.now());
      if (outcome === undefined) continue;
      this.#outcomes.learn(outcome);
      this.#journalOutcome(outcome);
    }
  }
}

const NO_DETECTORS: DetectorSet = {
  hash: '',
  detectors: [],
  expectedServices: [],
  forKind: () => [],
};

const HANG_QUARANTINE_MS = 600_000;

/** A hang pinned to one record skips it; one at a deadline leaves the detector out; one in a batch is tried record by record. */
function outcomeOfHang({ detector, subject, first, last }: Hang, now: number): Outcome | undefined {
  if (first !== last) return undefined;
  const [lsn = '0', ordinal = '0'] = first.split('.');
  const reason = 'the detector did not return';
  if (ordinal === 'd') {
    const until = now + HANG_QUARANTINE_MS;
    return { type: 'quarantined', lsn: Number(lsn), ordinal: 0, subject, detector, until, reason };
  }
  return { type: 'skipped', lsn: Number(lsn), ordinal: Number(ordinal), detector, subject, reason };
}

/** The revision in a notification's key `<alert id>.<revision>`. */
function revisionOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('.') + 1));
}
