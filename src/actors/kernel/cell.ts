import type { Ref } from 'nact';
import type { ActorInfo } from '../../model/actor-event.ts';
import type { ActorRef } from './ref.ts';
import type { RestartBudget } from './restart-budget.ts';

/** What the kernel knows of one actor. It is the actor's reference, seen from inside. */
export interface Cell<Msg> extends ActorRef<Msg> {
  readonly name: string;
  readonly kind: string;
  readonly parent: Cell<never> | undefined;
  readonly mailboxLimit: number;
  /** Undefined until the first child: most actors have none. */
  children: Set<Cell<never>> | undefined;
  nact: Ref<Msg>;
  depth: number;
  processed: number;
  failures: number;
  restarts: number;
  isBusy: boolean;
  isRestarting: boolean;
  isStopped: boolean;
  lastMessageAt: number;
  recentErrors: string[] | undefined;
  budget: RestartBudget | undefined;
  /** State for people, on demand. */
  describe: (() => unknown) | undefined;
}

export function cellOf<Msg>(ref: ActorRef<Msg>): Cell<Msg> {
  return ref as Cell<Msg>;
}

export function infoOf(cell: Cell<never>): ActorInfo {
  return {
    path: cell.path,
    name: cell.name,
    kind: cell.kind,
    parent: cell.parent?.path,
    mailbox: cell.depth,
    processed: cell.processed,
    failures: cell.failures,
    restarts: cell.restarts,
    state: cell.isStopped
      ? 'quarantined'
      : cell.isRestarting
        ? 'restarting'
        : cell.isBusy
          ? 'busy'
          : 'idle',
    lastMessageAt: cell.lastMessageAt,
  };
}
