import type { Channel } from '../alerts/channel.ts';
import type { Change } from '../alerts/alert-book.ts';
import type { Logger } from '../core/logger.ts';
import type { Metrics } from '../core/metrics.ts';
import type { SiteClock } from '../core/site-clock.ts';
import type { Tracer } from '../core/trace.ts';
import type { ActorEvent } from '../model/actor-event.ts';
import type { VitalPoint } from '../model/feed.ts';
import type { JournalEntry } from '../model/journal-entry.ts';
import type { SubjectId } from '../model/subject.ts';
import type { DetectorSet } from '../streams/detector.ts';
import type { Journal } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import type { ScorerLimits } from './scorer/ask.ts';
import type { FrameReader, LiveModels, Opener, RecordDecoder, TemplateMiners } from './ports.ts';
import type { Breadcrumbs, Hang } from './watchdog.ts';

/** State kept outside the engine that is a fold of the same journal and saved in the same snapshots. */
export interface Companion {
  /** Parts that changed since they were last asked for; durable state only. */
  dirtyParts(): Iterable<readonly [string, Uint8Array]>;
  /** Prefix of its parts, for example `session/`. */
  readonly prefix: string;
  restorePart(name: string, bytes: Uint8Array): void;
  /** Replays one entry. */
  apply(entry: JournalEntry): void;
}

export interface EngineOptions {
  readonly site: string;
  readonly clock: SiteClock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly random: () => number;
  readonly journal: Journal;
  readonly store: Store;
  readonly opener: Opener;
  readonly decoder: RecordDecoder;
  readonly frames: FrameReader;
  readonly miners: TemplateMiners;
  /** Models that detectors ask; none when left out. */
  readonly models?: LiveModels;
  /** How models are asked, where it differs from `SCORER_LIMITS`. */
  readonly scorerLimits?: Partial<ScorerLimits>;
  /** Who owns the journal writes its ticks too: history has a time of its own. @default false */
  readonly isTicked?: boolean;
  readonly channels: readonly Channel[];
  readonly companions: readonly Companion[];
  readonly breadcrumbs: Breadcrumbs;
  /** Where the process hung before it was ended, newest last. */
  readonly hangs: readonly Hang[];
  readonly timing: EngineTiming;
  compile(content: string): DetectorSet;
  /** Has `decoder` read records under another log schema. @throws CONFIG_INVALID, and the one before stays */
  useSchema?(content: string): void;
  hooks: EngineHooks;
}

export interface EngineTiming {
  /** Least real ms between snapshots. */
  readonly snapshotEveryMs: number;
  /** Real ms without a message after which a subject's actor is passivated. */
  readonly passivateAfterMs: number;
  /** Users that are watched at one time at most; 100,000 when left out. */
  readonly userLimit?: number;
}

export const ENGINE_TIMING: EngineTiming = { snapshotEveryMs: 15_000, passivateAfterMs: 300_000 };

/** How the engine reaches the parts around it. */
export interface EngineHooks {
  /** Entries were folded or passed: their budget is free again. */
  folded(entries: number, bytes: number): void;
  /** Tells a watch that something it sent went to the dead letters. */
  note(device: string, frame: string, reason: string): void;
  actorEvent(event: ActorEvent): void;
  alertChanged(change: Change): void;
  isWatched(subject: SubjectId): boolean;
  seen(subject: SubjectId, points: readonly VitalPoint[]): void;
  /** No supervisor could mend it: end the process; the journal has everything. */
  fatal(path: string, error: unknown): void;
}
