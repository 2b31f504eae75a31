import type { ComponentChildren, JSX } from 'preact';

export interface PanelProps {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly testid?: string;
}

/** A titled part of a page. */
export function Panel({ title, aside, children, testid }: PanelProps): JSX.Element {
  return (
    <section
      class="panel"
      aria-label={title}
      {...(testid === undefined ? {} : { 'data-testid': testid })}
    >
      <header class="panel-head">
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  readonly note?: string;
  readonly href?: string;
  readonly testid?: string;
  readonly children?: ComponentChildren;
}

/** One number that matters, with what it means. */
export function Tile({ label, value, unit, note, href, testid, children }: TileProps): JSX.Element {
  const body = (
    <>
      <span class="tile-label">{label}</span>
      <span class="tile-value" {...(testid === undefined ? {} : { 'data-testid': testid })}>
        {value}
        {unit === undefined ? null : <small> {unit}</small>}
      </span>
      <span class="tile-note">{note ?? ''}</span>
      {children}
    </>
  );
  return href === undefined ? (
    <div class="tile">{body}</div>
  ) : (
    <a class="tile" href={href}>
      {body}
    </a>
  );
}
