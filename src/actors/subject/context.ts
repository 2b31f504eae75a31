import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Tracer } from '../../core/trace.ts';
import type { Finding } from '../../model/finding.ts';
import type { VitalPoint } from '../../model/feed.ts';
import type { Outcome, ScoreFailure } from '../../model/journal-entry.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { DetectorSet } from '../../streams/detector.ts';
import type { DeadLetter } from '../../store/store.ts';
import type { Cells } from '../cells.ts';
import type { Frontier } from '../frontier.ts';
import type { ActorSystem } from '../kernel/actor-system.ts';
import type { UserRecords } from '../messages.ts';
import type { Outcomes } from '../outcomes.ts';
import type { FrameReader, Opener, RecordDecoder, TemplateMiners } from '../ports.ts';
import type { Timers } from '../timers.ts';
import type { VerdictLog } from '../verdict-log.ts';
import type { Breadcrumbs } from '../watchdog.ts';
import type { Work } from '../work.ts';
import type { Asked } from './pending-scores.ts';
import type { SubjectState } from './subject-state.ts';

/** What every subject's actor shares. */
export interface SubjectContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly system: ActorSystem;
  readonly work: Work;
  readonly cells: Cells;
  readonly timers: Timers;
  readonly frontier: Frontier<ReadonlyMap<string, UserRecords>>;
  readonly opener: Opener;
  readonly decoder: RecordDecoder;
  readonly frames: FrameReader;
  readonly miners: TemplateMiners;
  readonly outcomes: Outcomes;
  readonly breadcrumbs: Breadcrumbs;
  readonly verdicts: VerdictLog;
  /** `<detector>/<subject>` that hung before: their records are tried one by one. */
  readonly suspects: ReadonlySet<string>;
  /** Site time and blind time of the last tick: the only time a fold may read. */
  readonly time: { readonly now: number; readonly blindMs: number };
  detectors(): DetectorSet;
  publicKey(device: string): Uint8Array | undefined;
  /** Newest snapshot of a subject; `undefined` when there is none. */
  load(subject: SubjectId): Promise<SubjectState | undefined>;
  commit(state: SubjectState): void;
  report(findings: readonly Finding[], lsn: number): void;
  folded(lsn: number, bytes: number): void;
  /** Journals what replay could not derive; resolves when durable. */
  outcome(outcome: Outcome): Promise<void>;
  /** Asks the models; does nothing during a replay, which reads their answers. */
  ask(subject: SubjectId, asked: readonly Asked[]): void;
  /** A detector was told that there is no score. */
  fellBack(reason: ScoreFailure): void;
  /** Requests beyond the number that may be unanswered. */
  dropped(requests: number): void;
  deadLetter(letter: DeadLetter): void;
  count(name: LedgerEvent, by: number): void;
  /** How old the newest record of an entry was when the gateway saw it, in ms. */
  lag(ms: number): void;
  note(device: string, frame: string, reason: string): void;
  /** Whether somebody looks at this subject's vitals now. */
  isWatched(subject: SubjectId): boolean;
  seen(subject: SubjectId, points: readonly VitalPoint[]): void;
}

export type LedgerEvent =
  'quarantined' | 'droppedAtSource' | 'lateRecords' | 'clampedRecords' | 'records';
