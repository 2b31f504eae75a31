import type { Finding } from '../model/finding.ts';
import type { LogRecord } from '../model/record.ts';
import type { SubjectId } from '../model/subject.ts';
import type { ScoreResult } from '../model/journal-entry.ts';
import type { Activity, Detection, Detector, ScoreRequest, StepInput } from './detector.ts';

/** Something that happens to a subject at a site time in ms; without records, time passes. */
export interface HarnessStep {
  readonly at: number;
  readonly records?: readonly LogRecord[];
}

export interface HarnessOptions {
  readonly subject: SubjectId;
  /** Site time in ms at which the subject became known. */
  readonly start: number;
  /** Whether it is a service the configuration expects; one without a record yet is taken for one. */
  readonly isExpected?: boolean;
  /** Told of each step taken, for checks. */
  readonly onDetect?: (state: unknown, input: StepInput) => void;
  /** Told what each step found, and its site time in ms; records are then taken one by one. */
  readonly onFound?: (findings: readonly Finding[], input: StepInput, at: number) => void;
  /** What the model says to a request; that none is live when left out. */
  readonly score?: (request: ScoreRequest) => ScoreResult;
}

export interface HarnessResult<State> {
  readonly state: State;
  readonly findings: readonly Finding[];
  readonly activity: Activity;
}

/** A detector that asks for a deadline again and again without moving on is broken; this many at one time show it. */
const DEADLINE_LIMIT = 10_000;

/**
 * Folds timed records and the passing of time through a detector as a
 * subject would: a deadline before a step's time fires before its records, one at its
 * time after them. Steps are in order of time.
 * @throws Error when a deadline does not move on.
 */
export function runDetector<State>(
  detector: Detector<State>,
  steps: Iterable<HarnessStep>,
  options: HarnessOptions,
): HarnessResult<State> {
  const harness = new Harness(detector, options);
  for (const { at, records = [] } of steps) {
    harness.advance(at, false);
    harness.feed(records, at);
    harness.advance(at, true);
  }
  return harness.result();
}

class Harness<State> {
  readonly #detector: Detector<State>;
  readonly #options: HarnessOptions;
  readonly #findings: Finding[] = [];
  #state: State;
  #lastTimestamp: number;
  #records = 0;
  #lsn = 0;
  #now: number;

  constructor(detector: Detector<State>, options: HarnessOptions) {
    this.#detector = detector;
    this.#options = options;
    this.#state = detector.initial(options.subject);
    this.#lastTimestamp = options.start;
    this.#now = options.start;
  }

  /** Fires the deadlines until `now`, those at `now` only when `isInclusive`. */
  advance(now: number, isInclusive: boolean): void {
    for (let fired = 0; fired < DEADLINE_LIMIT; fired += 1) {
      const activity = this.#activity();
      const deadline = this.#detector.deadline(this.#state, activity);
      if (deadline === undefined || deadline > now || (deadline === now && !isInclusive)) return;
      const { subject } = this.#options;
      this.#now = deadline;
      this.#take({ type: 'deadline', subject, deadline, activity });
    }
    throw new Error(`The detector "${this.#detector.id}" repeats its deadline without end.`);
  }

  feed(records: readonly LogRecord[], at: number): void {
    if (records.length === 0) return;
    this.#lsn += 1;
    this.#now = at;
    for (const { timestamp } of records) {
      const isNewest = this.#records === 0 || timestamp > this.#lastTimestamp;
      if (isNewest) this.#lastTimestamp = timestamp;
      this.#records += 1;
    }
    const selector = this.#detector.selector(this.#state);
    if (selector === undefined) return;
    const lsn = this.#lsn;
    const ordinals = records.flatMap((record, ordinal) => (selector(record) ? [ordinal] : []));
    if (ordinals.length === 0) return;
    const isSingle = this.#options.onFound !== undefined;
    for (const part of isSingle ? ordinals.map((ordinal) => [ordinal]) : [ordinals]) {
      this.#take({
        type: 'records',
        subject: this.#options.subject,
        records: part.flatMap((ordinal) => records[ordinal] ?? []),
        triggers: part.map((ordinal) => `${lsn}.${ordinal}`),
      });
    }
  }

  result(): HarnessResult<State> {
    const activity = this.#activity();
    return { state: this.#state, findings: this.#findings, activity };
  }

  #activity(): Activity {
    return {
      lastTimestamp: this.#lastTimestamp,
      records: this.#records,
      // Before its first record a subject can be known only because it is expected.
      isExpected: this.#options.isExpected === true || this.#records === 0,
    };
  }

  #take(input: StepInput): void {
    this.#options.onDetect?.(this.#state, input);
    const { state, findings, requests = [] } = this.#step(input);
    this.#state = state;
    this.#findings.push(...findings);
    if (findings.length > 0) this.#options.onFound?.(findings, input, this.#now);
    for (const request of requests) this.#answer(request, input);
  }

  #step(input: StepInput): Detection<State> {
    const state = this.#state;
    if (input.type === 'score')
      return this.#detector.answer?.(state, input) ?? { state, findings: [] };
    if (input.type === 'findings')
      return this.#detector.hear?.(state, input) ?? { state, findings: [] };
    return this.#detector.detect(state, input);
  }

  /** Answers come at once: how long they take is the site's business. */
  #answer(request: ScoreRequest, cause: StepInput): void {
    const answer = this.#options.score?.(request) ?? { failure: 'missing' };
    this.#lsn += 1;
    this.#take({
      type: 'score',
      subject: cause.subject,
      place: `${this.#lsn}.0`,
      at: cause.type === 'deadline' ? cause.deadline : this.#lastTimestamp,
      request,
      model: 'failure' in answer ? '' : 'test',
      answer,
    });
  }
}
