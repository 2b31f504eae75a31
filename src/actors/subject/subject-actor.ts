import { ENTRY } from '../../model/journal-entry.ts';
import { isError } from '../../model/level.ts';
import type { LogRecord } from '../../model/record.ts';
import { subjectKind, subjectName, type SubjectId, type SubjectKind } from '../../model/subject.ts';
import type { Finding } from '../../model/finding.ts';
import type { Activity, Detector, StepInput, ScoreRequest } from '../../streams/detector.ts';
import type { BlockEntry } from '../../store/store.ts';
import type { Behavior } from '../kernel/actor-system.ts';
import type { ActorRef } from '../kernel/ref.ts';
import type { AnswerRow, DispatchedEntry, SubjectMessage, UserRecords } from '../messages.ts';
import type { DecodedBatch } from '../ports.ts';
import { OVERFLOW } from '../subject-of.ts';
import type { SubjectContext } from './context.ts';
import { DetectorRunner, type Job, type Step } from './detector-runner.ts';
import { EntryOpener } from './entry-opener.ts';
import { callsOf, hearingOf, type Hearing } from './hearing.ts';
import { addPending, allPending, earliestDue, takePending, type Asked } from './pending-scores.ts';
import { draftOf, initialSubject, type SubjectDraft, type SubjectState } from './subject-state.ts';
import { haveMessages, TemplateBook } from './template-book.ts';
import { groupByUser } from './user-records.ts';
import { lastVitals, vitalPoints } from './vitals.ts';

/** Records of one entry, as the detectors see them. */
interface Segment {
  readonly lsn: number;
  readonly observedAt: number;
  readonly records: readonly LogRecord[];
  /** Present where records come from another subject's entry. */
  readonly triggers: readonly string[] | undefined;
}

/** What steps came to, before it is committed. */
interface Stepped {
  readonly state: SubjectState;
  readonly findings: readonly Finding[];
  readonly asked: readonly Asked[];
}

/** Steps taken, and what for. */
interface Made {
  readonly jobs: readonly Job[];
  readonly steps: readonly Step[];
  readonly timeOf: TimeOf;
}

/** Site time at which a request was made. */
type TimeOf = (request: ScoreRequest) => number;

/** A late record is older than this when the gateway saw it. */
const ALLOWED_LATENESS_MS = 300_000;

/**
 * A subject's actor: opens its entries, keeps its state, and lets its
 * detectors step. A batch is folded whole: its children's replies are awaited
 * and everything is committed at one lsn.
 *
 * Longer than the house's measure: every kind of message ends in the same
 * commit, and reading them side by side is what shows that.
 */
export class SubjectActor {
  readonly #context: SubjectContext;
  readonly #id: SubjectId;
  readonly #kind: SubjectKind;
  readonly #opener: EntryOpener;
  #runner: DetectorRunner | undefined;
  #self: ActorRef<SubjectMessage> | undefined;

  constructor(context: SubjectContext, id: SubjectId) {
    this.#context = context;
    this.#id = id;
    this.#kind = subjectKind(id);
    this.#opener = new EntryOpener(context, id);
  }

