import type { Forecaster } from '../../ml/forecast/forecaster.ts';
import { restoreForecaster } from '../../ml/forecast/forecaster.ts';
import type { ModelSnapshot } from '../../ml/model.ts';
import type { Finding } from '../../model/finding.ts';
import type { FindingFacts } from '../define-detector.ts';
import type { Fold, Interval } from './time-to-threshold-interval.ts';
import type { Metric } from './time-to-threshold-metric.ts';
import type { CrossingQuestion, Outlook } from './time-to-threshold-outlook.ts';

/** Options, with durations in ms. */
export interface ThresholdConfig extends CrossingQuestion {
  readonly metrics: readonly Metric[];
  readonly fold: Fold;
  readonly lateness: number;
  readonly stale: number;
  readonly quiet: number;
  readonly updateEvery: number;
  readonly finding: (facts: FindingFacts) => Finding;
}

/** What is known of one metric of one subject. */
export interface Track {
  /** The interval that records are still added to. */
  readonly open: Interval | undefined;
  /** The newest closed interval. */
  readonly newest: Closed | undefined;
  /** The forecaster, which saw `values` intervals from `since` on. */
  readonly model: ModelSnapshot | undefined;
  readonly since: number;
  readonly values: number;
  /** Intervals in a row that no forecast came near. */
  readonly strange: number;
  /** Intervals in a row from which the crossing was within the horizon. */
  readonly inside: number;
  readonly outlook: Outlook | undefined;
  /** Values that came after their interval was closed, and do not count. */
  readonly late: number;
  readonly alert: OpenAlert | undefined;
}

export interface Closed {
  /** Event time in ms of its end. */
  readonly end: number;
  readonly value: number;
  readonly trigger: string;
}

export interface OpenAlert {
  readonly openedAt: number;
  /** End of the newest interval from which the crossing was near. */
  readonly nearAt: number;
  readonly reportedAt: number;
}

/** One track per metric, in the order of the configuration. */
export type ThresholdState = readonly Track[];

export const NEW_TRACK: Track = Object.freeze({
  open: undefined,
  newest: undefined,
  model: undefined,
  since: 0,
  values: 0,
  strange: 0,
  inside: 0,
  outlook: undefined,
  late: 0,
  alert: undefined,
});

/** A track that is worked on: its forecaster is restored once per step, when it is needed. */
export interface Draft extends Track {
  readonly live: Forecaster | undefined;
}

/** The state of a draft: plain data that nobody changes. */
export function settle({ live, ...track }: Draft): Track {
  return live === undefined ? track : { ...track, model: live.snapshot() };
}

interface Written {
  readonly version: 1;
  /** Of what the tracks are: other metrics or intervals begin anew. */
  readonly layout: string;
  readonly tracks: ThresholdState;
}

export function writeTracks(config: ThresholdConfig, tracks: ThresholdState): Written {
  return { version: 1, layout: layoutOf(config), tracks };
}

/** What other options or another version left behind is forgotten. */
export function readTracks(config: ThresholdConfig, data: unknown): ThresholdState {
  const { version, layout, tracks } = (data ?? {}) as Partial<Record<keyof Written, unknown>>;
  const fresh = config.metrics.map(() => NEW_TRACK);
  if (version !== 1 || layout !== layoutOf(config) || !Array.isArray(tracks)) return fresh;
  if (tracks.length !== fresh.length) return fresh;
  try {
    return tracks.map(readTrack);
  } catch {
    return fresh;
  }
}

function layoutOf({ metrics, interval, steps, fold }: ThresholdConfig): string {
  const names = metrics.map(({ name }) => name);
  return [...names, interval, steps, fold].join(' ');
}

/** Through msgpack a missing value comes back as null. */
function readTrack(data: Track): Track {
  const { open, newest, model, outlook, alert, since, values, strange, inside, late } = data;
  return {
    open: open ?? undefined,
    newest: newest ?? undefined,
    model: model == null ? undefined : restoreForecaster(model).snapshot(),
    since,
    values,
    strange,
    inside,
    outlook: outlook == null ? undefined : readOutlook(outlook),
    late,
    alert: alert ?? undefined,
  };
}

function readOutlook({ earliest, median, latest, ...rest }: Outlook): Outlook {
  return {
    ...rest,
    earliest: earliest ?? undefined,
    median: median ?? undefined,
    latest: latest ?? undefined,
  };
}
