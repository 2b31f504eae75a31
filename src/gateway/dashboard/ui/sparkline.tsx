import type { JSX } from 'preact';

export interface SparklineProps {
  readonly values: readonly number[];
  readonly label: string;
  readonly height?: number;
}

const WIDTH = 240;

/** A line without axes, from 0 to the greatest value. */
export function Sparkline({ values, label, height = 40 }: SparklineProps): JSX.Element {
  const top = Math.max(1, ...values);
  const step = values.length > 1 ? WIDTH / (values.length - 1) : WIDTH;
  const points = values.map(
    (value, index) =>
      `${(index * step).toFixed(1)},${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`,
  );
  const line = points.join(' ');
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      style={{ height: `${height}px` }}
    >
      {points.length < 2 ? null : (
        <>
          <polygon points={`0,${height} ${line} ${WIDTH},${height}`} />
          <polyline points={line} vector-effect="non-scaling-stroke" />
        </>
      )}
    </svg>
  );
}
