import { map } from 'rxjs';
import type { OperatorFunction } from 'rxjs';

import { durationText } from '../core/duration.ts';
import type { Evidence, EvidenceSample, Finding } from '../model/finding.ts';
import type { LogRecord } from '../model/record.ts';
import type { SubjectId } from '../model/subject.ts';
import { EMPTY_BURST } from './burst-state.ts';
import type { BurstState } from './burst-state.ts';
import { staged } from './chain.ts';
import type { Job } from './chain.ts';
import type { DetectorLogic, FindingFacts } from './define-detector.ts';
import type { DeadlineInput, Detection, RecordsInput } from './detector.ts';
import { asSample, keepNewest } from './operators/samples.ts';
import { WindowSlide } from './operators/sliding-window.ts';
import { closedAt, fallsTo } from './operators/window.ts';
import type { WindowConfig } from './operators/window.ts';
import { explainBurst } from './burst-explain.ts';
import { readBurst, writeBurst } from './burst-snapshot.ts';

export interface BurstConfig extends WindowConfig {
  /** Resolves when the window holds at most this many. */
  readonly clearAt: number;
  /** Least time in ms between updates of an open alert. */
  readonly updateEveryMs: number;
  /** What is counted, in a plural that ends in one `s` more than the singular: `errors`. */
  readonly noun: string;
  /** The threshold as the configuration states it, for the evidence. */
  readonly threshold: number;
  /** Which records count. */
  readonly matches: (record: LogRecord) => boolean;
  /** More facts about the window that ends at `end`. */
  readonly facts: (slide: WindowSlide, end: number) => Readonly<Record<string, unknown>>;
  readonly finding: (facts: FindingFacts) => Finding;
}

/**
 * Logic shared by detectors that count matching records in a sliding window
 * of event time, open at `need` and resolve with hysteresis. Opening is
 * decided by records, in whatever order within the lateness they come;
 * updates, resolving and forgetting by deadlines.
 */
export function burstLogic(config: BurstConfig): DetectorLogic<BurstState> {
  const { lengthMs, latenessMs, clearAt } = config;
  return {
    initial: () => EMPTY_BURST,
    selector: () => config.matches,
    deadline({ isOpen, window, updateAt }) {
      if (window.times.length === 0 && !isOpen) return undefined;
      if (!isOpen) return window.newest + lengthMs + BACKLOG_MS;
      const clear = fallsTo(window, clearAt, lengthMs) + latenessMs;
      return updateAt === 0 ? clear : Math.min(clear, updateAt);
    },
    pipeline: staged('Slide window', () => step(config)),
    snapshot: writeBurst,
    restore: (data) => readBurst(data) ?? EMPTY_BURST,
    explain: (state, context) => explainBurst(config, state, context),
  };
}

/**
 * How old a record may be (intake clamps beyond): a watch that was away sends
 * days of records at once, frame by frame, and no tick between two frames may
 * forget what the first held.
 */
const BACKLOG_MS = 7 * 24 * 60 * 60 * 1000;

function step(config: BurstConfig): OperatorFunction<Job<BurstState>, Detection<BurstState>> {
  const slide = new WindowSlide(config);
  return map(({ state, input }) =>
    input.type === 'records'
      ? new BurstFold(config, slide, state).fold(input)
      : passDeadline(config, slide, { state, input }),
  );
}

/** Folds one batch into a state. */
class BurstFold {
  readonly #config: BurstConfig;
  readonly #slide: WindowSlide;
  readonly #samples: (LogRecord | EvidenceSample)[];
  readonly #findings: Finding[] = [];
  #isOpen: boolean;
  #updateAt: number;

  constructor(config: BurstConfig, slide: WindowSlide, state: BurstState) {
    this.#config = config;
    this.#slide = slide;
    this.#samples = [...state.samples];
    this.#isOpen = state.isOpen;
    this.#updateAt = state.updateAt;
    slide.load(state.window);
  }

  fold({ records, triggers, subject }: RecordsInput): Detection<BurstState> {
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index] as LogRecord;
      const reached = this.#slide.add(record.timestamp, record.message);
      if (reached === undefined) continue;
      keepNewest(this.#samples, record);
      if (this.#isOpen) this.#expectUpdate();
      else if (!Number.isNaN(reached)) this.#open(subject, reached, triggers[index] ?? '');
    }
    const state = {
      isOpen: this.#isOpen,
      window: this.#slide.unload(),
      samples: this.#samples.map(asSample),
      updateAt: this.#updateAt,
    };
    return { state, findings: this.#findings };
  }

  #open(subject: SubjectId, at: number, trigger: string): void {
    this.#isOpen = true;
    const samples = this.#samples.map(asSample);
    const report = describeWindow(this.#config, this.#slide, { end: at, samples });
    this.#findings.push(
      this.#config.finding({ action: 'open', subject, key: '', trigger, at, ...report }),
    );
  }

  #expectUpdate(): void {
    if (this.#updateAt === 0) this.#updateAt = this.#slide.newest + this.#config.updateEveryMs;
  }
}

interface DeadlineJob {
  readonly state: BurstState;
  readonly input: DeadlineInput;
}

function passDeadline(
  config: BurstConfig,
  slide: WindowSlide,
  { state, input }: DeadlineJob,
): Detection<BurstState> {
  const { lengthMs, latenessMs, clearAt } = config;
  const { window, samples } = state;
  const { deadline, subject } = input;
  if (!state.isOpen) return { state: forgotten(config, state, deadline), findings: [] };
  const clears = fallsTo(window, clearAt, lengthMs);
  const isClear = clears + latenessMs <= deadline;
  if (!isClear && (state.updateAt === 0 || state.updateAt > deadline))
    return { state, findings: [] };
  slide.load(window);
  const end = isClear ? Math.max(clears, window.newest) : window.newest;
  const report = describeWindow(config, slide, { end, samples });
  const about = { subject, key: '', trigger: `deadline:${deadline}`, at: deadline };
  if (!isClear) {
    const updated = { ...state, updateAt: 0 };
    // In a backlog the burst can be long past: what is left would hide how bad it was.
    if (report.evidence.value <= clearAt) return { state: updated, findings: [] };
    return {
      state: updated,
      findings: [config.finding({ action: 'update', ...about, ...report })],
    };
  }
  const cleared = { ...state, isOpen: false, updateAt: 0, window: closedAt(window, end, lengthMs) };
  return { state: cleared, findings: [config.finding({ action: 'resolve', ...about, ...report })] };
}

/** A subject whose records all left the window is as new. */
function forgotten(config: BurstConfig, state: BurstState, deadline: number): BurstState {
  return state.window.newest + config.lengthMs + BACKLOG_MS <= deadline ? EMPTY_BURST : state;
}

function describeWindow(
  config: BurstConfig,
  slide: WindowSlide,
  { end, samples }: { readonly end: number; readonly samples: readonly EvidenceSample[] },
): { readonly summary: string; readonly evidence: Evidence } {
  const value = slide.count(end);
  const noun = value === 1 ? config.noun.slice(0, -1) : config.noun;
  return {
    summary: `${value} ${noun} in ${durationText(config.lengthMs)}`,
    evidence: {
      value,
      threshold: config.threshold,
      unit: config.noun,
      windowMs: config.lengthMs,
      samples: [...samples],
      facts: config.facts(slide, end),
    },
  };
}
