import type { JSX } from 'preact';
import { plural } from '../../logic/format.ts';
import type { SubjectSummary } from '../../../site-api.ts';
import type { Route } from '../../logic/route.ts';
import { listSubjects } from '../../logic/subject-list.ts';
import { useApp } from '../../ui/context.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { Empty, Failure, Loading } from '../../ui/states.tsx';
import { useResource } from '../../ui/use-resource.ts';
import { WatchCards, WatchList } from './watch-cards.tsx';

/** More watches than this are a list. */
const CARDS_UP_TO = 200;

/** Every watch: is it there, is its wearer well, does its battery last. */
export function WatchesPage({ route }: { route: Route }): JSX.Element {
  const app = useApp();
  const load = (): Promise<readonly SubjectSummary[]> => app.api().subjects('device');
  const { data, error, reload } = useResource(load, { key: 'device', everyMs: 3000 });
  const query = route.params['q'] ?? '';
  return (
    <div class="page">
      <PageHead title="Watches" {...(data === undefined ? {} : { note: summary(data) })}>
        <SearchBox
          label="Search watches"
          placeholder="Search watches"
          value={query}
          testid="watch-filter"
          onInput={(q) => {
            app.setParams({ q });
          }}
        />
      </PageHead>
      {error === undefined ? null : <Failure text={error} retry={reload} />}
      {data === undefined && error === undefined ? <Loading /> : null}
      {data === undefined ? null : <Watches all={data} query={query} />}
    </div>
  );
}

function Watches({ all, query }: { all: readonly SubjectSummary[]; query: string }): JSX.Element {
  const now = useApp().now.value;
  const watches = listSubjects(all, query);
  if (all.length === 0) {
    return (
      <Empty
        icon="watches"
        sentence="No watch has connected yet. Start simulated ones."
        command="node watchkeeper sim --devices 5"
      />
    );
  }
  if (watches.length === 0) {
    return (
      <Empty icon="search" sentence={`None of ${plural(all.length, 'watch', 'watches')} match.`} />
    );
  }
  const Shape = watches.length > CARDS_UP_TO ? WatchList : WatchCards;
  return <Shape watches={watches} now={now} />;
}

function summary(watches: readonly { readonly online: boolean }[]): string {
  const online = watches.filter((watch) => watch.online).length;
  return `${plural(watches.length, 'watch', 'watches')}, ${online} online`;
}
