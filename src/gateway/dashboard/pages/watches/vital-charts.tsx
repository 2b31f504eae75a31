import { useMemo } from 'preact/hooks';
import type { JSX } from 'preact';
import type { VitalPoint } from '../../../../model/feed.ts';
import { latestVital, vitalSeries, type VitalName } from '../../logic/vitals-series.ts';
import { VitalChart, type ChartMarker } from '../../ui/vital-chart.tsx';

interface VitalKind {
  readonly name: VitalName;
  readonly label: string;
  readonly unit: string;
  readonly decimals: number;
  readonly colour: string;
  readonly bars?: boolean;
}

const VITALS: readonly VitalKind[] = [
  { name: 'heartRate', label: 'Heart rate', unit: 'bpm', decimals: 0, colour: '--chart-1' },
  { name: 'spo2', label: 'Blood oxygen', unit: '%', decimals: 1, colour: '--chart-2' },
  {
    name: 'skinTemperature',
    label: 'Skin temperature',
    unit: '°C',
    decimals: 1,
    colour: '--chart-3',
  },
  {
    name: 'steps',
    label: 'Steps',
    unit: 'per reading',
    decimals: 0,
    colour: '--chart-4',
    bars: true,
  },
];

export interface VitalChartsProps {
  readonly points: readonly VitalPoint[];
  readonly markers: readonly ChartMarker[];
  readonly theme: number;
}

/** The vitals under one another on one time axis; a gap in the data is a gap in the line. */
export function VitalCharts({ points, markers, theme }: VitalChartsProps): JSX.Element {
  return (
    <section class="charts" aria-label="Vital signs">
      {VITALS.map((kind) => (
        <OneVital key={kind.name} kind={kind} points={points} markers={markers} theme={theme} />
      ))}
    </section>
  );
}

function OneVital({
  kind,
  points,
  markers,
  theme,
}: VitalChartsProps & { kind: VitalKind }): JSX.Element {
  const series = useMemo(() => vitalSeries(points, kind.name), [points, kind.name]);
  return (
    <VitalChart
      {...kind}
      series={series}
      latest={latestVital(points, kind.name)}
      markers={markers}
      theme={theme}
    />
  );
}
