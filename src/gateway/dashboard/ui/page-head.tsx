import type { ComponentChildren, JSX } from 'preact';
import { Icon } from './icon.tsx';

export interface PageHeadProps {
  readonly title: string;
  readonly note?: string;
  readonly back?: { readonly href: string; readonly label: string };
  readonly children?: ComponentChildren;
}

/** The top of a page: its name, one line about it, its controls. */
export function PageHead({ title, note, back, children }: PageHeadProps): JSX.Element {
  return (
    <header class="page-head">
      <div class="page-title">
        {back === undefined ? null : (
          <a class="back" href={back.href}>
            <Icon name="back" size={16} />
            {back.label}
          </a>
        )}
        <h1>{title}</h1>
        {note === undefined ? null : <p class="muted">{note}</p>}
      </div>
      <div class="page-tools">{children}</div>
    </header>
  );
}
