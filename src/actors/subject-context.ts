import type { Outcome } from '../model/journal-entry.ts';
import type { SubjectId } from '../model/subject.ts';
import type { Alerter } from './alerter.ts';
import type { Archivist } from './archivist.ts';
import type { Cells } from './cells.ts';
import type { EngineOptions } from './engine-options.ts';
import type { FlowCounts } from './flow-counts.ts';
import type { Frontier } from './frontier.ts';
import type { HopTimes } from './hop-times.ts';
import type { ActorSystem } from './kernel/actor-system.ts';
import type { UserRecords } from './messages.ts';
import type { Outcomes } from './outcomes.ts';
import type { Scorer } from './scorer/scorer.ts';
import type { SiteState } from './site-state.ts';
import type { SubjectContext } from './subject/context.ts';
import type { SubjectState } from './subject/subject-state.ts';
import type { VerdictLog } from './verdict-log.ts';
import type { Work } from './work.ts';

/** The engine, as the subjects' context needs it. */
export interface EngineInside {
  readonly options: EngineOptions;
  readonly system: ActorSystem;
  readonly work: Work;
  readonly cells: Cells;
  readonly state: SiteState;
  readonly frontier: Frontier<ReadonlyMap<string, UserRecords>>;
  readonly outcomes: Outcomes;
  readonly alerter: Alerter;
  readonly archivist: Archivist;
  readonly flow: FlowCounts;
  readonly hops: HopTimes;
  readonly verdicts: VerdictLog;
  readonly scorer: Scorer;
  /** False during a replay: effects outside the fold are left out. */
  isLive(): boolean;
  load(subject: SubjectId): Promise<SubjectState | undefined>;
  outcome(outcome: Outcome): Promise<void>;
  commit(state: SubjectState): void;
  recordsFolded(): void;
}

/** What every subject's actor shares. */
export function newSubjectContext(inside: EngineInside): SubjectContext {
  const { options, state, archivist } = inside;
  const { hangs } = options;
  return {
    ...options,
    system: inside.system,
    work: inside.work,
    cells: inside.cells,
    timers: state.timers,
    frontier: inside.frontier,
    outcomes: inside.outcomes,
    verdicts: inside.verdicts,
    suspects: new Set(hangs.map(({ detector, subject }) => `${detector}/${subject}`)),
    time: state.time,
    detectors: () => state.detectors,
    publicKey: (device) => state.registry.find(device)?.publicKey,
    load: inside.load,
    commit: inside.commit,
    report: (findings, lsn) => {
      inside.flow.findings += findings.length;
      inside.alerter.report(findings, lsn);
    },
    outcome: inside.outcome,
    deadLetter: (letter) => {
      archivist.bury(letter);
    },
    count: (event, by) => {
      state.ledger.count(event, by);
      if (event === 'records') inside.recordsFolded();
    },
    ...effectsOf(inside),
  };
}

type Effects = 'folded' | 'lag' | 'note' | 'isWatched' | 'seen' | 'ask' | 'fellBack' | 'dropped';

/** What reaches the world outside the fold: nothing does during a replay. */
function effectsOf(inside: EngineInside): Pick<SubjectContext, Effects> {
  const { hops, frontier, scorer } = inside;
  const { hooks } = inside.options;
  return {
    folded: (_, bytes) => {
      if (!inside.isLive()) return;
      hooks.folded(1, bytes);
      hops.foldedBefore(frontier.oldest);
    },
    lag: (ms) => {
      if (inside.isLive()) hops.lag(ms);
    },
    note: (device, frame, reason) => {
      if (inside.isLive()) hooks.note(device, frame, reason);
    },
    isWatched: (subject) => inside.isLive() && hooks.isWatched(subject),
    seen: hooks.seen,
    ask: (subject, asked) => {
      if (inside.isLive()) for (const each of asked) scorer.ask({ subject, ...each });
    },
    fellBack: (reason) => {
      if (inside.isLive()) scorer.metrics.fellBack(reason);
    },
    dropped: (requests) => {
      if (inside.isLive()) scorer.metrics.dropped(requests);
    },
  };
}
