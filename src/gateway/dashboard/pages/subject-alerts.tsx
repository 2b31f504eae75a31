import type { JSX } from 'preact';
import type { Alert } from '../../../model/alert.ts';
import { routeHref } from '../logic/route.ts';
import { AlertRow } from '../ui/alert-row.tsx';
import { Panel } from '../ui/panel.tsx';

const SHOWN = 8;

/** Alerts of one subject, newest first. */
export function SubjectAlerts({
  alerts,
  now,
}: {
  alerts: readonly Alert[];
  now: number;
}): JSX.Element {
  return (
    <Panel title="Alerts" testid="subject-alerts">
      {alerts.length === 0 ? (
        <p class="muted panel-text">No alert so far.</p>
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
    </Panel>
  );
}
