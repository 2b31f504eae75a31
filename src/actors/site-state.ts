import { AlertBook, type AlertBookState } from '../alerts/alert-book.ts';
import type { Channel } from '../alerts/channel.ts';
import { Outbox, type OutboxState } from '../alerts/outbox.ts';
import { isWatchkeeperError } from '../core/errors.ts';
import type { ClockMapping } from '../core/site-clock.ts';
import type { Tick } from '../model/journal-entry.ts';
import { subjectId, type SubjectId } from '../model/subject.ts';
import type { SnapshotStore } from '../store/store.ts';
import type { DetectorSet } from '../streams/detector.ts';
import { longestSpanMs } from '../streams/longest-span.ts';
import type { Companion, EngineTiming } from './engine-options.ts';
import { packPart, unpackPart } from './entry-codec.ts';
import { KnownServices, SERVICE_LIMIT, type KnownServicesState } from './known-services.ts';
import { KnownUsers, type KnownUsersState } from './known-users.ts';
import { LedgerBook, type LedgerState } from './ledger-book.ts';
import { Registry } from './registry.ts';
import { Timers } from './timers.ts';

type Part = readonly [name: string, state: Uint8Array];

interface MetaPart {
  readonly version: 1;
  readonly tick: Tick | undefined;
  readonly configContent: string | undefined;
  readonly schemaContent?: string | undefined;
  readonly clock: ClockMapping | undefined;
}

export interface SiteStateOptions {
  readonly site: string;
  readonly channels: readonly Channel[];
  readonly companions: readonly Companion[];
  readonly timing: Pick<EngineTiming, 'userLimit'>;
  readonly compile: (content: string) => DetectorSet;
  readonly useSchema?: (content: string) => void;
}

const NO_DETECTORS: DetectorSet = {
  hash: '',
  detectors: [],
  expectedServices: [],
  forKind: () => [],
};

/** What the site knows besides its subjects: the other half of the fold, saved part by part. */
export class SiteState {
  readonly registry = new Registry();
  readonly ledger = new LedgerBook();
  readonly timers = new Timers();
  readonly knownUsers: KnownUsers;
  readonly knownServices = new KnownServices();
  readonly book: AlertBook;
  readonly outbox: Outbox;
  /** Site time and blind time of the last tick: the only time a fold may read. */
  readonly time = { now: 0, blindMs: 0 };
  readonly #asking = new Set<SubjectId>();
  #isAskingSaved = true;
  lastTick: Tick | undefined;
  clockMapping: ClockMapping | undefined;
  readonly #options: SiteStateOptions;
  #detectors = NO_DETECTORS;
  #expected: ReadonlySet<string> = new Set();
  #configContent: string | undefined;
  #schemaContent: string | undefined;

  constructor(options: SiteStateOptions) {
    this.#options = options;
    this.book = new AlertBook(options.site);
    this.knownUsers = new KnownUsers(options.timing.userLimit);
    this.outbox = new Outbox(options.channels);
  }

  get detectors(): DetectorSet {
    return this.#detectors;
  }

  get configContent(): string | undefined {
    return this.#configContent;
  }

  /** Puts a configuration in force. @throws WatchkeeperError CONFIG_INVALID, and the one before stays */
  configure(content: string): void {
    this.#detectors = this.#options.compile(content);
    this.#configContent = content;
    this.#expected = new Set(this.#detectors.expectedServices);
  }

  /** Text of the log schema in force; `undefined` before the first was set. */
  get schemaContent(): string | undefined {
    return this.#schemaContent;
  }

  /** Has records read under another log schema. @throws WatchkeeperError CONFIG_INVALID, and the one before stays */
  configureSchema(content: string): void {
    this.#options.useSchema?.(content);
    this.#schemaContent = content;
  }

  /** Services told apart at most, besides those that are expected. */
  get serviceLimit(): number {
    return this.#detectors.maxServices ?? SERVICE_LIMIT;
  }

