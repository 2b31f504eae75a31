import { isTreeView, type ActorView } from '../../logic/actor-rows.ts';
import type { ActorTree } from '../../logic/actor-tree.ts';

export type TreeMove =
  | { readonly type: 'move'; readonly index: number }
  | { readonly type: 'toggle'; readonly path: string }
  | { readonly type: 'select'; readonly path: string };

export interface TreeKeyInput {
  readonly snapshot: { readonly tree: ActorTree };
  readonly rows: readonly number[];
  readonly view: ActorView;
  /** Index in `rows` of the row that has the focus. */
  readonly active: number;
}

const PAGE = 12;

/** What a key does in the tree-grid (WAI-ARIA Authoring Practices, "Treegrid"); undefined when nothing. */
export function treeKey(key: string, input: TreeKeyInput): TreeMove | undefined {
  const { rows, active } = input;
  const last = rows.length - 1;
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: Math.min(last, active + 1),
    ArrowUp: Math.max(0, active - 1),
    Home: 0,
    End: last,
    PageDown: Math.min(last, active + PAGE),
    PageUp: Math.max(0, active - PAGE),
  };
  const index = targets[key];
  if (index !== undefined) return { type: 'move', index };
  const path = pathAt(input, active);
  if (path === undefined) return undefined;
  if (key === 'Enter' || key === ' ') return { type: 'select', path };
  return sideways(key, path, input);
}

function sideways(key: string, path: string, input: TreeKeyInput): TreeMove | undefined {
  const { snapshot, rows, view, active } = input;
  if (!isTreeView(view) || (key !== 'ArrowLeft' && key !== 'ArrowRight')) return undefined;
  const hasChildren = (snapshot.tree.size[rows[active] ?? 0] ?? 1) > 1;
  const open = hasChildren && !view.collapsed.has(path);
  if (key === 'ArrowRight') {
    if (!hasChildren) return undefined;
    return open ? { type: 'move', index: active + 1 } : { type: 'toggle', path };
  }
  return open ? { type: 'toggle', path } : toParent(input);
}

function toParent({ snapshot, rows, active }: TreeKeyInput): TreeMove | undefined {
  const depth = snapshot.tree.depth[rows[active] ?? 0] ?? 0;
  for (let index = active - 1; index >= 0; index -= 1) {
    if ((snapshot.tree.depth[rows[index] ?? 0] ?? 0) < depth) return { type: 'move', index };
  }
  return undefined;
}

function pathAt({ snapshot, rows }: TreeKeyInput, index: number): string | undefined {
  const position = rows[index];
  return position === undefined
    ? undefined
    : snapshot.tree.actors[snapshot.tree.column[position] ?? 0]?.path;
}
