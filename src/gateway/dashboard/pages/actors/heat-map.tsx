import { useEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { numbersAt, type RowNumbers } from '../../logic/actor-tree.ts';
import { formatCount, formatRate, plural } from '../../logic/format.ts';
import { cellAt, heatLayout, type HeatLayout } from '../../logic/heat-layout.ts';
import type { ActorSnapshot } from '../../state/actors-model.ts';
import { StateMark } from './actor-row.tsx';
import { drawHeat } from './heat-draw.ts';

export interface HeatMapProps {
  readonly snapshot: ActorSnapshot;
  readonly selected: string | undefined;
  readonly onSelect: (path: string) => void;
  readonly theme: number;
}

const MAX_HEIGHT = 126;
const LEGEND: readonly RowNumbers['state'][] = [
  'idle',
  'busy',
  'restarting',
  'quarantined',
  'passive',
];

/** One cell per actor in the order of the tree; its table twin is the grid below. */
export function HeatMap({ snapshot, selected, onSelect, theme }: HeatMapProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<number | undefined>(undefined);
  const { tree } = snapshot;
  const width = useWidth(canvas);
  const layout = heatLayout(tree.column.length, width, MAX_HEIGHT);
  useEffect(() => {
    if (canvas.current !== null && width > 0)
      drawHeat(canvas.current, { snapshot, layout, selected });
  }, [snapshot, width, selected, theme, layout.pitch, layout.height]);
  const pathUnder = (event: MouseEvent): string | undefined => {
    const cell = cellUnder(event, layout);
    return cell === undefined ? undefined : tree.actors[tree.column[cell] ?? -1]?.path;
  };
  return (
    <section class="heat" aria-label="Heat map of all actors">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Heat map: one cell for each of ${plural(tree.column.length, 'actor')}. The table below says the same.`}
        data-testid="heat-map"
        style={{ height: `${layout.height}px` }}
        onMouseMove={(event) => {
          setHover(cellUnder(event, layout));
        }}
        onMouseLeave={() => {
          setHover(undefined);
        }}
        onClick={(event) => {
          const path = pathUnder(event);
          if (path !== undefined) onSelect(path);
        }}
      />
      <p class="heat-note">
        <HoverText snapshot={snapshot} cell={hover} />
      </p>
    </section>
  );
}

function HoverText({
  snapshot,
  cell,
}: {
  snapshot: ActorSnapshot;
  cell: number | undefined;
}): JSX.Element {
  const { tree, columns } = snapshot;
  const column = cell === undefined ? undefined : tree.column[cell];
  const actor = column === undefined ? undefined : tree.actors[column];
  if (actor === undefined || column === undefined) {
    return (
      <>
        {LEGEND.map((state) => (
          <StateMark key={state} state={state} />
        ))}
        <span class="muted heat-hint">stronger: fuller mailbox</span>
      </>
    );
  }
  const numbers = numbersAt(columns, column);
  return (
    <>
      <StateMark state={numbers.state} />
      <span class="mono clip">{actor.path}</span>
      <span class="muted nowrap">
        {formatCount(numbers.mailbox)} waiting · {formatRate(numbers.rate)}/s
      </span>
    </>
  );
}

function cellUnder(event: MouseEvent, layout: HeatLayout): number | undefined {
  return cellAt(layout, event.offsetX, event.offsetY);
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const canvas = element.current;
    if (canvas === null) return undefined;
    const observer = new ResizeObserver(() => {
      setWidth(canvas.clientWidth);
    });
    observer.observe(canvas);
    return () => {
      observer.disconnect();
    };
  }, []);
  return width;
}
