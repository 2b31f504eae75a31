import type { JSX } from 'preact';
import { subjectName } from '../../../../model/subject.ts';
import { formatAge, formatValue, plural } from '../../logic/format.ts';
import { routeHref } from '../../logic/route.ts';
import type { SubjectSummary } from '../../../site-api.ts';
import { Icon } from '../../ui/icon.tsx';
import { useVirtual } from '../../ui/use-virtual.ts';

export interface WatchesProps {
  readonly watches: readonly SubjectSummary[];
  readonly now: number;
}

export function WatchCards({ watches, now }: WatchesProps): JSX.Element {
  return (
    <ul class="cards">
      {watches.map((watch) => (
        <li key={watch.id}>
          <WatchCard watch={watch} now={now} />
        </li>
      ))}
    </ul>
  );
}

function WatchCard({ watch, now }: { watch: SubjectSummary; now: number }): JSX.Element {
  const { vitals } = watch;
  return (
    <a
      class="card"
      href={hrefOf(watch)}
      data-testid="watch-card"
      data-watch={subjectName(watch.id)}
    >
      <span class="card-head">
        <strong class="clip">{subjectName(watch.id)}</strong>
        <Online online={watch.online} />
      </span>
      <span class="vitals">
        <Vital label="Heart rate" value={formatValue(vitals?.heartRate)} unit="bpm" />
        <Vital label="SpO₂" value={formatValue(vitals?.spo2)} unit="%" />
        <Vital label="Skin" value={formatValue(vitals?.skinTemperature, 1)} unit="°C" />
      </span>
      <span class="card-foot">
        <Battery percent={vitals?.battery} charging={vitals?.charging === true} />
        <span class="muted nowrap">{formatAge(watch.lastTimestamp, now)}</span>
        <OpenAlerts count={watch.openAlerts} />
      </span>
    </a>
  );
}

/** Height of a line, as in watches.css. */
const ROW = 52;

/** The same facts in one line each, for many watches. */
export function WatchList({ watches, now }: WatchesProps): JSX.Element {
  const { box, range, onScroll } = useVirtual(watches.length, ROW);
  return (
    <div class="watch-list" ref={box} onScroll={onScroll} tabIndex={-1}>
      <ul style={{ height: `${range.height}px` }} aria-label="Watches">
        {watches.slice(range.start, range.end).map((watch, index) => (
          <li
            key={watch.id}
            style={{ transform: `translateY(${(range.start + index) * ROW}px)` }}
            aria-setsize={watches.length}
            aria-posinset={range.start + index + 1}
          >
            <a
              class="watch-line"
              href={hrefOf(watch)}
              data-testid="watch-card"
              data-watch={subjectName(watch.id)}
            >
              <strong class="clip">{subjectName(watch.id)}</strong>
              <Online online={watch.online} />
              <span class="num">{formatValue(watch.vitals?.heartRate)} bpm</span>
              <span class="num wide">{formatValue(watch.vitals?.spo2)} %</span>
              <Battery percent={watch.vitals?.battery} charging={watch.vitals?.charging === true} />
              <span class="muted nowrap wide">{formatAge(watch.lastTimestamp, now)}</span>
              <OpenAlerts count={watch.openAlerts} />
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Online({ online }: { online: boolean }): JSX.Element {
  return (
    <span class={`online ${online ? 'yes' : 'no'}`}>
      <span class="shape" aria-hidden="true" />
      {online ? 'Online' : 'Offline'}
    </span>
  );
}

export function Battery({
  percent,
  charging,
}: {
  percent: number | undefined;
  charging: boolean;
}): JSX.Element {
  const low = percent != null && percent < 20;
  return (
    <span class={`battery${low ? ' low' : ''}`} title={charging ? 'Charging' : 'Battery'}>
      <Icon name="battery" size={16} />
      <span class="visually-hidden">Battery </span>
      {formatValue(percent)} %{low ? ' low' : ''}
      {charging ? <span class="muted"> charging</span> : null}
    </span>
  );
}

function Vital({
  label,
  value,
  unit,
}: {
  label: string;
  value: string;
  unit: string;
}): JSX.Element {
  return (
    <span class="vital">
      <span class="vital-label">{label}</span>
      <span class="vital-value">
        {value}
        <small> {unit}</small>
      </span>
    </span>
  );
}

function OpenAlerts({ count }: { count: number }): JSX.Element | null {
  if (count === 0) return null;
  return (
    <span class="open-alerts">
      <Icon name="alerts" size={14} />
      {plural(count, 'alert')}
    </span>
  );
}

function hrefOf(watch: SubjectSummary): string {
  return routeHref({ page: 'watches', id: subjectName(watch.id) });
}
