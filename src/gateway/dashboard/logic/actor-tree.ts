import { ACTOR_STATES } from '../../../model/feed.ts';
import type { ActorInfo } from '../../../model/actor-event.ts';

/**
 * The supervision tree in preorder, as arrays: row `p` is an actor, the rows
 * `p + 1` to `p + size[p] - 1` are everything below it.
 */
export interface ActorTree {
  readonly version: number;
  /** In the order of the topology: the order of the columns of a frame. */
  readonly actors: readonly ActorInfo[];
  /** Preorder position → column. */
  readonly column: Uint32Array;
  readonly depth: Uint16Array;
  /** Rows of the subtree, itself included. */
  readonly size: Uint32Array;
  readonly positionOf: ReadonlyMap<string, number>;
}

/** Live numbers of all actors, by column. */
export interface ActorColumns {
  readonly mailbox: Uint32Array;
  readonly rate: Float32Array;
  readonly restarts: Uint32Array;
  readonly state: Uint8Array;
}

/** Numbers of one row: of one actor, or of all it hides when it is collapsed. */
export interface RowNumbers {
  readonly mailbox: number;
  readonly rate: number;
  readonly restarts: number;
  readonly state: ActorInfo['state'];
}

/** Which state a collapsed row shows: the one that needs a person most. */
const WORST_FIRST: readonly ActorInfo['state'][] = [
  'quarantined',
  'restarting',
  'busy',
  'idle',
  'passive',
];

const RANK = Uint8Array.from(ACTOR_STATES, (state) => WORST_FIRST.indexOf(state));
const NAMES = new Intl.Collator('en', { numeric: true });

/** Orders a topology for display. An actor whose parent is unknown is a root; a path counts once. */
export function buildActorTree(version: number, actors: readonly ActorInfo[]): ActorTree {
  const children = childrenByParent(actors);
  const column: number[] = [];
  const depths: number[] = [];
  const sizes: number[] = [];
  const positionOf = new Map<string, number>();
  const visit = (actor: number, depth: number): void => {
    const path = actors[actor]?.path ?? '';
    if (positionOf.has(path)) return;
    const position = column.push(actor) - 1;
    positionOf.set(path, position);
    depths[position] = depth;
    for (const child of children.get(path) ?? []) visit(child, depth + 1);
    sizes[position] = column.length - position;
  };
  for (const root of children.get(undefined) ?? []) visit(root, 0);
  return {
    version,
    actors,
    column: Uint32Array.from(column),
    depth: Uint16Array.from(depths),
    size: Uint32Array.from(sizes),
    positionOf,
  };
}

/** Columns as the topology states them, until the first frame comes. */
export function columnsOf(actors: readonly ActorInfo[]): ActorColumns {
  return {
    mailbox: Uint32Array.from(actors, (actor) => actor.mailbox),
    rate: new Float32Array(actors.length),
    restarts: Uint32Array.from(actors, (actor) => actor.restarts),
    state: Uint8Array.from(actors, (actor) => ACTOR_STATES.indexOf(actor.state)),
  };
}

/** Numbers of one actor. */
export function numbersAt(columns: ActorColumns, column: number): RowNumbers {
  return {
    mailbox: columns.mailbox[column] ?? 0,
    rate: columns.rate[column] ?? 0,
    restarts: columns.restarts[column] ?? 0,
    state: ACTOR_STATES[columns.state[column] ?? 0] ?? 'idle',
  };
}

/** Sums over a subtree; its state is the worst in it. */
export function rollUp(tree: ActorTree, columns: ActorColumns, position: number): RowNumbers {
  let [mailbox, rate, restarts, worst] = [0, 0, 0, WORST_FIRST.length];
  const end = position + (tree.size[position] ?? 1);
  for (let row = position; row < end; row += 1) {
    const column = tree.column[row] ?? 0;
    mailbox += columns.mailbox[column] ?? 0;
    rate += columns.rate[column] ?? 0;
    restarts += columns.restarts[column] ?? 0;
    worst = Math.min(worst, RANK[columns.state[column] ?? 0] ?? worst);
  }
  return { mailbox, rate, restarts, state: WORST_FIRST[worst] ?? 'passive' };
}

function childrenByParent(actors: readonly ActorInfo[]): Map<string | undefined, number[]> {
  const known = new Set(actors.map((actor) => actor.path));
  const children = new Map<string | undefined, number[]>();
  actors.forEach((actor, column) => {
    const parent =
      actor.parent !== undefined && actor.parent !== actor.path && known.has(actor.parent)
        ? actor.parent
        : undefined;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [column]);
    else siblings.push(column);
  });
  const name = (column: number): string => actors[column]?.name ?? '';
  for (const siblings of children.values()) {
    siblings.sort((left, right) => NAMES.compare(name(left), name(right)));
  }
  return children;
}
