import { subjectKind, subjectName, type SubjectId, type SubjectKind } from '../../model/subject.ts';
import type { Activity, Detector, ScoreRequest, StepInput } from '../../streams/detector.ts';
import type { ActorRef } from '../kernel/ref.ts';
import type { AnswerRow, SubjectMessage } from '../messages.ts';
import { OVERFLOW } from '../subject-of.ts';
import type { SubjectContext } from './context.ts';
import { DetectorRunner } from './detector-runner.ts';
import { callsOf, hearingOf, type Hearing } from './hearing.ts';
import type { Job, Step } from './job.ts';
import { addPending, allPending, takePending, type Asked } from './pending-scores.ts';
import { applySteps, joined, selected, stateOf, type Segment, type Stepped } from './stepped.ts';
import type { SubjectState } from './subject-state.ts';

/** Site time of a tick, and how long of it the site was blind. */
type Tick = Pick<Extract<SubjectMessage, { type: 'tick' }>, 'lsn' | 'now' | 'blindMs'>;

/** Steps taken, and what for. */
interface Made {
  readonly jobs: readonly Job[];
  readonly steps: readonly Step[];
  readonly timeOf: TimeOf;
}

/** Site time at which a request was made. */
type TimeOf = (request: ScoreRequest) => number;

type Answers = Pick<Extract<SubjectMessage, { type: 'scores' }>, 'lsn' | 'at' | 'model'> & {
  readonly answers: readonly AnswerRow[];
};

/**
 * Lets the detectors of a subject step: by records, by deadlines, by answers
 * of models and by what other detectors found. It commits nothing; what the
 * steps came to is the caller's.
 */
export class Stepper {
  readonly #context: SubjectContext;
  readonly #id: SubjectId;
  readonly #kind: SubjectKind;
  readonly #isOverflow: boolean;
  readonly #parent: ActorRef<never>;
  #children: DetectorRunner | undefined;

  constructor(context: SubjectContext, id: SubjectId, parent: ActorRef<never>) {
    this.#context = context;
    this.#id = id;
    this.#kind = subjectKind(id);
    this.#isOverflow = subjectName(id) === OVERFLOW;
    this.#parent = parent;
  }

