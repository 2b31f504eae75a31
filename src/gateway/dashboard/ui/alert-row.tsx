import type { JSX } from 'preact';
import type { Alert } from '../../../model/alert.ts';
import { subjectName } from '../../../model/subject.ts';
import { formatAge, formatCount, formatType } from '../logic/format.ts';
import { SeverityBadge, StateChip } from './severity-badge.tsx';

export interface AlertRowProps {
  readonly alert: Alert;
  readonly href: string;
  readonly now: number;
  readonly selected?: boolean;
  readonly pending?: boolean;
}

/** An alert in one glance: how bad, what, who, how often, how long. */
export function AlertRow({
  alert,
  href,
  now,
  selected = false,
  pending = false,
}: AlertRowProps): JSX.Element {
  const since = alert.state === 'resolved' ? (alert.resolvedAt ?? alert.openedAt) : alert.openedAt;
  return (
    <a
      class={`alert-row edge-${alert.severity}${pending ? ' pending' : ''}`}
      href={href}
      data-testid="alert-row"
      data-alert={alert.id}
      data-state={alert.state}
      aria-current={selected ? 'true' : undefined}
    >
      <span class="alert-row-top">
        <SeverityBadge severity={alert.severity} />
        <strong class="clip">{formatType(alert.type)}</strong>
        <span class="alert-row-age">{formatAge(since, now)}</span>
      </span>
      <span class="alert-row-bottom">
        <span class="clip">
          <span class="alert-row-subject">{subjectName(alert.subject)}</span>
          <span class="muted"> {alert.summary}</span>
        </span>
        {alert.count > 1 ? <span class="times">×{formatCount(alert.count)}</span> : null}
        <StateChip state={alert.state} />
      </span>
    </a>
  );
}
