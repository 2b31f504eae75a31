import type { JSX } from 'preact';
import type { StreamGraph } from '../../../../model/stream-graph.ts';
import { plural } from '../../logic/format.ts';
import { useApp } from '../../ui/context.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Failure, Loading } from '../../ui/states.tsx';
import { useResource } from '../../ui/use-resource.ts';
import { StreamDrawing } from './stream-drawing.tsx';
import { StreamTable } from './stream-table.tsx';

/** The counts move while somebody looks. */
const RELOAD_MS = 2_000;

/** How a record becomes an alert, on this site, with these detectors. */
export function StreamsPage(): JSX.Element {
  const app = useApp();
  const { data, error, reload } = useResource(() => app.api().streams(), {
    key: 'streams',
    everyMs: RELOAD_MS,
  });
  return (
    <div class="page">
      <PageHead title="Streams" {...(data === undefined ? {} : { note: summary(data) })} />
      {error === undefined ? null : <Failure text={error} retry={reload} />}
      {data === undefined && error === undefined ? <Loading /> : null}
      {data === undefined ? null : (
        <>
          <Panel title="From a frame to an alert">
            <StreamDrawing graph={data} />
          </Panel>
          <Panel title="The same as a table">
            <StreamTable graph={data} />
          </Panel>
        </>
      )}
    </div>
  );
}

function summary({ nodes }: StreamGraph): string {
  const detectors = new Set(nodes.flatMap(({ detector }) => detector ?? [])).size;
  const channels = nodes.filter(({ kind }) => kind === 'channel').length;
  return `${plural(detectors, 'detector')}, ${plural(channels, 'channel')}`;
}
