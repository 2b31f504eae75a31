import type { JSX } from 'preact';
import type { AlertState } from '../../../model/alert.ts';
import type { Severity } from '../../../model/severity.ts';
import { Icon } from './icon.tsx';

/** Severity as shape, word and colour. */
export function SeverityBadge({ severity }: { severity: Severity }): JSX.Element {
  return (
    <span class={`badge severity-${severity}`}>
      <Icon name={severity} size={14} />
      {severity.toUpperCase()}
    </span>
  );
}

const STATE_WORDS: Readonly<Record<AlertState, string>> = Object.freeze({
  open: 'Open',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
});

export function StateChip({ state }: { state: AlertState }): JSX.Element {
  return (
    <span class={`chip state-${state}`} data-testid="alert-state">
      {STATE_WORDS[state]}
    </span>
  );
}
