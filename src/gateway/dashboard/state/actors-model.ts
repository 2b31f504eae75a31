import { signal, type ReadonlySignal } from '@preact/signals';
import type { ActorEvent } from '../../../model/actor-event.ts';
import type { FeedMessage } from '../../../model/feed.ts';
import {
  buildActorTree,
  columnsOf,
  type ActorColumns,
  type ActorTree,
} from '../logic/actor-tree.ts';

/** One state of the tree: the columns always belong to this topology. */
export interface ActorSnapshot {
  readonly tree: ActorTree;
  readonly columns: ActorColumns;
  readonly at: number;
}

export interface TimedEvent {
  readonly event: ActorEvent;
  readonly at: number;
  /** Grows by one with every event of this tab. */
  readonly id: number;
}

export interface ActorsModel {
  readonly snapshot: ReadonlySignal<ActorSnapshot | undefined>;
  /** Newest first; at most 100. */
  readonly events: ReadonlySignal<readonly TimedEvent[]>;
  /** Mailbox depths of one actor since it was first asked for, oldest first; at most 120. */
  history(path: string): readonly number[];
  receive(message: Extract<FeedMessage, { type: 'topo' | 'frame' | 'event' }>): void;
}

const EVENTS_KEPT = 100;
const HISTORY_KEPT = 120;

export function createActorsModel(): ActorsModel {
  const snapshot = signal<ActorSnapshot | undefined>(undefined);
  const events = signal<readonly TimedEvent[]>([]);
  let followed = { path: '', depths: [] as number[] };
  let count = 0;
  const follow = ({ tree, columns }: ActorSnapshot): void => {
    const position = tree.positionOf.get(followed.path);
    if (position === undefined) return;
    followed.depths.push(columns.mailbox[tree.column[position] ?? 0] ?? 0);
    if (followed.depths.length > HISTORY_KEPT) followed.depths.shift();
  };
  return {
    snapshot,
    events,
    history(path) {
      if (followed.path !== path) followed = { path, depths: [] };
      return followed.depths;
    },
    receive(message) {
      if (message.type === 'event') {
        count += 1;
        const timed = { event: message.event, at: message.at, id: count };
        events.value = [timed, ...events.value].slice(0, EVENTS_KEPT);
        return;
      }
      const next = nextSnapshot(snapshot.value, message);
      if (next === undefined) return;
      snapshot.value = next;
      follow(next);
    },
  };
}

/** A frame of another topology says nothing about this one and is left out. */
function nextSnapshot(
  current: ActorSnapshot | undefined,
  message: Extract<FeedMessage, { type: 'topo' | 'frame' }>,
): ActorSnapshot | undefined {
  if (message.type === 'topo') {
    const tree = buildActorTree(message.version, message.actors);
    return { tree, columns: columnsOf(message.actors), at: current?.at ?? 0 };
  }
  if (current?.tree.version !== message.version) return undefined;
  return { tree: current.tree, columns: message, at: message.at };
}
