import type { MetricsRegistry } from '../gateway/http/metrics-registry.ts';
import type { Labels } from '../core/metrics.ts';
import type { Performance, PerformanceRow } from '../model/performance.ts';

type Value = readonly [labels: Labels, value: number | undefined];

interface Family {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly values: (row: PerformanceRow) => readonly Value[];
}

const one = (value: number | undefined): readonly Value[] => [[{}, value]];
const seconds = (ms: number | undefined): number | undefined => ms && ms / 1000;

const FAMILIES: readonly Family[] = [
  {
    name: 'alerts',
    help: 'Alerts opened in the last 30 days of site time, by the label people gave them.',
    labelNames: ['label'],
    values: ({ opened, labelled, useful, false: wrong, expected }) => [
      [{ label: 'useful' }, useful],
      [{ label: 'false' }, wrong],
      [{ label: 'expected' }, expected],
      [{ label: 'none' }, opened - labelled],
    ],
  },
  {
    name: 'precision',
    help: 'Useful alerts among those labelled useful or false, in the last 30 days.',
    values: ({ precision }) => one(precision),
  },
  {
    name: 'precision_bound',
    help: 'Ends of the 95 % interval of the precision.',
    labelNames: ['bound'],
    values: ({ precisionLow, precisionHigh }) => [
      [{ bound: 'low' }, precisionLow],
      [{ bound: 'high' }, precisionHigh],
    ],
  },
  {
    name: 'recall',
    help: 'Share of the incidents labelled useful in which it fired, in the last 30 days.',
    values: ({ recall }) => one(recall),
  },
  {
    name: 'alerts_per_shift',
    help: 'Alerts opened per shift of 8 hours, in the last 30 days.',
    values: ({ alertsPerShift }) => one(alertsPerShift),
  },
  {
    name: 'time_to_ack_seconds',
    help: 'Site time from opening to acknowledgement, in the last 30 days.',
    labelNames: ['quantile'],
    values: ({ ackP50Ms, ackP95Ms }) => [
      [{ quantile: '0.5' }, seconds(ackP50Ms)],
      [{ quantile: '0.95' }, seconds(ackP95Ms)],
    ],
  },
];

/** What models are told apart by: how they come about is in the registry. */
const OF_MODELS: readonly string[] = ['alerts', 'precision', 'precision_bound'];

/**
 * How well detectors and models do, computed at the scrape. What is not known
 * has no line: a detector without a label has no precision.
 */
export function publishPerformance(
  read: () => Promise<Performance | undefined>,
  metrics: Pick<MetricsRegistry, 'observedRows'>,
): void {
  const publish = (
    kind: 'detector' | 'model',
    { name, help, labelNames = [], values }: Family,
  ): void => {
    metrics.observedRows(`watchkeeper_${kind}_${name}`, help, {
      labelNames: [kind, ...labelNames],
      read: async () => {
        const performance = await read();
        return (performance?.[`${kind}s`] ?? []).flatMap((row) =>
          values(row).flatMap(([labels, value]) =>
            value === undefined ? [] : [{ labels: { [kind]: row.id, ...labels }, value }],
          ),
        );
      },
    });
  };
  for (const family of FAMILIES) publish('detector', family);
  for (const family of FAMILIES.filter(({ name }) => OF_MODELS.includes(name))) {
    publish('model', family);
  }
}