  readonly behavior: Behavior<SubjectState | undefined, SubjectMessage> = (
    state,
    message,
    self,
  ) => {
    this.#self = self;
    if (state !== undefined) return this.#fold(state, message);
    return this.#context
      .load(this.#id)
      .then((stored) => this.#fold(stored ?? initialSubject(this.#id), message));
  };

  #fold(state: SubjectState, message: SubjectMessage): SubjectState | Promise<SubjectState> {
    switch (message.type) {
      case 'entries':
        return this.#entries(state, message.entries);
      case 'records':
        return this.#records(state, message.items);
      case 'tick':
        return this.#tick(state, message);
      case 'scores':
        return this.#scores(state, message);
      case 'ask':
        this.#context.ask(this.#id, allPending(state.pending));
        this.#context.work.end();
        return state;
      case 'expect': {
        const isNew = state.lastHeardAt === Number.NEGATIVE_INFINITY;
        const { now, blindMs } = message;
        const expected = isNew ? { ...state, lastHeardAt: now, blindMs } : state;
        this.#context.work.end();
        return this.#commit(expected);
      }
    }
  }

  #entries(state: SubjectState, entries: DispatchedEntry[]): SubjectState | Promise<SubjectState> {
    const started = this.#context.tracer.isOn ? this.#context.clock.monotonic() : 0;
    const draft = draftOf(state);
    const segments: Segment[] = [];
    const handOn: (ReadonlyMap<string, UserRecords> | undefined)[] = [];
    for (const entry of entries) {
      const opened = this.#opener.open(entry, draft);
      const templates = typeof opened === 'string' ? undefined : this.#mine(draft, opened.records);
      if (entry.cell !== undefined)
        this.#context.cells.complete(entry.cell, this.#stored(entry, opened, templates));
      const batch = typeof opened === 'string' ? undefined : opened;
      if (entry.kind === ENTRY.imported) {
        // It tells nothing of now: nobody was heard, and no detector may take it for news.
        handOn.push(undefined);
        this.#context.count('records', batch?.records.length ?? 0);
        continue;
      }
      handOn.push(batch && groupByUser(this.#context.detectors(), batch.records, entry));
      if (batch === undefined) continue;
      const { lsn, observedAt } = entry;
      segments.push({ lsn, observedAt, records: batch.records, triggers: undefined });
      this.#heard(draft, entry, batch);
    }
    const done = (folded: SubjectState): SubjectState => {
      if (this.#context.tracer.isOn) this.#trace(entries, started);
      for (let index = 0; index < entries.length; index += 1) {
        const { lsn, body } = entries[index] as DispatchedEntry;
        this.#context.frontier.complete(lsn, handOn[index]);
        this.#context.folded(lsn, body.length);
      }
      this.#context.work.end(entries.length);
      return folded;
    };
    const folded = this.#detect(draft, segments, entries.at(-1)?.lsn ?? 0);
    return folded instanceof Promise ? folded.then(done) : done(folded);
  }

  #records(state: SubjectState, items: UserRecords[]): SubjectState | Promise<SubjectState> {
    let next = state;
    for (const { records, observedAt } of items) {
      next = {
        ...next,
        lastHeardAt: Math.max(next.lastHeardAt, observedAt),
        blindMs: this.#context.time.blindMs,
        records: next.records + records.length,
        lagMs: observedAt - (records.at(-1)?.timestamp ?? observedAt),
        errors: next.errors + records.reduce((sum, { level }) => sum + (isError(level) ? 1 : 0), 0),
      };
    }
    const done = (folded: SubjectState): SubjectState => {
      this.#context.work.end(items.length);
      return folded;
    };
    const folded = this.#detect(next, items, items.at(-1)?.lsn ?? 0);
    return folded instanceof Promise ? folded.then(done) : done(folded);
  }

  async #tick(
    old: SubjectState,
    tick: { readonly lsn: number; readonly now: number; readonly blindMs: number },
  ): Promise<SubjectState> {
    const late = await this.#late(old, tick);
    const { state } = late;
    const shift = tick.blindMs - state.blindMs;
    const activity = this.#activityOf(state);
    const requests: Job[] = [];
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
      const incidents = state.incidents[detector.id];
      requests.push({ detector, state: own, input, lsn: tick.lsn, incidents });
    }
    const stepped = await this.#run(state, requests, () => tick.now);
    const folded = this.#settle(joined(late, stepped), tick.lsn);
    this.#context.work.end();
    return folded;
  }

