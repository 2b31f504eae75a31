import { numbersAt, type ActorColumns, type ActorTree } from './actor-tree.ts';
import { parseActorFilter } from './actor-filter.ts';

export type ActorSort = 'tree' | 'name' | 'kind' | 'mailbox' | 'rate' | 'restarts' | 'state';

export interface ActorView {
  readonly filter: string;
  readonly sort: ActorSort;
  readonly descending: boolean;
  /** Paths whose subtree is hidden. */
  readonly collapsed: ReadonlySet<string>;
}

/** More actors than this start with everything below the third level hidden. */
const OPEN_UP_TO = 200;

/** Positions of the rows to show. A filter or a sort flattens the tree; otherwise it is in preorder. */
export function visibleRows(
  tree: ActorTree,
  columns: ActorColumns,
  view: ActorView,
): readonly number[] {
  if (view.filter.trim() === '' && view.sort === 'tree') return openRows(tree, view.collapsed);
  const rows = matchingRows(tree, columns, view.filter);
  return view.sort === 'tree' ? rows : sortRows(rows, { tree, columns, view });
}

/** What is collapsed before anybody touched it. */
export function defaultCollapsed(tree: ActorTree): ReadonlySet<string> {
  if (tree.actors.length <= OPEN_UP_TO) return new Set();
  const paths = [...tree.positionOf].filter(
    ([, position]) => tree.depth[position] === 2 && (tree.size[position] ?? 1) > 1,
  );
  return new Set(paths.map(([path]) => path));
}

/** Whether rows are shown as a tree, with levels and arrows. */
export function isTreeView(view: ActorView): boolean {
  return view.sort === 'tree' && view.filter.trim() === '';
}

function openRows(tree: ActorTree, collapsed: ReadonlySet<string>): readonly number[] {
  const rows: number[] = [];
  for (let position = 0; position < tree.column.length;) {
    rows.push(position);
    const path = tree.actors[tree.column[position] ?? 0]?.path ?? '';
    position += collapsed.has(path) ? (tree.size[position] ?? 1) : 1;
  }
  return rows;
}

function matchingRows(tree: ActorTree, columns: ActorColumns, filter: string): number[] {
  const matches = parseActorFilter(filter);
  const rows: number[] = [];
  for (let position = 0; position < tree.column.length; position += 1) {
    const column = tree.column[position] ?? 0;
    const actor = tree.actors[column];
    if (actor === undefined) continue;
    if (matches === undefined || matches(actor, numbersAt(columns, column))) rows.push(position);
  }
  return rows;
}

interface SortInput {
  readonly tree: ActorTree;
  readonly columns: ActorColumns;
  readonly view: ActorView;
}

function sortRows(rows: number[], { tree, columns, view }: SortInput): readonly number[] {
  const sign = view.descending ? -1 : 1;
  const key = sortKey({ tree, columns, view });
  const keys = new Map(rows.map((row) => [row, key(row)]));
  return rows.sort((left, right) => {
    const [a, b] = [keys.get(left) ?? 0, keys.get(right) ?? 0];
    return a === b ? left - right : (a < b ? -1 : 1) * sign;
  });
}

function sortKey({ tree, columns, view }: SortInput): (row: number) => string | number {
  const column = (row: number): number => tree.column[row] ?? 0;
  switch (view.sort) {
    case 'name':
      return (row) => tree.actors[column(row)]?.name ?? '';
    case 'kind':
      return (row) => tree.actors[column(row)]?.kind ?? '';
    case 'mailbox':
    case 'rate':
    case 'restarts':
    case 'state': {
      const values = columns[view.sort];
      return (row) => values[column(row)] ?? 0;
    }
    case 'tree':
      return (row) => row;
  }
}
