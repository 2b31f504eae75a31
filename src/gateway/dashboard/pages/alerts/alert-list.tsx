import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Alert, AlertState } from '../../../../model/alert.ts';
import { routeHref } from '../../logic/route.ts';
import { AlertRow } from '../../ui/alert-row.tsx';
import { useApp } from '../../ui/context.ts';
import { Empty, Loading } from '../../ui/states.tsx';
import { useVirtual } from '../../ui/use-virtual.ts';

/** Height of a row, as in alerts.css. */
const ROW = 72;

export interface AlertListProps {
  readonly rows: readonly Alert[];
  readonly tab: AlertState;
  readonly selected: string | undefined;
  readonly loaded: boolean;
}

/** Any number of alerts; only those in view are in the document. */
export function AlertList({ rows, tab, selected, loaded }: AlertListProps): JSX.Element {
  const app = useApp();
  const { box, range, onScroll, reveal } = useVirtual(rows.length, ROW);
  const at = rows.findIndex((alert) => alert.id === selected);
  useEffect(() => {
    if (at >= 0) reveal(at);
  }, [at]);
  const [now, pending] = [app.now.value, app.alerts.pending.value];
  if (!loaded) return <Loading />;
  if (rows.length === 0) return <EmptyTab tab={tab} />;
  return (
    <div class="alert-list" ref={box} onScroll={onScroll} tabIndex={-1}>
      <ul style={{ height: `${range.height}px` }} aria-label={`${tab} alerts`}>
        {rows.slice(range.start, range.end).map((alert, index) => (
          <li
            key={alert.id}
            style={{ transform: `translateY(${(range.start + index) * ROW}px)` }}
            aria-setsize={rows.length}
            aria-posinset={range.start + index + 1}
          >
            <AlertRow
              alert={alert}
              now={now}
              selected={alert.id === selected}
              pending={pending.has(alert.id)}
              href={routeHref({ page: 'alerts', id: alert.id, params: { tab } })}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

const SENTENCES: Readonly<Record<AlertState, string>> = Object.freeze({
  open: 'Nothing needs you.',
  acknowledged: 'Nobody is working on an alert.',
  resolved: 'No alert was resolved lately.',
});

function EmptyTab({ tab }: { tab: AlertState }): JSX.Element {
  return (
    <Empty icon="check" sentence={SENTENCES[tab]} command="node watchkeeper alerts list">
      <a class="button" href="#/overview">
        To the overview
      </a>
    </Empty>
  );
}
