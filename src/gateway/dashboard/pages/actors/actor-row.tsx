import type { JSX } from 'preact';
import { formatCount, formatRate } from '../../logic/format.ts';
import type { RowNumbers } from '../../logic/actor-tree.ts';
import { Icon } from '../../ui/icon.tsx';

export interface ActorRowProps extends RowNumbers {
  readonly index: number;
  readonly top: number;
  readonly path: string;
  readonly name: string;
  readonly kind: string;
  readonly level: number;
  /** Undefined for an actor without children. */
  readonly expanded: boolean | undefined;
  /** How many rows it hides. */
  readonly hidden: number;
  readonly active: boolean;
  readonly selected: boolean;
  readonly onToggle: (path: string) => void;
  readonly onSelect: (path: string) => void;
}

/** Mailbox depth at which the bar is full. */
const FULL = 100;

/** One line of the tree: plain values only, so that it draws again only when they change. */
export function ActorRow(props: ActorRowProps): JSX.Element {
  const { index, path, level, expanded, state } = props;
  return (
    <div
      role="row"
      id={`actor-${index}`}
      class={`actor-line actor-row${props.active ? ' active' : ''}`}
      style={{ transform: `translateY(${props.top}px)` }}
      aria-rowindex={index + 2}
      aria-level={level + 1}
      aria-expanded={expanded}
      aria-selected={props.selected}
      data-testid="actor-row"
      data-path={path}
      onClick={() => {
        props.onSelect(path);
      }}
    >
      <NameCell {...props} />
      <span role="gridcell" class="col-kind muted clip">
        {props.kind}
      </span>
      <NumberCells mailbox={props.mailbox} rate={props.rate} restarts={props.restarts} />
      <span role="gridcell" class="col-state">
        <StateMark state={state} />
      </span>
    </div>
  );
}

function NumberCells({ mailbox, rate, restarts }: Omit<RowNumbers, 'state'>): JSX.Element {
  return (
    <>
      <span role="gridcell" class={`col-mailbox num${zero(mailbox)}`} data-testid="actor-mailbox">
        <span class="bar" style={{ width: `${Math.min(100, (mailbox / FULL) * 100)}%` }} />
        <span class="bar-value">{formatCount(mailbox)}</span>
      </span>
      <span role="gridcell" class={`col-rate num${zero(rate)}`} data-testid="actor-rate">
        {formatRate(rate)}
      </span>
      <span
        role="gridcell"
        class={`col-restarts num${restarts > 0 ? ' some' : ' zero'}`}
        data-testid="actor-restarts"
      >
        {formatCount(restarts)}
      </span>
    </>
  );
}

function zero(value: number): string {
  return value === 0 ? ' zero' : '';
}

function NameCell({ path, name, level, expanded, hidden, onToggle }: ActorRowProps): JSX.Element {
  return (
    <span role="gridcell" class="col-name" style={{ paddingLeft: `${level * 16}px` }}>
      {expanded === undefined ? (
        <span class="twist" />
      ) : (
        <span
          class={`twist${expanded ? ' open' : ''}`}
          data-testid="actor-twist"
          onClick={(event) => {
            event.stopPropagation();
            onToggle(path);
          }}
        >
          <Icon name="chevron" size={14} />
        </span>
      )}
      <span class="clip" title={path}>
        {name}
      </span>
      {hidden > 0 ? <span class="muted hidden-count">+{formatCount(hidden)}</span> : null}
    </span>
  );
}

/** State as shape, word and colour, as in the heat map. */
export function StateMark({ state }: { state: RowNumbers['state'] }): JSX.Element {
  return (
    <span class={`actor-state actor-${state}`} data-testid="actor-state">
      <span class="shape" aria-hidden="true" />
      {state}
    </span>
  );
}
