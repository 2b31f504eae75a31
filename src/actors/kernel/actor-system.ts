import { dispatch, Nobody, spawn, start, stop, type Ref } from 'nact';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { ActorEvent, ActorInfo } from '../../model/actor-event.ts';
import { cellOf, infoOf, type Cell } from './cell.ts';
import type { ActorRef } from './ref.ts';
import { RestartBudget } from './restart-budget.ts';

/** What a supervisor decides about a failed child. Its mailbox is kept unless it stops. */
export type Directive =
  /**
   * Fresh state, after `delayMs` of real time. Ten within a minute under one supervisor escalate,
   * unless the supervisor keeps a budget of its own (`isBudgeted`).
   */
  | { readonly type: 'restart'; readonly delayMs: number; readonly isBudgeted?: boolean }
  /** Keep the state; the failed message is dropped. */
  | { readonly type: 'resume' }
  | { readonly type: 'stop' }
  /** Not for this supervisor to mend: the system's `onEscalation` decides (the process ends). */
  | { readonly type: 'escalate' };

export interface Failure<Msg> {
  readonly path: string;
  readonly message: Msg;
  readonly error: unknown;
  /** Failures within the budget's span, this one included. */
  readonly failures: number;
}

export interface ActorOptions<State, Msg> {
  /** For the tree: `guardian`, `device`, `detector`, … */
  readonly kind: string;
  readonly initial: () => State;
  /** @default 1024 */
  readonly mailboxLimit?: number;
  /** Asked when a handler throws. @default escalate */
  readonly supervise?: (failure: Failure<Msg>) => Directive;
  /** State for people; called only when somebody looks. */
  readonly describe?: (state: State) => unknown;
}

/** One message at a time, first in first out; the next waits until a returned promise settles. */
export type Behavior<State, Msg> = (
  state: State,
  message: Msg,
  self: ActorRef<Msg>,
) => State | Promise<State>;

export interface ActorSystemOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly onEvent?: (event: ActorEvent) => void;
  /** A failure that no supervisor mends. The process should end and recover from its journal. */
  readonly onEscalation: (path: string, error: unknown) => void;
}

const BUDGET = { limit: 3, windowMs: 60_000 };
const SUBTREE_BUDGET = { limit: 10, windowMs: 60_000 };
const ERRORS_KEPT = 10;
const nobody = new Nobody();

/**
 * The supervision tree, on nact. It adds what nact lacks: typed references,
 * bounded mailboxes, dead letters, deep stop (nact leaves descendants
 * running), delayed restarts, restart budgets, and counters per actor.
 *
 * Longer than the house's measure: spawning, stopping and judging a failure
 * share the registry of cells, and nothing else may touch it.
 */
export class ActorSystem {
  readonly #options: ActorSystemOptions;
  readonly #system: Ref<never>;
  readonly #cells = new Map<string, Cell<never>>();
  readonly #subtrees = new Map<string, RestartBudget>();
  #deadLetters = 0;
  #version = 0;

  constructor(options: ActorSystemOptions) {
    this.#options = options;
    this.#system = start({ name: `${options.name}-${systemNumber()}` } as never) as Ref<never>;
  }

  get deadLetters(): number {
    return this.#deadLetters;
  }

