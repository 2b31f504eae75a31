import { useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Alert, AlertState } from '../../../../model/alert.ts';
import { ALERT_TABS, inboxOf } from '../../logic/alert-list.ts';
import { formatCount } from '../../logic/format.ts';
import { routeHref, type Route } from '../../logic/route.ts';
import { useApp } from '../../ui/context.ts';
import { useKeys } from '../../ui/use-keys.ts';
import { useResource } from '../../ui/use-resource.ts';
import { AlertDetail } from './alert-detail.tsx';
import { AlertList } from './alert-list.tsx';
import { useAct } from './use-act.ts';

/** The inbox: what happened on the left, what to do about it on the right. */
export function AlertsPage({ route }: { route: Route }): JSX.Element {
  const app = useApp();
  const alerts = app.alerts.shown.value;
  const selected = route.id === undefined ? undefined : alerts.get(route.id);
  const tab = tabOf(route, selected);
  const rows = withSelected(inboxOf(alerts.values(), tab), selected, tab);
  useKeptTab(route, selected);
  useInboxKeys(rows, selected, tab);
  return (
    <div class={`page inbox${route.id === undefined ? '' : ' has-selection'}`}>
      <div class="inbox-list">
        <header class="page-head">
          {route.id === undefined ? <h1>Alerts</h1> : <h2 class="title">Alerts</h2>}
        </header>
        <Tabs tab={tab} alerts={alerts} />
        <AlertList rows={rows} tab={tab} selected={route.id} loaded={app.alerts.loaded.value} />
      </div>
      {route.id === undefined ? (
        <Hint empty={rows.length === 0} />
      ) : (
        <Selected key={route.id} id={route.id} alert={selected} tab={tab} />
      )}
    </div>
  );
}

function tabOf(route: Route, selected: Alert | undefined): AlertState {
  return ALERT_TABS.find((tab) => tab === route.params['tab']) ?? selected?.state ?? 'open';
}

/** The chosen alert stays in the list it was chosen from, though its state changed meanwhile. */
function withSelected(
  rows: readonly Alert[],
  selected: Alert | undefined,
  tab: AlertState,
): readonly Alert[] {
  if (selected === undefined || selected.state === tab) return rows;
  const all = inboxOf([...rows, { ...selected, state: tab }], tab);
  return all.map((alert) => (alert.id === selected.id ? selected : alert));
}

/** A link to an alert without a tab opens the tab of its state, and stays there. */
function useKeptTab(route: Route, selected: Alert | undefined): void {
  const app = useApp();
  const missing = selected !== undefined && route.params['tab'] === undefined;
  const state = selected?.state;
  useEffect(() => {
    if (missing && state !== undefined) app.setParams({ tab: state });
  }, [missing, state]);
}

function Tabs({
  tab,
  alerts,
}: {
  tab: AlertState;
  alerts: ReadonlyMap<string, Alert>;
}): JSX.Element {
  const count = (state: AlertState): number =>
    [...alerts.values()].filter((alert) => alert.state === state).length;
  return (
    <nav class="tabs" aria-label="Alerts by state">
      {ALERT_TABS.map((state) => (
        <a
          key={state}
          href={routeHref({ page: 'alerts', params: { tab: state } })}
          aria-current={state === tab ? 'page' : undefined}
          data-testid={`tab-${state}`}
        >
          {state.charAt(0).toUpperCase() + state.slice(1)}
          <span class="tab-count">{formatCount(count(state))}</span>
        </a>
      ))}
    </nav>
  );
}

function Hint({ empty }: { empty: boolean }): JSX.Element {
  return (
    <div class="inbox-detail hint">
      <p class="muted">
        {empty ? 'New alerts appear here by themselves.' : 'Choose an alert, or press '}
        {empty ? null : <kbd>j</kbd>}
      </p>
    </div>
  );
}

/** An alert that the feed did not send is asked for by its id. */
function Selected({
  id,
  alert,
  tab,
}: {
  id: string;
  alert: Alert | undefined;
  tab: AlertState;
}): JSX.Element {
  const app = useApp();
  const known = alert !== undefined;
  const asked = useResource(async () => (known ? undefined : app.api().alert(id)), {
    key: `${id} ${known}`,
  });
  useEffect(() => {
    if (asked.data !== undefined) app.alerts.add([asked.data]);
  }, [asked.data]);
  if (alert !== undefined) return <AlertDetail alert={alert} tab={tab} />;
  return (
    <div class="inbox-detail hint">
      <p class="muted">{asked.error ?? 'Looking for the alert…'}</p>
      <a href={routeHref({ page: 'alerts' })}>Back to the inbox</a>
    </div>
  );
}

function useInboxKeys(rows: readonly Alert[], selected: Alert | undefined, tab: AlertState): void {
  const app = useApp();
  const act = useAct();
  const move = (by: number) => (): void => {
    const at = rows.findIndex((alert) => alert.id === selected?.id);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next !== undefined) app.go(routeHref({ page: 'alerts', id: next.id, params: { tab } }));
  };
  const onSelected = (action: 'acknowledge' | 'resolve') => (): void => {
    if (selected !== undefined) act({ alert: selected, action, note: '' });
  };
  useKeys({
    j: move(1),
    k: move(-1),
    a: onSelected('acknowledge'),
    r: onSelected('resolve'),
    Escape: () => {
      app.go(routeHref({ page: 'alerts', params: { tab } }));
    },
    ...(selected === undefined ? { Enter: move(1) } : {}),
  });
}
