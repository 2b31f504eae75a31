import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { isTreeView, type ActorSort, type ActorView } from '../../logic/actor-rows.ts';
import { numbersAt, rollUp } from '../../logic/actor-tree.ts';
import type { ActorSnapshot } from '../../state/actors-model.ts';
import { useVirtual, type Virtual } from '../../ui/use-virtual.ts';
import { ActorRow } from './actor-row.tsx';
import { treeKey, type TreeMove } from './tree-keys.ts';

export interface ActorGridProps {
  readonly snapshot: ActorSnapshot;
  readonly rows: readonly number[];
  readonly view: ActorView;
  readonly selected: string | undefined;
  readonly onSelect: (path: string) => void;
  readonly onToggle: (path: string) => void;
  readonly onSort: (sort: ActorSort) => void;
}

/** Heights as in actors.css. */
const ROW = 32;
const HEAD = 34;

/** A tree-grid after WAI-ARIA: one stop of the Tab key, arrows move inside. */
export function ActorGrid(props: ActorGridProps): JSX.Element {
  const { rows, view, onSort } = props;
  const [active, setActive] = useState(0);
  const virtual = useVirtual(rows.length, ROW, HEAD);
  const at = Math.min(active, rows.length - 1);
  const move = (index: number): void => {
    setActive(index);
    virtual.reveal(index);
  };
  return (
    <div
      class="actor-grid"
      ref={virtual.box}
      onScroll={virtual.onScroll}
      onKeyDown={(event) => {
        pressed(event, { ...props, active: at, move });
      }}
      role="treegrid"
      aria-label="Actors"
      aria-rowcount={rows.length + 1}
      aria-colcount={6}
      aria-activedescendant={isRendered(virtual, at) ? `actor-${at}` : undefined}
      tabIndex={0}
      data-testid="actor-grid"
    >
      <Head view={view} onSort={onSort} />
      <div role="rowgroup" class="actor-rows" style={{ height: `${virtual.range.height}px` }}>
        <Rows {...props} virtual={virtual} active={at} onActive={setActive} />
      </div>
    </div>
  );
}

interface RowsProps extends ActorGridProps {
  readonly virtual: Virtual;
  readonly active: number;
  readonly onActive: (index: number) => void;
}

function Rows(props: RowsProps): JSX.Element {
  const { snapshot, rows, view, virtual, selected, active } = props;
  const { tree, columns } = snapshot;
  const isTree = isTreeView(view);
  return (
    <>
      {rows.slice(virtual.range.start, virtual.range.end).map((position, offset) => {
        const index = virtual.range.start + offset;
        const column = tree.column[position] ?? 0;
        const actor = tree.actors[column];
        if (actor === undefined) return null;
        const hasChildren = isTree && (tree.size[position] ?? 1) > 1;
        const collapsed = hasChildren && view.collapsed.has(actor.path);
        const numbers = collapsed ? rollUp(tree, columns, position) : numbersAt(columns, column);
        return (
          <ActorRow
            key={actor.path}
            index={index}
            top={index * ROW}
            path={actor.path}
            name={isTree ? actor.name : actor.path}
            kind={actor.kind}
            level={isTree ? (tree.depth[position] ?? 0) : 0}
            expanded={hasChildren ? !collapsed : undefined}
            hidden={collapsed ? (tree.size[position] ?? 1) - 1 : 0}
            active={index === active}
            selected={actor.path === selected}
            {...numbers}
            onToggle={props.onToggle}
            onSelect={(path) => {
              props.onActive(index);
              props.onSelect(path);
            }}
          />
        );
      })}
    </>
  );
}

const COLUMNS: readonly (readonly [ActorSort, string])[] = [
  ['name', 'Name'],
  ['kind', 'Kind'],
  ['mailbox', 'Mailbox'],
  ['rate', 'Msg/s'],
  ['restarts', 'Restarts'],
  ['state', 'State'],
];

function Head({
  view,
  onSort,
}: {
  view: ActorView;
  onSort: (sort: ActorSort) => void;
}): JSX.Element {
  const order = view.descending ? 'descending' : 'ascending';
  return (
    <div role="rowgroup" class="actor-head">
      <div role="row" class="actor-line" aria-rowindex={1}>
        {COLUMNS.map(([sort, title]) => (
          <span
            key={sort}
            role="columnheader"
            class={`col-${sort}`}
            aria-sort={view.sort === sort ? order : 'none'}
          >
            <button
              type="button"
              tabIndex={-1}
              onClick={() => {
                onSort(sort);
              }}
              data-testid={`sort-${sort}`}
            >
              {title}
              {view.sort === sort ? (
                <span aria-hidden="true">{view.descending ? ' ↓' : ' ↑'}</span>
              ) : null}
            </button>
          </span>
        ))}
      </div>
    </div>
  );
}

interface Press extends ActorGridProps {
  readonly active: number;
  readonly move: (index: number) => void;
}

function pressed(event: KeyboardEvent, input: Press): void {
  const found = treeKey(event.key, input);
  if (found === undefined) return;
  event.preventDefault();
  apply(found, input);
}

function apply(found: TreeMove, input: Press): void {
  if (found.type === 'move') input.move(found.index);
  else if (found.type === 'toggle') input.onToggle(found.path);
  else input.onSelect(found.path);
}

function isRendered({ range }: Virtual, index: number): boolean {
  return index >= range.start && index < range.end;
}