  /** Whether a service has an actor of its own; to be asked in lsn order. */
  admitsService(service: string): boolean {
    const rule = { limit: this.serviceLimit, isExpected: this.#expected.has(service) };
    return this.knownServices.admits(service, this.time.now, rule);
  }

  /** At the end of a tick: subjects that are forgotten now, since others need the room or they were silent too long. */
  forgotten(): SubjectId[] {
    const { now } = this.time;
    const isAlert = (subject: SubjectId): boolean => this.book.openOn(subject) > 0;
    const users = this.knownUsers.tick(now, (user) => isAlert(subjectId('user', user)));
    const services = this.knownServices.tick(this.serviceLimit, {
      before: now - longestSpanMs(this.#detectors.forKind('service')),
      isHeld: (name) => this.#expected.has(name) || isAlert(subjectId('service', name)),
    });
    return [
      ...users.map((user) => subjectId('user', user)),
      ...services.map((service) => subjectId('service', service)),
    ];
  }

  /** Subjects with requests that no model has answered. */
  get asking(): ReadonlySet<SubjectId> {
    return this.#asking;
  }

  noteAsking(subject: SubjectId, isAsking: boolean): void {
    if (this.#asking.has(subject) === isAsking) return;
    if (isAsking) this.#asking.add(subject);
    else this.#asking.delete(subject);
    this.#isAskingSaved = false;
  }

  tick(tick: Tick): void {
    this.lastTick = tick;
    this.time.now = tick.now;
    this.time.blindMs = tick.blindMs;
  }

  /** The state as it is now, encoded at once: what changes as a whole, and the dirty pieces of the rest. */
  parts(): Part[] {
    const meta: MetaPart = {
      version: 1,
      tick: this.lastTick,
      configContent: this.#configContent,
      schemaContent: this.#schemaContent,
      clock: this.clockMapping,
    };
    const users = this.knownUsers.dirty();
    const services = this.knownServices.dirty();
    return [
      ['meta', packPart(meta)],
      ['alerts', packPart(this.book.snapshot())],
      ['outbox', packPart(this.outbox.snapshot())],
      ['ledger', packPart(this.ledger.snapshot())],
      ['deadlines', packPart([...this.timers.entries()])],
      ...this.#askingPart(),
      ...(users === undefined ? [] : [['users', packPart(users)] as const]),
      ...(services === undefined ? [] : [['services', packPart(services)] as const]),
      ...this.registry.dirtyParts(),
      ...this.#options.companions.flatMap((companion) => [...companion.dirtyParts()]),
    ];
  }

  #askingPart(): Part[] {
    if (this.#isAskingSaved) return [];
    this.#isAskingSaved = true;
    return [['asking', packPart([...this.#asking])]];
  }

  async restore(snapshots: SnapshotStore): Promise<void> {
    const part = async <T>(name: string): Promise<T | undefined> => {
      const bytes = await snapshots.get(name);
      return bytes && unpackPart<T>(bytes);
    };
    this.#restoreMeta(await part<MetaPart>('meta'));
    this.book.restore((await part<AlertBookState>('alerts')) ?? { active: [] });
    this.outbox.restore((await part<OutboxState>('outbox')) ?? { lines: {} });
    const ledger = await part<LedgerState>('ledger');
    if (ledger !== undefined) this.ledger.restore(ledger);
    const users = await part<KnownUsersState>('users');
    if (users !== undefined) this.knownUsers.restore(users);
    const services = await part<KnownServicesState>('services');
    if (services !== undefined) this.knownServices.restore(services);
    for (const [subject, at] of (await part<[SubjectId, number][]>('deadlines')) ?? []) {
      this.timers.set(subject, at);
    }
    for (const subject of (await part<SubjectId[]>('asking')) ?? []) this.#asking.add(subject);
    const registry = {
      prefix: 'registry/',
      restorePart: (_: string, bytes: Uint8Array) => {
        this.registry.restorePart(bytes);
      },
    };
    for (const each of [registry, ...this.#options.companions]) {
      for await (const name of snapshots.parts(each.prefix)) {
        const bytes = await snapshots.get(name);
        if (bytes !== undefined) each.restorePart(name, bytes);
      }
    }
  }

  #restoreMeta(meta: MetaPart | undefined): void {
    // msgpack writes undefined as nil.
    if (meta?.tick != null) this.tick(meta.tick);
    if (meta?.configContent != null) this.configure(meta.configContent);
    if (meta?.schemaContent != null) this.#restoreSchema(meta.schemaContent);
    this.clockMapping = meta?.clock ?? undefined;
  }

  #restoreSchema(content: string): void {
    try {
      this.configureSchema(content);
    } catch (error) {
      // A later version may ask for more than the file said then; the file as it is now says it.
      if (!isWatchkeeperError(error, 'CONFIG_INVALID')) throw error;
    }
  }
}
