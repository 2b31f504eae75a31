import { isError } from '../../model/level.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { Behavior } from '../kernel/actor-system.ts';
import type { DispatchedEntry, SubjectMessage, UserRecords } from '../messages.ts';
import type { SubjectContext } from './context.ts';
import { EntryTaker } from './entry-taker.ts';
import { allPending, earliestDue } from './pending-scores.ts';
import type { Segment, Stepped } from './stepped.ts';
import { Stepper } from './stepper.ts';
import { draftOf, initialSubject, type SubjectState } from './subject-state.ts';

type Folded = SubjectState | Promise<SubjectState>;

/**
 * A subject's actor: takes its entries, keeps its state, and lets its
 * detectors step. A batch is folded whole: its children's replies are awaited
 * and everything is committed at one lsn.
 */
export class SubjectActor {
  readonly #context: SubjectContext;
  readonly #id: SubjectId;
  readonly #taker: EntryTaker;
  #stepper: Stepper | undefined;

  constructor(context: SubjectContext, id: SubjectId) {
    this.#context = context;
    this.#id = id;
    this.#taker = new EntryTaker(context, id);
  }

  readonly behavior: Behavior<SubjectState | undefined, SubjectMessage> = (
    state,
    message,
    self,
  ) => {
    const stepper = (this.#stepper ??= new Stepper(this.#context, this.#id, self));
    if (state !== undefined) return this.#fold(state, message, stepper);
    return this.#context
      .load(this.#id)
      .then((stored) => this.#fold(stored ?? initialSubject(this.#id), message, stepper));
  };

  #fold(state: SubjectState, message: SubjectMessage, stepper: Stepper): Folded {
    switch (message.type) {
      case 'entries':
        return this.#entries(state, message.entries, stepper);
      case 'records':
        return this.#records(state, message.items, stepper);
      case 'tick':
        return this.#settled(stepper.byTick(state, message), message.lsn, stepper);
      case 'scores':
        return this.#settled(stepper.byAnswers(state, message), message.lsn, stepper);
      case 'ask':
        this.#context.ask(this.#id, allPending(state.pending));
        this.#context.work.end();
        return state;
      case 'expect': {
        const isNew = state.lastHeardAt === Number.NEGATIVE_INFINITY;
        const { now, blindMs } = message;
        const expected = isNew ? { ...state, lastHeardAt: now, blindMs } : state;
        this.#context.work.end();
        return this.#commit(expected, stepper);
      }
    }
  }

  #entries(state: SubjectState, entries: readonly DispatchedEntry[], stepper: Stepper): Folded {
    const started = this.#context.tracer.isOn ? this.#context.clock.monotonic() : 0;
    const draft = draftOf(state);
    const { segments, handOn } = this.#taker.take(entries, draft);
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
    const folded = this.#detect(draft, segments, { lsn: entries.at(-1)?.lsn ?? 0, stepper });
    return folded instanceof Promise ? folded.then(done) : done(folded);
  }

  #records(state: SubjectState, items: readonly UserRecords[], stepper: Stepper): Folded {
    const heard = heardOf(state, items, this.#context.time.blindMs);
    const done = (folded: SubjectState): SubjectState => {
      this.#context.work.end(items.length);
      return folded;
    };
    const folded = this.#detect(heard, items, { lsn: items.at(-1)?.lsn ?? 0, stepper });
    return folded instanceof Promise ? folded.then(done) : done(folded);
  }

  /** Lets every detector that wants some of the records step, and commits. */
  #detect(
    state: SubjectState,
    segments: readonly Segment[],
    { lsn, stepper }: { readonly lsn: number; readonly stepper: Stepper },
  ): Folded {
    const stepping = stepper.byRecords(state, segments, lsn);
    if (stepping === undefined) return this.#commit(state, stepper);
    return stepping.then((stepped) => this.#settle(stepped, lsn, stepper));
  }

  async #settled(stepping: Promise<Stepped>, lsn: number, stepper: Stepper): Promise<SubjectState> {
    const folded = this.#settle(await stepping, lsn, stepper);
    this.#context.work.end();
    return folded;
  }

  /** Commits; only then what was found is told and what is wanted is asked. */
  #settle({ state, findings, asked }: Stepped, lsn: number, stepper: Stepper): SubjectState {
    const committed = this.#commit(state, stepper);
    if (findings.length > 0) this.#context.report(findings, lsn);
    if (asked.length > 0) this.#context.ask(this.#id, asked);
    return committed;
  }

  #commit(state: SubjectState, stepper: Stepper): SubjectState {
    const deadline = stepper.deadline(state);
    const due = earliestDue(state.pending);
    this.#context.timers.set(
      this.#id,
      due === undefined || deadline === undefined ? (due ?? deadline) : Math.min(due, deadline),
    );
    this.#context.commit(state);
    return state;
  }

  #trace(entries: readonly DispatchedEntry[], start: number): void {
    const { tracer, clock } = this.#context;
    const end = clock.monotonic();
    for (const { lsn } of entries)
      tracer.record({ name: 'subject.fold', trace: `lsn:${lsn}`, start, end });
  }
}

/** A user's state after records of his, before any detector stepped. */
function heardOf(
  state: SubjectState,
  items: readonly UserRecords[],
  blindMs: number,
): SubjectState {
  let next = state;
  for (const { records, observedAt } of items) {
    next = {
      ...next,
      lastHeardAt: Math.max(next.lastHeardAt, observedAt),
      blindMs,
      records: next.records + records.length,
      lagMs: observedAt - (records.at(-1)?.timestamp ?? observedAt),
      errors: next.errors + records.reduce((sum, { level }) => sum + (isError(level) ? 1 : 0), 0),
    };
  }
  return next;
}
