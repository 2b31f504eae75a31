import type { JSX } from 'preact';
import { useApp } from '../ui/context.ts';
import { Panel } from '../ui/panel.tsx';
import { RecordsTable } from '../ui/records-table.tsx';
import { Failure, Loading } from '../ui/states.tsx';
import { useResource } from '../ui/use-resource.ts';

export interface SubjectRecordsProps {
  readonly subject: string;
  readonly title: string;
  /** Least level. */
  readonly level?: string;
}

const DAY_MS = 86_400_000;
const SHOWN = 50;

/** The newest stored records of one subject, of the last day. */
export function SubjectRecords({ subject, title, level }: SubjectRecordsProps): JSX.Element {
  const app = useApp();
  const load = (): ReturnType<ReturnType<typeof app.api>['records']> => {
    const now = Math.round(app.now.peek());
    const range = { from: now - DAY_MS, to: now + DAY_MS / 24, limit: SHOWN };
    return app.api().records({ subject, ...range, ...(level === undefined ? {} : { level }) });
  };
  const { data, error, reload } = useResource(load, { key: subject, everyMs: 5000 });
  return (
    <Panel title={title} testid="records">
      {error === undefined ? null : <Failure text={error} retry={reload} />}
      {data === undefined && error === undefined ? <Loading rows={3} /> : null}
      {data?.length === 0 ? <p class="muted panel-text">None in the last day.</p> : null}
      {data === undefined || data.length === 0 ? null : (
        <RecordsTable records={data} label={title} />
      )}
    </Panel>
  );
}
