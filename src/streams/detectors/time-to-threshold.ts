import { map } from 'rxjs';

import { option } from '../../core/options.ts';
import type { OptionsOf } from '../../core/options.ts';
import type { LogRecord } from '../../model/record.ts';
import { staged } from '../chain.ts';
import { defineDetector } from '../define-detector.ts';
import { explainThreshold } from './time-to-threshold-explain.ts';
import { foldReadings, passDeadline, trackDue } from './time-to-threshold-fold.ts';
import { METRIC_NAMES, metricOf } from './time-to-threshold-metric.ts';
import type { Metric } from './time-to-threshold-metric.ts';
import { NEW_TRACK, readTracks, writeTracks } from './time-to-threshold-state.ts';
import type { ThresholdConfig, ThresholdState } from './time-to-threshold-state.ts';

/** Keep the state below 8 KB a metric, and a step over a gap cheap. */
const MOST_STEPS = 240;
const MOST_METRICS = 4;

const OPTIONS = {
  metrics: option.list({
    doc: 'One to four of `battery`, `heart_rate`, `hrv`, `spo2`, `skin_temperature`, `rssi` (watches), `duration_ms`, `attributes.<name>` (a number), `records` and `errors` (counts per interval). Each has its own alert.',
    of: option.text({ doc: 'A metric.', maxLength: 75 }),
    maxItems: MOST_METRICS,
  }),
  threshold: option.number({ doc: 'The value that must not be reached.' }),
  direction: option.oneOf({
    doc: 'On which side of the threshold it is bad.',
    values: ['above', 'below'],
    default: 'above',
  }),
  horizon: option.duration({
    doc: 'How far ahead a crossing matters: 5 to 240 intervals. It is judged that far once values came for over two horizons.',
    default: '4h',
    min: '1m',
    max: '30d',
  }),
  interval: option.duration({
    doc: 'Values are folded into intervals of event time; none shorter than how often they come is of use.',
    default: '1m',
    min: '1s',
    max: '1d',
  }),
  fold: option.oneOf({
    doc: 'What the values of an interval become; counts are added up.',
    values: ['mean', 'last', 'max', 'min'],
    default: 'mean',
  }),
  confidence: option.number({
    doc: 'Share of outcomes that must have crossed within the horizon.',
    default: 0.9,
    min: 0.5,
    max: 0.99,
  }),
  updateEvery: option.duration({
    doc: 'Least time between updates of an open alert.',
    default: '10m',
    min: '1s',
    max: '7d',
  }),
  quiet: option.duration({
    doc: 'The alert resolves when for so long no crossing within the horizon was likely.',
    default: '10m',
    min: '1s',
    max: '7d',
  }),
  stale: option.duration({
    doc: 'Without a value for so long the alert resolves, and learning begins anew: 2 to 240 intervals. Shorter gaps are filled by a straight line, in counts by 0.',
    default: '30m',
    min: '2s',
    max: '30d',
  }),
  lateness: option.duration({
    doc: 'How long records may be under way before an interval is closed.',
    default: '10s',
    max: '1h',
  }),
};

/** A metric that is about to cross a threshold. */
export const timeToThreshold = defineDetector({
  type: 'time_to_threshold',
  version: 1,
  doc: 'A metric of a watch or a service that, by its forecast and with `confidence`, crosses `threshold` within `horizon`: a battery that runs out, a disk that fills up. It learns each subject’s pace and how far its forecasts are off, and says nothing before it has. One alert per metric; resolves when no crossing was likely for `quiet`, or no value came for `stale`. A jump of the value or a gap begins learning anew.',
  subjects: ['service', 'device'],
  severity: 'medium',
  action: 'Act before the threshold is reached',
  options: OPTIONS,
  check: complaintOf,
  narrow: ({ metrics }) =>
    named(metrics).every(({ subjects }) => !subjects.includes('service'))
      ? ['device']
      : ['service', 'device'],
  create({ options, finding }) {
    const metrics = named(options.metrics);
    const { direction, horizon, interval } = options;
    const steps = Math.floor(horizon / interval);
    const isBelow = direction === 'below';
    const config: ThresholdConfig = { ...options, metrics, steps, isBelow, finding };
    const selects = (record: LogRecord): boolean =>
      metrics.some((metric) => metric.read(record) !== undefined);
    return {
      initial: (): ThresholdState => metrics.map(() => NEW_TRACK),
      selector: () => selects,
      deadline: (state) => trackDue(config, state),
      pipeline: staged('Forecast metrics', () =>
        map(({ state, input }) =>
          input.type === 'records'
            ? foldReadings(config, state, input)
            : passDeadline(config, state, input),
        ),
      ),
      snapshot: (state) => writeTracks(config, state),
      restore: (data) => readTracks(config, data),
      explain: (state, context) => explainThreshold(config, state, context),
    };
  },
});

function named(names: readonly string[]): readonly Metric[] {
  return names.flatMap((name) => metricOf(name) ?? []);
}

function complaintOf(options: OptionsOf<typeof OPTIONS>): string | undefined {
  const { metrics, horizon, interval, stale } = options;
  const unknown = metrics.find((name) => metricOf(name) === undefined);
  if (unknown !== undefined) {
    return `Unknown metric "${unknown}". Known are: ${METRIC_NAMES.join(', ')} and attributes.<name>.`;
  }
  if (metrics.length === 0 || new Set(metrics).size < metrics.length) {
    return 'Expected "metrics" to name at least one metric, and none twice.';
  }
  if (horizon < 5 * interval || horizon > MOST_STEPS * interval) {
    return `Expected "horizon" to be 5 to ${MOST_STEPS} times "interval".`;
  }
  if (stale < 2 * interval || stale > MOST_STEPS * interval) {
    return `Expected "stale" to be 2 to ${MOST_STEPS} times "interval".`;
  }
  return undefined;
}
