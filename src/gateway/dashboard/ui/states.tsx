import type { ComponentChildren, JSX } from 'preact';
import { Command } from './copyable.tsx';
import { Icon, type IconName } from './icon.tsx';

export interface EmptyProps {
  readonly icon: IconName;
  readonly sentence: string;
  readonly command?: string;
  readonly children?: ComponentChildren;
}

/** Nothing to show: one sentence, one action, one command. */
export function Empty({ icon, sentence, command, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty" data-testid="empty">
      <span class="empty-icon">
        <Icon name={icon} size={26} />
      </span>
      <p>{sentence}</p>
      {children}
      {command === undefined ? null : <Command text={command} />}
    </div>
  );
}

/** A part that could not be loaded; what was there before stays beside it. */
export function Failure({ text, retry }: { text: string; retry: () => void }): JSX.Element {
  return (
    <div class="failure" role="alert">
      <Icon name="high" size={16} />
      <span>{text}</span>
      <button type="button" class="button small" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

/** Keeps the place of what is being loaded. */
export function Loading({ rows = 4 }: { rows?: number }): JSX.Element {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading</span>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class="bone" />
      ))}
    </div>
  );
}
