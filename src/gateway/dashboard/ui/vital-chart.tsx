import { useEffect, useRef } from 'preact/hooks';
import type { JSX, RefObject } from 'preact';
import uPlot from 'uplot';
import type { Severity } from '../../../model/severity.ts';
import { formatDateTime, formatTime, formatValue } from '../logic/format.ts';
import type { Series } from '../logic/vitals-series.ts';
import { Icon } from './icon.tsx';

export interface ChartMarker {
  readonly id: string;
  /** Site ms. */
  readonly at: number;
  readonly severity: Severity;
  readonly title: string;
  readonly href: string;
}

export interface VitalChartProps {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly decimals: number;
  /** CSS variable of the line. */
  readonly colour: string;
  readonly bars?: boolean;
  readonly series: Series;
  readonly latest: number | undefined;
  readonly markers: readonly ChartMarker[];
  /** Draw again when this changes: the colours did. */
  readonly theme: number;
}

const HEIGHT = 168;
const SYNC = 'vitals';

/** One vital over time, with a mark where an alert began. Drag to zoom, double-click to go back. */
export function VitalChart(props: VitalChartProps): JSX.Element {
  const { name, label, unit, decimals, series, latest, markers } = props;
  const box = useRef<HTMLDivElement>(null);
  usePlot(box, props);
  return (
    <figure
      class="chart"
      data-testid="watch-chart"
      data-vital={name}
      data-points={series.values.filter((value) => value !== null).length}
    >
      <figcaption>
        <span>{label}</span>
        <strong data-testid={`latest-${name}`}>
          {formatValue(latest, decimals)}
          <small> {unit}</small>
        </strong>
      </figcaption>
      <div class="chart-box" ref={box}>
        {markers.map((marker) => (
          <a
            key={marker.id}
            class={`marker severity-${marker.severity}`}
            href={marker.href}
            data-testid="chart-marker"
            data-at={marker.at}
            title={`${marker.title}, ${formatDateTime(marker.at)}`}
            aria-label={`${marker.severity} alert on ${label}: ${marker.title}`}
          >
            <Icon name={marker.severity} size={15} />
          </a>
        ))}
      </div>
    </figure>
  );
}

function usePlot(box: RefObject<HTMLDivElement | null>, props: VitalChartProps): void {
  const plot = useRef<uPlot | undefined>(undefined);
  const data: uPlot.AlignedData = [[...props.series.times], [...props.series.values]];
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(plotOptions(element, props), latest.current, element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [props.name, props.theme]);
  useEffect(() => {
    const zoomed = isZoomed(plot.current);
    plot.current?.setData(latest.current, !zoomed);
    if (zoomed) plot.current?.redraw();
  }, [props.series, props.markers]);
}

/** Whether somebody looks at a part of the data, which new points must not move. */
function isZoomed(plot: uPlot | undefined): boolean {
  const times = plot?.data[0];
  const first = times?.[0];
  const last = times?.at(-1);
  const { min, max } = plot?.scales['x'] ?? {};
  if (first === undefined || last === undefined || min == null || max == null) return false;
  return min > first + 0.001 || max < last - 0.001;
}

function plotOptions(element: HTMLElement, props: VitalChartProps): uPlot.Options {
  const css = getComputedStyle(element);
  const colour = (variable: string): string => css.getPropertyValue(variable).trim();
  return {
    width: Math.max(200, element.clientWidth),
    height: HEIGHT,
    padding: [26, 8, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { sync: { key: SYNC }, drag: { x: true, y: false }, points: { size: 6 } },
    legend: { show: false },
    scales: {
      x: { time: true },
      y: { range: (_plot, min, max) => padded(min, max, props.bars === true) },
    },
    axes: axesOptions(colour),
    series: [{}, lineOptions(props, colour)],
    hooks: {
      draw: [
        (plot) => {
          placeMarkers(plot, element, colour('--muted'));
        },
      ],
      setScale: [
        (plot, key) => {
          if (key === 'x') shareZoom(plot);
        },
      ],
    },
  };
}

function axesOptions(colour: (variable: string) => string): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    font: `11px ${colour('--font')}`,
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
  };
  const times = (_plot: uPlot, splits: number[]): string[] =>
    splits.map((seconds) => formatTime(seconds * 1000));
  return [
    { ...axis, values: times, space: 80, size: 26, gap: 6 },
    { ...axis, size: 44, space: 28 },
  ];
}

function lineOptions(props: VitalChartProps, colour: (name: string) => string): uPlot.Series {
  const stroke = colour(props.colour);
  const bars = props.bars === true ? uPlot.paths.bars?.({ size: [0.7, 14], align: 1 }) : undefined;
  return {
    label: props.label,
    stroke,
    width: 1.6,
    spanGaps: false,
    points: { show: false },
    ...(bars === undefined ? {} : { paths: bars, fill: `${stroke}99`, width: 0 }),
  };
}

function padded(min: number | null, max: number | null, fromZero: boolean): [number, number] {
  if (min === null || max === null) return [0, 1];
  const room = Math.max((max - min) * 0.15, 1);
  return [fromZero ? 0 : min - room, max + room];
}

/** Puts the marks where their times are now, and a line under each. */
function placeMarkers(plot: uPlot, element: HTMLElement, stroke: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.setLineDash([4, 4]);
  for (const marker of element.querySelectorAll<HTMLElement>('.marker')) {
    const x = plot.valToPos(Number(marker.dataset['at']) / 1000, 'x');
    const inside = x >= 0 && x <= plot.over.clientWidth;
    marker.hidden = !inside;
    if (!inside) continue;
    marker.style.left = `${plot.over.offsetLeft + x}px`;
    const line = Math.round(bbox.left + x * devicePixelRatio) + 0.5;
    ctx.beginPath();
    ctx.moveTo(line, bbox.top);
    ctx.lineTo(line, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** A zoom in one chart is a zoom in all. */
function shareZoom(plot: uPlot): void {
  const { min, max } = plot.scales['x'] ?? {};
  if (min == null || max == null) return;
  for (const other of uPlot.sync(SYNC).plots) {
    const scale = other.scales['x'];
    if (other !== plot && (scale?.min !== min || scale.max !== max) && other.data[0].length > 0) {
      other.setScale('x', { min, max });
    }
  }
}
