import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Alert, AlertState } from '../../../../model/alert.ts';
import { subjectKind, subjectName } from '../../../../model/subject.ts';
import { allowedActions } from '../../logic/alert-overlay.ts';
import { alertText } from '../../../../alerts/alert-text.ts';
import { alertTimeline } from '../../logic/alert-timeline.ts';
import { formatAge, formatDateTime, formatType } from '../../logic/format.ts';
import { routeHref } from '../../logic/route.ts';
import { useApp } from '../../ui/context.ts';
import { CopyButton } from '../../ui/copyable.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Panel } from '../../ui/panel.tsx';
import { SeverityBadge, StateChip } from '../../ui/severity-badge.tsx';
import { AlertLabels } from './alert-labels.tsx';
import { EvidencePanel, SamplesPanel } from './evidence.tsx';
import { useAct } from './use-act.ts';

/** Everything about one alert: what, why, what was done, and the buttons to do it. */
export function AlertDetail({ alert, tab }: { alert: Alert; tab: AlertState }): JSX.Element {
  const text = alertText(alert);
  return (
    <article class="inbox-detail" aria-label="Alert" data-testid="alert-detail">
      <a class="back inbox-back" href={routeHref({ page: 'alerts', params: { tab } })}>
        <Icon name="back" size={16} />
        Alerts
      </a>
      <Heading alert={alert} />
      <Actions key={alert.id} alert={alert} />
      <AlertLabels key={`${alert.id} labels`} alert={alert} />
      <Panel title="Alert" aside={<CopyButton text={text} label="Copy the alert" />}>
        <pre class="alert-text" data-testid="alert-text">
          {text}
        </pre>
      </Panel>
      <EvidencePanel evidence={alert.evidence} />
      <Timeline alert={alert} />
      <SamplesPanel samples={alert.evidence.samples} />
      <p class="muted small-text mono">
        {alert.id} · {alert.detector} v{alert.detectorVersion} · revision {alert.revision}
      </p>
    </article>
  );
}

function Heading({ alert }: { alert: Alert }): JSX.Element {
  const now = useApp().now.value;
  return (
    <header class="alert-heading">
      <div class="row">
        <SeverityBadge severity={alert.severity} />
        <StateChip state={alert.state} />
        <span class="muted">{formatAge(alert.openedAt, now)}</span>
      </div>
      <h1>{formatType(alert.type)}</h1>
      <p>
        <SubjectLink alert={alert} /> <span class="muted">{alert.summary}</span>
      </p>
    </header>
  );
}

function SubjectLink({ alert }: { alert: Alert }): JSX.Element {
  const kind = subjectKind(alert.subject);
  const name = subjectName(alert.subject);
  if (kind === 'user') return <strong>{name}</strong>;
  const page = kind === 'device' ? 'watches' : 'services';
  return <a href={routeHref({ page, id: name })}>{name}</a>;
}

function Actions({ alert }: { alert: Alert }): JSX.Element | null {
  const app = useApp();
  const act = useAct();
  const [note, setNote] = useState('');
  const allowed = allowedActions(alert);
  const pending = app.alerts.pending.value.has(alert.id);
  if (!allowed.resolve) return null;
  if (!app.mayAct.value) {
    return <p class="muted">Your role may look, but not acknowledge or resolve.</p>;
  }
  const button = (action: 'acknowledge' | 'resolve'): JSX.Element => (
    <button
      type="button"
      class={`button${action === 'acknowledge' ? ' primary' : ''}`}
      disabled={pending}
      data-testid={action === 'acknowledge' ? 'ack-button' : 'resolve-button'}
      onClick={() => {
        act({ alert, action, note: note.trim() });
        setNote('');
      }}
    >
      {action === 'acknowledge' ? 'Acknowledge' : 'Resolve'}
    </button>
  );
  return (
    <div class="actions">
      <NoteInput value={note} onInput={setNote} />
      {allowed.acknowledge ? button('acknowledge') : null}
      {button('resolve')}
    </div>
  );
}

interface NoteInputProps {
  readonly value: string;
  readonly onInput: (text: string) => void;
}

function NoteInput({ value, onInput }: NoteInputProps): JSX.Element {
  return (
    <label class="note">
      <span class="visually-hidden">Note</span>
      <input
        placeholder="Note (optional)"
        value={value}
        maxLength={500}
        data-testid="note-input"
        onInput={(event) => {
          onInput(event.currentTarget.value);
        }}
      />
    </label>
  );
}

function Timeline({ alert }: { alert: Alert }): JSX.Element {
  return (
    <Panel title="Timeline">
      <ol class="timeline" data-testid="timeline">
        {alertTimeline(alert).map((step) => (
          <li key={`${step.at} ${step.what}`}>
            <time class="mono">{formatDateTime(step.at)}</time>
            <span>
              <strong>{step.what}</strong>
              {step.who === undefined ? null : <span class="muted"> by {step.who}</span>}
              {step.note === undefined || step.note === '' ? null : <q>{step.note}</q>}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
