import type { JSX } from 'preact';
import type { Overview } from '../../../../model/feed.ts';
import {
  ALERT_TABS,
  attentionSentence,
  BY_URGENCY,
  inboxOf,
  openBySeverity,
} from '../../logic/alert-list.ts';
import {
  formatAge,
  formatCount,
  formatLatency,
  formatRate,
  formatTime,
  plural,
} from '../../logic/format.ts';
import { routeHref } from '../../logic/route.ts';
import { rateNote } from '../../logic/site-time.ts';
import { AlertRow } from '../../ui/alert-row.tsx';
import { useApp } from '../../ui/context.ts';
import { Icon } from '../../ui/icon.tsx';
import { Panel, Tile } from '../../ui/panel.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { Empty, Loading } from '../../ui/states.tsx';
import { LedgerPanel } from './ledger-panel.tsx';

/** One look: does anything need me, is data coming in, is nothing lost. */
export function OverviewPage(): JSX.Element {
  const app = useApp();
  const overview = app.overview.value;
  return (
    <div class="page overview">
      <Headline />
      {overview === undefined ? (
        <Loading rows={3} />
      ) : (
        <>
          <Tiles overview={overview} rates={app.rates.value} />
          <div class="two-columns">
            <Attention />
            <LedgerPanel ledger={overview.ledger} />
          </div>
        </>
      )}
    </div>
  );
}

function Headline(): JSX.Element {
  const app = useApp();
  const alerts = app.alerts.shown.value;
  const counts = openBySeverity(alerts.values());
  const open = counts.critical + counts.high + counts.medium + counts.low;
  const worst = BY_URGENCY.find((severity) => counts[severity] > 0);
  const overview = app.overview.value;
  return (
    <header class="headline">
      <span class={`headline-icon ${worst === undefined ? 'calm' : `severity-${worst}`}`}>
        <Icon name={worst ?? 'check'} size={26} />
      </span>
      <div>
        <h1 data-testid="attention">{attentionSentence(open)}</h1>
        <p class="muted" data-testid="receiving">
          {overview === undefined ? 'Waiting for the site' : receiving(overview, app.now.value)}
        </p>
      </div>
      <SiteClock now={app.now.value} note={rateNote(app.rate.value)} />
    </header>
  );
}

function receiving(overview: Overview, now: number): string {
  if (overview.lastRecordAt <= 0) return 'No record has come in yet.';
  const from = `${plural(overview.watchesOnline, 'watch', 'watches')} and ${plural(overview.subjects.service, 'service')}`;
  return `Receiving from ${from}. Last record ${formatAge(overview.lastRecordAt, now)}.`;
}

function SiteClock({ now, note }: { now: number; note: string | undefined }): JSX.Element {
  return (
    <div class="site-clock" data-testid="site-clock">
      <span class="mono">
        {formatTime(now)}
        <small> UTC</small>
      </span>
      <span class={note === undefined ? 'muted' : 'fast'}>{note ?? 'Site clock'}</span>
    </div>
  );
}

function Tiles({ overview, rates }: { overview: Overview; rates: readonly number[] }): JSX.Element {
  return (
    <section class="tiles" aria-label="Key figures">
      <Tile
        label="Records per second"
        value={formatRate(overview.recordsPerSecond)}
        testid="kpi-rate"
      >
        <Sparkline
          values={rates}
          label="Records per second over the last three minutes"
          height={34}
        />
      </Tile>
      <SubjectTiles subjects={overview.subjects} online={overview.watchesOnline} />
      <Tile
        label="Detection p99"
        value={formatLatency(overview.detectionP99)}
        note="from record to alert"
        testid="kpi-p99"
      />
      <SeverityTile />
    </section>
  );
}

interface SubjectTilesProps {
  readonly subjects: Overview['subjects'];
  readonly online: number;
}

function SubjectTiles({ subjects, online }: SubjectTilesProps): JSX.Element {
  const { device, service, user } = subjects;
  const parts = `${plural(device, 'watch', 'watches')}, ${plural(service, 'service')}, ${plural(user, 'user')}`;
  return (
    <>
      <Tile
        label="Watches online"
        value={formatCount(online)}
        note={`of ${formatCount(device)} known`}
        href="#/watches"
        testid="kpi-watches"
      />
      <Tile
        label="Subjects"
        value={formatCount(device + service + user)}
        note={parts}
        href="#/actors"
        testid="kpi-subjects"
      />
    </>
  );
}

function SeverityTile(): JSX.Element {
  const counts = openBySeverity(useApp().alerts.shown.value.values());
  return (
    <div class="tile severities">
      <span class="tile-label">Open alerts</span>
      <ul data-testid="kpi-open">
        {BY_URGENCY.map((severity) => (
          <li key={severity} class={counts[severity] === 0 ? 'none' : `severity-${severity}`}>
            <Icon name={severity} size={14} />
            <span>{severity}</span>
            <strong>{formatCount(counts[severity])}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}

const SHOWN = 6;

function Attention(): JSX.Element {
  const app = useApp();
  const alerts = inboxOf(app.alerts.shown.value.values(), ALERT_TABS[0] ?? 'open');
  const now = app.now.value;
  return (
    <Panel
      title="Needs attention"
      aside={<a href="#/alerts">All alerts</a>}
      testid="attention-list"
    >
      {alerts.length === 0 ? (
        <Empty icon="check" sentence="Nothing needs you." command="node watchkeeper alerts list" />
      ) : (
        <ul class="plain-list">
          {alerts.slice(0, SHOWN).map((alert) => (
            <li key={alert.id}>
              <AlertRow
                alert={alert}
                now={now}
                href={routeHref({ page: 'alerts', id: alert.id })}
              />
            </li>
          ))}
        </ul>
      )}
      {alerts.length > SHOWN ? (
        <a class="more" href="#/alerts">
          {plural(alerts.length - SHOWN, 'more open alert')}
        </a>
      ) : null}
    </Panel>
  );
}
