import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ComponentType, JSX } from 'preact';
import type { Alert } from '../../../../model/alert.ts';
import type { VitalPoint } from '../../../../model/feed.ts';
import { alertsOf } from '../../logic/alert-list.ts';
import { formatAge, formatCount, formatType } from '../../logic/format.ts';
import { routeHref } from '../../logic/route.ts';
import { mergeVitals } from '../../logic/vitals-series.ts';
import type { SubjectDetail } from '../../../site-api.ts';
import { useApp } from '../../ui/context.ts';
import { JsonTree } from '../../ui/json-tree.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Failure, Loading } from '../../ui/states.tsx';
import { useResource } from '../../ui/use-resource.ts';
import type { ChartMarker } from '../../ui/vital-chart.tsx';
import { SubjectAlerts } from '../subject-alerts.tsx';
import { SubjectRecords } from '../subject-records.tsx';
import { Battery, Online } from './watch-cards.tsx';
import type { VitalChartsProps } from './vital-charts.tsx';

/** One watch: its vitals with what was found in them, its alerts, its records. */
export function WatchDetailPage({ id }: { id: string }): JSX.Element {
  const app = useApp();
  const subject = `device:${id}`;
  const { data, error, reload } = useResource(() => app.api().subject(subject), {
    key: subject,
    everyMs: 5000,
  });
  const points = usePoints(subject, data?.recentVitals);
  const alerts = alertsOf(app.alerts.shown.value.values(), subject);
  const key = alerts.map((alert) => alert.id).join();
  const markers = useMemo(() => alerts.map(markerOf), [key]);
  return (
    <div class="page watch-detail">
      <PageHead title={id} back={{ href: routeHref({ page: 'watches' }), label: 'Watches' }}>
        {data === undefined ? null : <Facts watch={data} now={app.now.value} />}
      </PageHead>
      {error === undefined ? null : <Failure text={error} retry={reload} />}
      {data === undefined && error === undefined ? <Loading /> : null}
      {points.length === 0 && data !== undefined ? (
        <p class="muted">This watch has sent no vital signs yet.</p>
      ) : (
        <LazyCharts points={points} markers={markers} theme={app.theme.colours.value} />
      )}
      <div class="two-columns">
        <SubjectAlerts alerts={alerts} now={app.now.value} />
        {data === undefined ? null : <Detectors detectors={data.detectors} />}
      </div>
      <SubjectRecords subject={subject} title="Recent records" />
    </div>
  );
}

/** What the API knew, and what the feed added since. */
function usePoints(
  subject: string,
  recent: readonly VitalPoint[] | undefined,
): readonly VitalPoint[] {
  const live = useApp().vitals.value;
  const mine = live.subject === subject ? live.points : undefined;
  return useMemo(() => mergeVitals(recent ?? [], mine ?? []), [recent, mine]);
}

function markerOf(alert: Alert): ChartMarker {
  return {
    id: alert.id,
    at: alert.openedAt,
    severity: alert.severity,
    title: formatType(alert.type),
    href: routeHref({ page: 'alerts', id: alert.id }),
  };
}

function Facts({ watch, now }: { watch: SubjectDetail; now: number }): JSX.Element {
  return (
    <div class="row watch-facts">
      <Online online={watch.online} />
      <Battery percent={watch.vitals?.battery} charging={watch.vitals?.charging === true} />
      <span class="muted">last seen {formatAge(watch.lastTimestamp, now)}</span>
      <span class="muted">{formatCount(watch.records)} records</span>
    </div>
  );
}

function Detectors({ detectors }: { detectors: SubjectDetail['detectors'] }): JSX.Element {
  return (
    <Panel title="Detectors">
      <div class="state-box">
        <JsonTree value={detectors} depth={1} />
      </div>
    </Panel>
  );
}

/** The chart library is loaded with the first watch that is looked at. */
function LazyCharts(props: VitalChartsProps): JSX.Element {
  const [loaded, setLoaded] = useState<{ readonly Charts: ComponentType<VitalChartsProps> }>();
  useEffect(() => {
    import('./vital-charts.tsx').then(
      ({ VitalCharts }) => {
        setLoaded({ Charts: VitalCharts });
      },
      () => undefined,
    );
  }, []);
  return loaded === undefined ? <Loading rows={4} /> : <loaded.Charts {...props} />;
}
