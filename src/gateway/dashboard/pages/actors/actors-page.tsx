import { useMemo, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import {
  defaultCollapsed,
  visibleRows,
  type ActorSort,
  type ActorView,
} from '../../logic/actor-rows.ts';
import { rollUp } from '../../logic/actor-tree.ts';
import { formatCount, formatRate, plural } from '../../logic/format.ts';
import type { Route } from '../../logic/route.ts';
import type { ActorSnapshot } from '../../state/actors-model.ts';
import { useApp } from '../../ui/context.ts';
import { SearchBox } from '../../ui/search-box.tsx';
import { Empty, Loading } from '../../ui/states.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { ActorDrawer } from './actor-drawer.tsx';
import { ActorGrid } from './actor-grid.tsx';
import { HeatMap } from './heat-map.tsx';

/** The supervision tree, live. */
export function ActorsPage({ route }: { route: Route }): JSX.Element {
  const snapshot = useApp().actors.snapshot.value;
  if (snapshot === undefined)
    return (
      <div class="page">
        <PageHead title="Actors" />
        <Loading />
      </div>
    );
  return <Actors route={route} snapshot={snapshot} />;
}

function Actors({ route, snapshot }: { route: Route; snapshot: ActorSnapshot }): JSX.Element {
  const app = useApp();
  const control = useView(route, snapshot);
  const selected = route.params['sel'];
  const select = (path: string): void => {
    app.setParams({ sel: path });
  };
  return (
    <div class={`page actors${selected === undefined ? '' : ' has-drawer'}`}>
      <div class="actors-main">
        <Head snapshot={snapshot} filter={control.view.filter} />
        <HeatMap
          snapshot={snapshot}
          selected={selected}
          onSelect={select}
          theme={app.theme.colours.value}
        />
        <Rows snapshot={snapshot} control={control} selected={selected} onSelect={select} />
      </div>
      {selected === undefined ? null : (
        <ActorDrawer
          key={selected}
          path={selected}
          snapshot={snapshot}
          onClose={() => {
            app.setParams({ sel: '' });
          }}
        />
      )}
    </div>
  );
}

function Head({ snapshot, filter }: { snapshot: ActorSnapshot; filter: string }): JSX.Element {
  const app = useApp();
  return (
    <PageHead title="Actors" note={summary(snapshot)}>
      <SearchBox
        label="Filter actors"
        placeholder="kind:detector state:busy mb>50"
        value={filter}
        testid="actor-filter"
        onInput={(q) => {
          app.setParams({ q });
        }}
      />
    </PageHead>
  );
}

interface RowsProps {
  readonly snapshot: ActorSnapshot;
  readonly control: ViewControl;
  readonly selected: string | undefined;
  readonly onSelect: (path: string) => void;
}

function Rows({ snapshot, control, selected, onSelect }: RowsProps): JSX.Element {
  const app = useApp();
  const { view, toggle } = control;
  const rows = useRows(snapshot, view);
  if (rows.length === 0) {
    const clear = (): void => {
      app.setParams({ q: '' });
    };
    return <NoMatch total={snapshot.tree.column.length} clear={clear} />;
  }
  return (
    <ActorGrid
      snapshot={snapshot}
      rows={rows}
      view={view}
      selected={selected}
      onSelect={onSelect}
      onToggle={toggle}
      onSort={(sort) => {
        app.setParams(nextSort(view, sort));
      }}
    />
  );
}

interface ViewControl {
  readonly view: ActorView;
  readonly toggle: (path: string) => void;
}

const SORTS: readonly ActorSort[] = [
  'tree',
  'name',
  'kind',
  'mailbox',
  'rate',
  'restarts',
  'state',
];

function useView(route: Route, snapshot: ActorSnapshot): ViewControl {
  const [touched, setTouched] = useState<ReadonlySet<string> | undefined>(undefined);
  const initial = useMemo(() => defaultCollapsed(snapshot.tree), [snapshot.tree]);
  const collapsed = touched ?? initial;
  const view: ActorView = {
    filter: route.params['q'] ?? '',
    sort: SORTS.find((sort) => sort === route.params['sort']) ?? 'tree',
    descending: route.params['dir'] === 'desc',
    collapsed,
  };
  const toggle = (path: string): void => {
    const next = new Set(collapsed);
    if (!next.delete(path)) next.add(path);
    setTouched(next);
  };
  return { view, toggle };
}

/** Rows, ordered again at most once a second although numbers change ten times: rows must not jump. */
function useRows(snapshot: ActorSnapshot, view: ActorView): readonly number[] {
  const { filter, sort, descending, collapsed } = view;
  const second = filter.trim() === '' && sort === 'tree' ? 0 : Math.floor(snapshot.at / 1000);
  return useMemo(
    () => visibleRows(snapshot.tree, snapshot.columns, view),
    [snapshot.tree, filter, sort, descending, collapsed, second],
  );
}

/** First press sorts (numbers: most first), second turns round, third brings the tree back. */
function nextSort(view: ActorView, sort: ActorSort): Readonly<Record<string, string>> {
  const words = sort === 'name' || sort === 'kind';
  if (view.sort !== sort) return { sort, dir: words ? '' : 'desc' };
  const second = words ? !view.descending : view.descending;
  return second ? { sort, dir: words ? 'desc' : '' } : { sort: '', dir: '' };
}

function summary({ tree, columns }: ActorSnapshot): string {
  let [rate, mailbox, restarts] = [0, 0, 0];
  for (let position = 0; position < tree.column.length; position += tree.size[position] ?? 1) {
    const numbers = rollUp(tree, columns, position);
    rate += numbers.rate;
    mailbox += numbers.mailbox;
    restarts += numbers.restarts;
  }
  return `${plural(tree.column.length, 'actor')} · ${formatRate(rate)} messages/s · ${formatCount(mailbox)} waiting · ${plural(restarts, 'restart')}`;
}

function NoMatch({ total, clear }: { total: number; clear: () => void }): JSX.Element {
  return (
    <Empty
      icon="search"
      sentence={`None of ${plural(total, 'actor')} match.`}
      command="node watchkeeper actors tree"
    >
      <button type="button" class="button" onClick={clear}>
        Show all
      </button>
    </Empty>
  );
}
