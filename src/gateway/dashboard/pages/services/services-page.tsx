import type { JSX } from 'preact';
import { subjectName } from '../../../../model/subject.ts';
import { formatAge, formatCount, plural } from '../../logic/format.ts';
import { routeHref, type Route } from '../../logic/route.ts';
import { listSubjects } from '../../logic/subject-list.ts';
import type { SubjectSummary } from '../../../site-api.ts';
import { useApp } from '../../ui/context.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { SearchBox } from '../../ui/search-box.tsx';
import { Empty, Failure, Loading } from '../../ui/states.tsx';
import { useResource } from '../../ui/use-resource.ts';

/** Every service that sends logs. */
export function ServicesPage({ route }: { route: Route }): JSX.Element {
  const app = useApp();
  const { data, error, reload } = useResource(() => app.api().subjects('service'), {
    key: 'service',
    everyMs: 3000,
  });
  const query = route.params['q'] ?? '';
  return (
    <div class="page">
      <PageHead
        title="Services"
        {...(data === undefined ? {} : { note: plural(data.length, 'service') })}
      >
        <SearchBox
          label="Search services"
          placeholder="Search services"
          value={query}
          testid="service-filter"
          onInput={(q) => {
            app.setParams({ q });
          }}
        />
      </PageHead>
      {error === undefined ? null : <Failure text={error} retry={reload} />}
      {data === undefined && error === undefined ? <Loading /> : null}
      {data?.length === 0 ? (
        <Empty
          icon="services"
          sentence="No service has sent a log yet. Send a first line."
          command={'node watchkeeper send logs.ndjson'}
        />
      ) : null}
      {data !== undefined && data.length > 0 ? (
        <ServicesTable services={listSubjects(data, query)} now={app.now.value} />
      ) : null}
    </div>
  );
}

function ServicesTable({
  services,
  now,
}: {
  services: readonly SubjectSummary[];
  now: number;
}): JSX.Element {
  return (
    <div class="panel table-box" tabIndex={0} role="region" aria-label="Services">
      <table class="services">
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Last seen</th>
            <th scope="col" class="num wide">
              Records
            </th>
            <th scope="col" class="num">
              Errors
            </th>
            <th scope="col" class="num">
              Alerts
            </th>
          </tr>
        </thead>
        <tbody>
          {services.map((service) => (
            <ServiceRow key={service.id} service={service} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ServiceRow({ service, now }: { service: SubjectSummary; now: number }): JSX.Element {
  const name = subjectName(service.id);
  const share = service.records === 0 ? 0 : (service.errors / service.records) * 100;
  return (
    <tr data-testid="service-row" data-service={name}>
      <th scope="row">
        <a href={routeHref({ page: 'services', id: name })}>{name}</a>
      </th>
      <td class="nowrap">{formatAge(service.lastTimestamp, now)}</td>
      <td class="num wide">{formatCount(service.records)}</td>
      <td class="num">
        {formatCount(service.errors)}
        <span class="muted share"> {share.toFixed(1)} %</span>
      </td>
      <td class="num">
        {service.openAlerts === 0 ? (
          <span class="muted">0</span>
        ) : (
          <strong class="some">{service.openAlerts}</strong>
        )}
      </td>
    </tr>
  );
}