  /** Grows whenever an actor comes or goes. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#cells.size;
  }

  /** Starts an actor under `parent` (the root when undefined). `name`: `a-z 0-9 - _ . $`. */
  spawn<State, Msg>(
    place: { readonly parent: ActorRef<never> | undefined; readonly name: string },
    behavior: Behavior<State, Msg>,
    options: ActorOptions<State, Msg>,
  ): ActorRef<Msg> {
    const parent = place.parent === undefined ? undefined : cellOf(place.parent);
    const cell = newCell<Msg>(parent, place.name, options);
    let state = options.initial();
    if (options.describe !== undefined) cell.describe = () => options.describe?.(state);
    const settle = (next: State): void => {
      state = next;
      cell.isBusy = false;
    };
    const handle = (message: Msg): void | Promise<void> => {
      begin(cell, this.#options.clock);
      const next = behavior(state, message, cell);
      return next instanceof Promise ? next.then(settle) : settle(next);
    };
    const onCrash = async (
      message: Msg,
      error: unknown,
      context: CrashContext,
    ): Promise<symbol> => {
      const directive = this.#judge(cell, { message, error, supervise: options.supervise });
      if (directive?.type === 'restart') state = await this.#restart(cell, directive, options);
      else if (directive !== undefined) this.#end(cell, directive, error);
      // A stopped actor ignores `resume`.
      return context.resume;
    };
    cell.nact = spawn(
      parent?.nact ?? this.#system,
      (_: unknown, message: Msg) => handle(message),
      place.name,
      { onCrash } as never,
    ) as unknown as Ref<Msg>;
    this.#cells.set(cell.path, cell);
    this.#version += 1;
    this.#emit({ type: 'spawned', path: cell.path, kind: cell.kind });
    return cell;
  }

  /**
   * Puts a message into a mailbox. False, and a dead letter, when the actor
   * has stopped or its mailbox is full: then nothing was sent.
   */
  tell<Msg>(ref: ActorRef<Msg>, message: Msg): boolean {
    const cell = cellOf(ref);
    if (cell.isStopped || cell.depth >= cell.mailboxLimit) {
      this.#deadLetters += 1;
      this.#emit({
        type: 'dead-letter',
        path: cell.path,
        reason: cell.isStopped ? 'stopped' : 'mailbox full',
      });
      return false;
    }
    cell.depth += 1;
    (dispatch as Dispatch)(cell.nact, message, nobody);
    return true;
  }

  /** Stops an actor and everything below it, children first. What is in their mailboxes is lost. Idempotent. */
  stop(ref: ActorRef<never>, reason = 'stopped'): void {
    const cell = cellOf(ref);
    if (cell.isStopped) return;
    for (const child of [...(cell.children ?? [])]) this.stop(child, reason);
    cell.isStopped = true;
    cell.parent?.children?.delete(cell);
    this.#cells.delete(cell.path);
    this.#subtrees.delete(cell.path);
    this.#version += 1;
    stop(cell.nact);
    this.#emit({ type: 'stopped', path: cell.path, reason });
  }

  /** Stops every actor, then the system. */
  shutdown(): void {
    for (const cell of [...this.#cells.values()]) this.stop(cell, 'shutdown');
    stop(this.#system);
  }

  /** Whether an actor has nothing to do. */
  isIdle(ref: ActorRef<never>): boolean {
    const { depth, isBusy, isRestarting } = cellOf(ref);
    return depth === 0 && !isBusy && !isRestarting;
  }

  infos(): readonly ActorInfo[] {
    return [...this.#cells.values()].map(infoOf);
  }

  /** Every live actor's cell, in order of spawning; for the observer's columns. */
  cells(): Iterable<Readonly<Cell<never>>> {
    return this.#cells.values();
  }

  detail(
    path: string,
  ): { info: ActorInfo; state: unknown; recentErrors: readonly string[] } | undefined {
    const cell = this.#cells.get(path);
    if (cell === undefined) return undefined;
    return { info: infoOf(cell), state: cell.describe?.(), recentErrors: cell.recentErrors ?? [] };
  }

  #judge<Msg>(
    cell: Cell<Msg>,
    crash: { message: Msg; error: unknown; supervise: ActorOptions<never, Msg>['supervise'] },
  ): Directive | undefined {
    cell.isBusy = false;
    // What an actor was still at when it was stopped is nobody's any more.
    if (cell.isStopped) return undefined;
    cell.failures += 1;
    cell.recentErrors = [...(cell.recentErrors ?? []), messageOf(crash.error)].slice(-ERRORS_KEPT);
    cell.budget ??= new RestartBudget(BUDGET, () => this.#options.clock.monotonic());
    const failures = cell.budget.spend();
    const directive = this.#decide(crash, { path: cell.path, failures });
    this.#emit({
      type: 'crashed',
      path: cell.path,
      error: messageOf(crash.error),
      directive: directive.type,
    });
    if (directive.type !== 'restart' || directive.isBudgeted === true) return directive;
    if (cell.parent === undefined) return directive;
    return this.#spendSubtree(cell.parent) ? directive : { type: 'escalate' };
  }

  #end(cell: Cell<never>, directive: Directive, error: unknown): void {
    if (directive.type === 'resume') return;
    this.stop(cell);
    if (directive.type === 'escalate') this.#options.onEscalation(cell.path, error);
  }

  /** A supervisor that throws must not hang its child: nact would leave it busy for ever. */
  #decide<Msg>(
    crash: { message: Msg; error: unknown; supervise: ActorOptions<never, Msg>['supervise'] },
    where: { path: string; failures: number },
  ): Directive {
    try {
      const failure = { ...where, message: crash.message, error: crash.error };
      return crash.supervise?.(failure) ?? { type: 'escalate' };
    } catch {
      return { type: 'escalate' };
    }
  }

  #spendSubtree(supervisor: Cell<never>): boolean {
    let budget = this.#subtrees.get(supervisor.path);
    if (budget === undefined) {
      budget = new RestartBudget(SUBTREE_BUDGET, () => this.#options.clock.monotonic());
      this.#subtrees.set(supervisor.path, budget);
    }
    return budget.spend() <= SUBTREE_BUDGET.limit;
  }

  async #restart<State, Msg>(
    cell: Cell<Msg>,
    directive: { readonly delayMs: number },
    options: ActorOptions<State, Msg>,
  ): Promise<State> {
    cell.isRestarting = true;
    for (const child of [...(cell.children ?? [])]) this.stop(child, 'parent restarts');
    if (directive.delayMs > 0) {
      await new Promise<void>((resolve) => {
        this.#options.clock.after(directive.delayMs, resolve);
      });
    }
    cell.isRestarting = false;
    cell.restarts += 1;
    this.#emit({ type: 'restarted', path: cell.path, restarts: cell.restarts });
    return options.initial();
  }

  #emit(event: ActorEvent): void {
    this.#options.onEvent?.(event);
  }
}

