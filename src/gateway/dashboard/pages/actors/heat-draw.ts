import { numbersAt, type RowNumbers } from '../../logic/actor-tree.ts';
import type { HeatLayout } from '../../logic/heat-layout.ts';
import type { ActorSnapshot } from '../../state/actors-model.ts';

export interface HeatInput {
  readonly snapshot: ActorSnapshot;
  readonly layout: HeatLayout;
  readonly selected: string | undefined;
}

/** Mailbox depth at which a cell has its full strength. */
const FULL = 50;

/** Draws every cell: the shape tells the state without its colour. */
export function drawHeat(
  canvas: HTMLCanvasElement,
  { snapshot, layout, selected }: HeatInput,
): void {
  const scale = devicePixelRatio;
  const width = canvas.clientWidth;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(layout.height * scale);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  const colours = readColours(canvas);
  const { tree, columns } = snapshot;
  const chosen = selected === undefined ? undefined : tree.positionOf.get(selected);
  for (let cell = 0; cell < tree.column.length; cell += 1) {
    const x = (cell % layout.columns) * layout.pitch;
    const y = Math.floor(cell / layout.columns) * layout.pitch;
    const size = layout.pitch - (layout.pitch > 8 ? 2 : 1);
    const { state, mailbox } = numbersAt(columns, tree.column[cell] ?? 0);
    context.fillStyle = context.strokeStyle = colours[state];
    context.globalAlpha = state === 'busy' || state === 'idle' ? strength(state, mailbox) : 1;
    SHAPES[state](context, { x, y, size });
    context.globalAlpha = 1;
    if (cell === chosen) outline(context, { x, y, size }, colours.text);
  }
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

type Shape = (context: CanvasRenderingContext2D, box: Box) => void;

const SHAPES: Readonly<Record<RowNumbers['state'], Shape>> = Object.freeze({
  busy: (context, { x, y, size }) => {
    context.fillRect(x, y, size, size);
  },
  idle: (context, { x, y, size }) => {
    const inset = size * 0.2;
    context.fillRect(x + inset, y + inset, size - 2 * inset, size - 2 * inset);
  },
  passive: (context, { x, y, size }) => {
    context.fillRect(x + size * 0.4, y + size * 0.4, size * 0.2, size * 0.2);
  },
  restarting: (context, { x, y, size }) => {
    context.beginPath();
    context.moveTo(x + size / 2, y);
    context.lineTo(x + size, y + size);
    context.lineTo(x, y + size);
    context.fill();
  },
  quarantined: (context, { x, y, size }) => {
    context.lineWidth = Math.max(1.5, size / 5);
    context.beginPath();
    context.moveTo(x + 1, y + 1);
    context.lineTo(x + size - 1, y + size - 1);
    context.moveTo(x + size - 1, y + 1);
    context.lineTo(x + 1, y + size - 1);
    context.stroke();
  },
});

function strength(state: 'busy' | 'idle', mailbox: number): number {
  const base = state === 'busy' ? 0.55 : 0.4;
  return base + (1 - base) * Math.min(1, mailbox / FULL);
}

function outline(context: CanvasRenderingContext2D, { x, y, size }: Box, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.strokeRect(x, y, size, size);
}

function readColours(element: Element): Readonly<Record<RowNumbers['state'] | 'text', string>> {
  const css = getComputedStyle(element);
  const colour = (name: string): string => css.getPropertyValue(name).trim();
  return {
    idle: colour('--state-idle'),
    busy: colour('--state-busy'),
    restarting: colour('--state-restarting'),
    quarantined: colour('--state-quarantined'),
    passive: colour('--state-passive'),
    text: colour('--text'),
  };
}