  /** Requests that no answer came to in time; their ordinals come after that of the deadlines. */
  #late(
    state: SubjectState,
    tick: { readonly lsn: number; readonly now: number; readonly blindMs: number },
  ): Promise<Stepped> | Stepped {
    const seeing = tick.now - tick.blindMs;
    const due = allPending(state.pending).filter(({ dueAt }) => dueAt <= seeing);
    if (due.length === 0) return { state, findings: [], asked: [] };
    const answers = due.map(({ detector, request }, index) => ({
      ordinal: index + 1,
      row: { subject: this.#id, detector, key: request.key, answer: LATE },
    }));
    return this.#answer(state, { lsn: tick.lsn, at: tick.now, model: '', answers });
  }

  async #scores(state: SubjectState, message: Answers): Promise<SubjectState> {
    const folded = this.#settle(await this.#answer(state, message), message.lsn);
    this.#context.work.end();
    return folded;
  }

  /** Hands answers to the detectors that wait for them, one by one; others are too late, or repeated. */
  async #answer(state: SubjectState, { lsn, at, model, answers }: Answers): Promise<Stepped> {
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

  /** Lets every detector that wants some of the records step, and commits. */
  #detect(
    state: SubjectState,
    segments: readonly Segment[],
    lsn: number,
  ): SubjectState | Promise<SubjectState> {
    let requests: Job[] | undefined;
    for (const detector of segments.length === 0 ? [] : this.#detectors()) {
      const own = stateOf(state, detector);
      const input = selected(detector, own, { subject: this.#id, segments });
      if (input === undefined || this.#isQuarantined(state, detector)) continue;
      requests ??= [];
      requests.push({ detector, state: own, input, lsn, incidents: state.incidents[detector.id] });
    }
    if (requests === undefined) return this.#commit(state);
    const run = this.#run(state, requests, (request) => this.#askedAt(request, segments));
    return run.then((stepped) => this.#settle(stepped, lsn));
  }

  async #run(state: SubjectState, jobs: readonly Job[], timeOf: TimeOf): Promise<Stepped> {
    const runner = this.#runnerOf();
    const hearing = hearingOf(this.#detectors());
    const steps = await Promise.all(
      jobs.map((job) =>
        runner.run(hearing?.heard.has(job.detector.id) ? { ...job, isHeard: true } : job),
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
    const runner = this.#runnerOf();
    const steps = await Promise.all(calls.map((call) => runner.run(call)));
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

  /** Commits; only then what was found is told and what is wanted is asked. */
  #settle({ state, findings, asked }: Stepped, lsn: number): SubjectState {
    const committed = this.#commit(state);
    if (findings.length > 0) this.#context.report(findings, lsn);
    if (asked.length > 0) this.#context.ask(this.#id, asked);
    return committed;
  }

  #commit(state: SubjectState): SubjectState {
    const activity = this.#activityOf(state);
    let earliest: number | undefined;
    for (const detector of this.#detectors()) {
      const deadline = detector.deadline(stateOf(state, detector), activity);
      if (deadline === undefined || this.#isQuarantined(state, detector)) continue;
      if (earliest === undefined || deadline < earliest) earliest = deadline;
    }
    // Deadlines wait in "seeing" time: site time less the time the site was blind.
    const due = earliestDue(state.pending);
    const deadline = earliest === undefined ? undefined : earliest - state.blindMs;
    this.#context.timers.set(
      this.#id,
      due === undefined || deadline === undefined ? (due ?? deadline) : Math.min(due, deadline),
    );
    this.#context.commit(state);
    return state;
  }

  /** Gives records the templates of their messages, before anything else looks at them. */
  #mine(draft: SubjectDraft, records: readonly LogRecord[]): readonly string[] | undefined {
    if (draft.templates === undefined) {
      if (!haveMessages(records)) return undefined;
      draft.templates = TemplateBook.create(this.#context.miners, this.#id);
    }
    return draft.templates.learn(records);
  }

  #heard(draft: SubjectDraft, entry: DispatchedEntry, batch: DecodedBatch): void {
    const { levels, records } = batch;
    this.#context.count('records', records.length);
    if (batch.minTimestamp < entry.observedAt - ALLOWED_LATENESS_MS) {
      const oldest = entry.observedAt - ALLOWED_LATENESS_MS;
      this.#context.count(
        'lateRecords',
        records.filter(({ timestamp }) => timestamp < oldest).length,
      );
    }
    if (this.#context.isWatched(this.#id)) this.#context.seen(this.#id, vitalPoints(records));
    if (entry.observedAt > draft.lastHeardAt) draft.lastHeardAt = entry.observedAt;
    draft.blindMs = this.#context.time.blindMs;
    draft.records += records.length;
    draft.errors += levels[3] + levels[4];
    draft.vitals = lastVitals(records) ?? draft.vitals;
    if (records.length === 0) return;
    draft.lagMs = entry.observedAt - batch.maxTimestamp;
    this.#context.lag(draft.lagMs);
  }

  #stored(
    entry: DispatchedEntry,
    opened: DecodedBatch | 'empty' | 'quarantined',
    templates: readonly string[] | undefined,
  ): BlockEntry | 'empty' | 'quarantined' {
    if (typeof opened === 'string') return opened;
    if (opened.records.length === 0) return 'empty';
    return {
      lsn: entry.lsn,
      subject: this.#id,
      observedAt: entry.observedAt,
      payload: opened.payload,
      count: opened.records.length,
      minTimestamp: opened.minTimestamp,
      maxTimestamp: opened.maxTimestamp,
      levels: opened.levels,
      services: opened.services,
      users: opened.users,
      ...(templates && { templates }),
    };
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
    if (subjectName(this.#id) === OVERFLOW) return [];
    return this.#context.detectors().forKind(this.#kind);
  }

  #runnerOf(): DetectorRunner {
    if (this.#self === undefined) throw new Error('A subject steps only inside a message.');
    this.#runner ??= new DetectorRunner(this.#context, this.#id, this.#self);
    return this.#runner;
  }

  #trace(entries: readonly DispatchedEntry[], start: number): void {
    const { tracer, clock } = this.#context;
    const end = clock.monotonic();
    for (const { lsn } of entries)
      tracer.record({ name: 'subject.fold', trace: `lsn:${lsn}`, start, end });
  }
}

type Answers = Pick<Extract<SubjectMessage, { type: 'scores' }>, 'lsn' | 'at' | 'model'> & {
  readonly answers: readonly AnswerRow[];
};

const LATE = { failure: 'late' } as const;

function joined(first: Stepped, then: Stepped): Stepped {
  return {
    state: then.state,
    findings: [...first.findings, ...then.findings],
    asked: [...first.asked, ...then.asked],
  };
}

function stateOf(state: SubjectState, detector: Detector): unknown {
  return state.detectors[detector.id] ?? detector.initial(state.id);
}

/** The input a detector wants out of the segments; `undefined` when it wants nothing. */
function selected(
  detector: Detector,
  state: unknown,
  from: { readonly subject: SubjectId; readonly segments: readonly Segment[] },
): StepInput | undefined {
  const select = detector.selector(state);
  if (select === undefined) return undefined;
  let records: LogRecord[] | undefined;
  const triggers: string[] = [];
  for (const segment of from.segments) {
    const all = segment.records;
    for (let ordinal = 0; ordinal < all.length; ordinal += 1) {
      const record = all[ordinal] as LogRecord;
      if (!select(record)) continue;
      records ??= [];
      records.push(record);
      triggers.push(segment.triggers?.[ordinal] ?? `${segment.lsn}.${ordinal}`);
    }
  }
  return records === undefined
    ? undefined
    : { type: 'records', subject: from.subject, records, triggers };
}

function applySteps(
  state: SubjectState,
  requests: readonly Job[],
  steps: readonly Step[],
): SubjectState {
  const detectors: Record<string, unknown> = { ...state.detectors };
  let { quarantined, incidents } = state;
  for (const [index, { detection, quarantinedUntil, incidents: spent }] of steps.entries()) {
    const id = requests[index]?.detector.id ?? '';
    detectors[id] = detection.state;
    if (quarantinedUntil !== undefined) quarantined = { ...quarantined, [id]: quarantinedUntil };
    if (spent !== undefined) incidents = { ...incidents, [id]: spent };
  }
  return { ...state, detectors, quarantined, incidents };
}