interface CrashContext {
  readonly resume: symbol;
}

/** nact takes a sender that its typings leave out; a shared one saves an allocation per message. */
type Dispatch = (to: Ref<never>, message: unknown, sender: Nobody) => void;

let systems = 0;

/** nact keeps its systems in one global map, so that each needs a name of its own. */
function systemNumber(): number {
  systems += 1;
  return systems;
}

function begin<Msg>(cell: Cell<Msg>, clock: Clock): void {
  cell.depth -= 1;
  cell.processed += 1;
  cell.isBusy = true;
  cell.lastMessageAt = clock.wall();
}

function newCell<Msg>(
  parent: Cell<never> | undefined,
  name: string,
  options: ActorOptions<never, Msg> | { kind: string; mailboxLimit?: number },
): Cell<Msg> {
  const cell: Cell<Msg> = {
    path: `${parent?.path ?? ''}/${name}`,
    name,
    kind: options.kind,
    parent,
    mailboxLimit: options.mailboxLimit ?? 1024,
    children: undefined,
    nact: undefined as never,
    depth: 0,
    processed: 0,
    failures: 0,
    restarts: 0,
    isBusy: false,
    isRestarting: false,
    isStopped: false,
    lastMessageAt: 0,
    recentErrors: undefined,
    budget: undefined,
    describe: undefined,
  };
  if (parent !== undefined) {
    parent.children ??= new Set();
    parent.children.add(cell);
  }
  return cell;
}