  /** Steps by records; `undefined` where no detector wants any of them. */
  byRecords(
    state: SubjectState,
    segments: readonly Segment[],
    lsn: number,
  ): Promise<Stepped> | undefined {
    let jobs: Job[] | undefined;
    for (const detector of segments.length === 0 ? [] : this.#detectors()) {
      const own = stateOf(state, detector);
      const input = selected(detector, own, { subject: this.#id, segments });
      if (input === undefined || this.#isQuarantined(state, detector)) continue;
      jobs ??= [];
      jobs.push({ detector, state: own, input, lsn, incidents: state.incidents[detector.id] });
    }
    return jobs && this.#run(state, jobs, (request) => this.#askedAt(request, segments));
  }

  /** Steps by what a tick brings: requests that are late, then deadlines. */
  async byTick(old: SubjectState, tick: Tick): Promise<Stepped> {
    const late = await this.#late(old, tick);
    const { state } = late;
    const shift = tick.blindMs - state.blindMs;
    const activity = this.#activityOf(state);
    const jobs: Job[] = [];
    for (const detector of this.#detectors()) {
      const own = stateOf(state, detector);
      const deadline = detector.deadline(own, activity);
      if (deadline === undefined || deadline + shift > tick.now) continue;
      const input = {
        type: 'deadline',
        subject: this.#id,
        deadline: deadline + shift,
        activity,
      } as const;
      jobs.push({
        detector,
        state: own,
        input,
        lsn: tick.lsn,
        incidents: state.incidents[detector.id],
      });
    }
    return joined(late, await this.#run(state, jobs, () => tick.now));
  }

  /** Hands answers to the detectors that wait for them, one by one; others are too late, or repeated. */
  async byAnswers(state: SubjectState, { lsn, at, model, answers }: Answers): Promise<Stepped> {
    let all: Stepped = { state, findings: [], asked: [] };
    for (const { ordinal, row } of answers) {
      const { pending, found } = takePending(all.state.pending, row.detector, row.key);
      if (found === undefined) continue;
      all = { ...all, state: { ...all.state, pending } };
      const detector = this.#detectors().find(({ id }) => id === row.detector);
      if (detector?.answer === undefined || this.#isQuarantined(all.state, detector)) continue;
      const { answer } = row;
      if ('failure' in answer) this.#context.fellBack(answer.failure);
      const input: StepInput = {
        type: 'score',
        subject: this.#id,
        place: `${lsn}.${ordinal}`,
        at,
        request: found.request,
        model,
        answer,
      };
      const incidents = all.state.incidents[detector.id];
      const job = { detector, state: stateOf(all.state, detector), input, lsn, incidents };
      all = joined(all, await this.#run(all.state, [job], () => at));
    }
    return all;
  }

  /** When the first detector is due, in seeing time; `undefined` when none waits for anything. */
  deadline(state: SubjectState): number | undefined {
    const activity = this.#activityOf(state);
    let earliest: number | undefined;
    for (const detector of this.#detectors()) {
      const deadline = detector.deadline(stateOf(state, detector), activity);
      if (deadline === undefined || this.#isQuarantined(state, detector)) continue;
      if (earliest === undefined || deadline < earliest) earliest = deadline;
    }
    return earliest === undefined ? undefined : earliest - state.blindMs;
  }

  /** Requests that no answer came to in time; their ordinals come after that of the deadlines. */
  #late(state: SubjectState, tick: Tick): Promise<Stepped> | Stepped {
    const seeing = tick.now - tick.blindMs;
    const due = allPending(state.pending).filter(({ dueAt }) => dueAt <= seeing);
    if (due.length === 0) return { state, findings: [], asked: [] };
    const answers = due.map(({ detector, request }, index) => ({
      ordinal: index + 1,
      row: { subject: this.#id, detector, key: request.key, answer: LATE },
    }));
    return this.byAnswers(state, { lsn: tick.lsn, at: tick.now, model: '', answers });
  }

  async #run(state: SubjectState, jobs: readonly Job[], timeOf: TimeOf): Promise<Stepped> {
    const hearing = hearingOf(this.#detectors());
    const steps = await Promise.all(
      jobs.map((job) =>
        this.#runner.run(hearing?.heard.has(job.detector.id) ? { ...job, isHeard: true } : job),
      ),
    );
    const stepped = this.#applied(state, { jobs, steps, timeOf });
    if (hearing === undefined || stepped.findings.length === 0) return stepped;
    return this.#tellHearers(stepped, { hearing, jobs, steps, timeOf });
  }

  /** Lets those step that hear what others found, on the states that these left behind. */
  async #tellHearers(
    stepped: Stepped,
    made: Made & { readonly hearing: Hearing },
  ): Promise<Stepped> {
    const { state } = stepped;
    const lsn = made.jobs[0]?.lsn ?? 0;
    const calls = callsOf(this.#id, made.hearing, made)
      .filter(({ detector }) => !this.#isQuarantined(state, detector))
      .map(({ detector, input }) => {
        const incidents = state.incidents[detector.id];
        return { detector, state: stateOf(state, detector), input, lsn, incidents };
      });
    if (calls.length === 0) return stepped;
    const steps = await Promise.all(calls.map((call) => this.#runner.run(call)));
    return joined(stepped, this.#applied(state, { jobs: calls, steps, timeOf: made.timeOf }));
  }

  #applied(state: SubjectState, { jobs, steps, timeOf }: Made): Stepped {
    const findings = steps.flatMap(({ detection }) => detection.findings);
    const next = applySteps(state, jobs, steps);
    const wanted = steps.some(({ detection }) => (detection.requests?.length ?? 0) > 0);
    return wanted
      ? { ...this.#wait(next, this.#wanted(jobs, steps, timeOf)), findings }
      : { state: next, findings, asked: [] };
  }

  /** The requests of steps, each with the time at which it is late. */
  #wanted(jobs: readonly Job[], steps: readonly Step[], timeOf: TimeOf): readonly Asked[] {
    const { blindMs } = this.#context.time;
    return steps.flatMap(({ detection }, index) => {
      const detector = jobs[index]?.detector;
      if (detector?.answer === undefined) return [];
      return (detection.requests ?? []).map((request) => ({
        detector: detector.id,
        request,
        dueAt: timeOf(request) - blindMs + request.timeoutMs,
      }));
    });
  }

  #wait(state: SubjectState, wanted: readonly Asked[]): Pick<Stepped, 'state' | 'asked'> {
    const { pending, taken } = addPending(state.pending, wanted);
    if (taken.length < wanted.length) this.#context.dropped(wanted.length - taken.length);
    return { state: { ...state, pending }, asked: taken };
  }

  /** When the gateway took in the record that led to a request: the same however entries were merged. */
  #askedAt({ trigger }: ScoreRequest, segments: readonly Segment[]): number {
    const lsn = Number(trigger.slice(0, trigger.indexOf('.')));
    const { now } = this.#context.time;
    return Math.max(now, segments.find((each) => each.lsn === lsn)?.observedAt ?? now);
  }

  /** Most subjects never step. */
  get #runner(): DetectorRunner {
    return (this.#children ??= new DetectorRunner(this.#context, this.#id, this.#parent));
  }

  #isQuarantined(state: SubjectState, detector: Detector): boolean {
    const until = state.quarantined[detector.id];
    return until !== undefined && this.#context.time.now < until;
  }

  #activityOf({ lastHeardAt, records }: SubjectState): Activity {
    const { expectedServices } = this.#context.detectors();
    return {
      lastTimestamp: lastHeardAt,
      records,
      isExpected: this.#kind === 'service' && expectedServices.includes(subjectName(this.#id)),
    };
  }

  #detectors(): readonly Detector[] {
    if (this.#isOverflow) return [];
    return this.#context.detectors().forKind(this.#kind);
  }
}

const LATE = { failure: 'late' } as const;
