import type { JSX } from 'preact';
import type { Performance } from '../../../../model/performance.ts';
import { plural } from '../../logic/format.ts';
import { modelRows, type ModelEntry } from '../../logic/model-rows.ts';
import { isUnlabelled, performanceNote } from '../../logic/performance-rows.ts';
import { useApp } from '../../ui/context.ts';
import { Command } from '../../ui/copyable.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failure, Loading } from '../../ui/states.tsx';
import { useResource } from '../../ui/use-resource.ts';
import { ModelTable } from './model-table.tsx';
import { PerformanceTable } from './performance-table.tsx';

const RELOAD_MS = 10_000;

/** Which models there are, and how well they and all other detectors do. */
export function ModelsPage(): JSX.Element {
  const app = useApp();
  const models = useResource(() => app.api().models(), { key: 'models', everyMs: RELOAD_MS });
  const performance = useResource(() => app.api().performance(), {
    key: 'performance',
    everyMs: RELOAD_MS,
  });
  return (
    <div class="page">
      <PageHead
        title="Models"
        {...(models.data === undefined ? {} : { note: plural(models.data.length, 'model') })}
      />
      <Panel title="Trained models">
        {models.error === undefined ? null : <Failure text={models.error} retry={models.reload} />}
        {models.data === undefined && models.error === undefined ? <Loading rows={2} /> : null}
        {models.data === undefined ? null : (
          <Models entries={models.data} performance={performance.data} />
        )}
      </Panel>
      <Panel title="How well detectors do">
        {performance.error === undefined ? null : (
          <Failure text={performance.error} retry={performance.reload} />
        )}
        {performance.data === undefined && performance.error === undefined ? <Loading /> : null}
        {performance.data === undefined ? null : <Detectors performance={performance.data} />}
      </Panel>
    </div>
  );
}

function Models({
  entries,
  performance,
}: {
  entries: readonly ModelEntry[];
  performance: Performance | undefined;
}): JSX.Element {
  if (entries.length > 0) return <ModelTable rows={modelRows(entries, performance?.models)} />;
  return (
    <Empty
      icon="models"
      sentence="No model is trained yet. The rules already watch."
      command="./watchkeeper models train vitals week.csv --kind isolation_forest"
    />
  );
}

function Detectors({ performance }: { performance: Performance }): JSX.Element {
  return (
    <>
      <p class="panel-note" data-testid="performance-note">
        {performanceNote(performance)} Precision is useful ÷ (useful + false) with its 95 %
        interval; recall is the share of useful incidents in which the detector fired. A shift is 8
        hours.
      </p>
      {isUnlabelled(performance) ? (
        <div class="panel-hint" data-testid="label-hint">
          <p>No alert has a label yet. Say what one was worth:</p>
          <Command text="./watchkeeper alerts label <id> useful" />
        </div>
      ) : null}
      <PerformanceTable rows={performance.detectors} />
    </>
  );
}
