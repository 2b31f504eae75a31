import type { JSX } from 'preact';
import { alertsOf } from '../../logic/alert-list.ts';
import { formatAge, formatCount } from '../../logic/format.ts';
import { routeHref } from '../../logic/route.ts';
import type { SubjectDetail } from '../../../site-api.ts';
import { useApp } from '../../ui/context.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Tile } from '../../ui/panel.tsx';
import { Failure, Loading } from '../../ui/states.tsx';
import { useResource } from '../../ui/use-resource.ts';
import { SubjectAlerts } from '../subject-alerts.tsx';
import { SubjectRecords } from '../subject-records.tsx';

/** One service: its figures, its alerts, its errors. */
export function ServiceDetailPage({ id }: { id: string }): JSX.Element {
  const app = useApp();
  const subject = `service:${id}`;
  const { data, error, reload } = useResource(() => app.api().subject(subject), {
    key: subject,
    everyMs: 5000,
  });
  const now = app.now.value;
  return (
    <div class="page">
      <PageHead title={id} back={{ href: routeHref({ page: 'services' }), label: 'Services' }} />
      {error === undefined ? null : <Failure text={error} retry={reload} />}
      {data === undefined && error === undefined ? <Loading rows={2} /> : null}
      {data === undefined ? null : <Figures service={data} now={now} />}
      <SubjectAlerts alerts={alertsOf(app.alerts.shown.value.values(), subject)} now={now} />
      <SubjectRecords subject={subject} title="Recent errors" level="ERROR" />
    </div>
  );
}

function Figures({ service, now }: { service: SubjectDetail; now: number }): JSX.Element {
  return (
    <section class="tiles" aria-label="Key figures">
      <Tile label="Last seen" value={formatAge(service.lastTimestamp, now)} />
      <Tile label="Records" value={formatCount(service.records)} />
      <Tile label="Errors" value={formatCount(service.errors)} />
      <Tile label="Open alerts" value={formatCount(service.openAlerts)} />
    </section>
  );
}
