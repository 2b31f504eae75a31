import { restoreForecaster } from '../../ml/forecast/forecaster.ts';
import type { Forecaster } from '../../ml/forecast/forecaster.ts';
import type { Finding } from '../../model/finding.ts';
import type { LogRecord } from '../../model/record.ts';
import type { DeadlineInput, Detection, RecordsInput } from '../detector.ts';
import { addReading, intervalValue, startInterval } from './time-to-threshold-interval.ts';
import type { Reading } from './time-to-threshold-interval.ts';
import { judgeInterval, resolveStale } from './time-to-threshold-judge.ts';
import type { Place } from './time-to-threshold-judge.ts';
import { LEAST_ERRORS, lineForecaster, outlookOf } from './time-to-threshold-outlook.ts';
import { NEW_TRACK, settle } from './time-to-threshold-state.ts';
import type {
  Closed,
  Draft,
  ThresholdConfig,
  ThresholdState,
  Track,
} from './time-to-threshold-state.ts';

/** A month before the greatest time that a `Date` holds: no forecast goes beyond that. */
const LATEST_MS = 8.64e15 - 31 * 86_400_000;
/** Older than any record that is still on its way: then the clock was wrong before. */
const LOST_CLOCK_MS = 8 * 86_400_000;
/** Intervals that no forecast came near are not learned; so many in a row are a new beginning. */
const STRANGE = 3;
/** Widths of the band around the forecast, and the share of the way to the threshold, that such an interval lies off. */
const STRANGE_WIDTHS = 3;
const STRANGE_SHARE = 0.25;

/** Adds records to their intervals; what a later record closes is learned and judged. */
export function foldReadings(
  config: ThresholdConfig,
  state: ThresholdState,
  { records, triggers, subject }: RecordsInput,
): Detection<ThresholdState> {
  const findings: Finding[] = [];
  const tracks = state.map((track, index) => {
    const metric = config.metrics[index];
    const place: Place = { config, metric, subject, findings };
    let draft: Draft = { ...track, live: undefined };
    records.forEach((record: LogRecord, at) => {
      const value = metric?.read(record);
      if (value === undefined) return;
      const { timestamp } = record;
      draft = take(place, draft, { timestamp, value, trigger: triggers[at] ?? '' });
    });
    return settle(draft);
  });
  return { state: tracks, findings };
}

function take(place: Place, draft: Draft, reading: Reading): Draft {
  if (Math.abs(reading.timestamp) > LATEST_MS) return draft;
  const { interval } = place.config;
  const start = Math.floor(reading.timestamp / interval) * interval;
  const { open, newest } = draft;
  if (open?.start === start) return { ...draft, open: addReading(open, reading) };
  const oldest = open?.start ?? newest?.end ?? -Infinity;
  if (start < oldest - LOST_CLOCK_MS) {
    const alert = draft.alert && { openedAt: start, nearAt: start, reportedAt: start };
    const fresh: Draft = { ...NEW_TRACK, alert, late: draft.late, live: undefined };
    return { ...fresh, open: startInterval(start, reading) };
  }
  if (start < oldest) return { ...draft, late: draft.late + 1 };
  const closed = open === undefined ? draft : closeInterval(place, draft);
  return { ...closed, open: startInterval(start, reading) };
}

/** Learns the value of the open interval and judges from there. */
function closeInterval(place: Place, draft: Draft): Draft {
  const { config, metric } = place;
  const { open } = draft;
  if (open === undefined) return draft;
  const closed: Closed = {
    end: open.start + config.interval,
    value: intervalValue(open, metric?.isCount === true ? 'sum' : config.fold),
    trigger: open.trigger,
  };
  const learned = learn(place, { ...draft, open: undefined }, closed);
  const live = learned.live;
  const outlook =
    live === undefined || learned.strange > 0 ? learned.outlook : outlookOf(live, config);
  return judgeInterval(place, { ...learned, newest: closed, outlook });
}

function learn(place: Place, draft: Draft, closed: Closed): Draft {
  const { config } = place;
  const { newest } = draft;
  const isNew = newest === undefined || closed.end - newest.end > config.stale;
  if (isNew) return begin(config, draft, closed);
  const live = liveOf(config, draft);
  let values = draft.values;
  // Between values that are not learned there is no line.
  for (const { end, value } of draft.strange > 0 ? [] : between(place, newest, closed)) {
    live.observe(end, value);
    values += 1;
  }
  if (isFarOff(config, live, { newest, closed })) {
    const strange = draft.strange + 1;
    return strange < STRANGE ? { ...draft, live, values, strange } : begin(config, draft, closed);
  }
  live.observe(closed.end, closed.value);
  return { ...draft, live, values: values + 1, strange: 0 };
}

function begin(config: ThresholdConfig, draft: Draft, { end, value }: Closed): Draft {
  const live = lineForecaster(config);
  live.observe(end, value);
  return { ...draft, live, values: 1, since: end, strange: 0, inside: 0, outlook: undefined };
}

function liveOf(config: ThresholdConfig, { live, model }: Draft): Forecaster {
  return live ?? (model === undefined ? lineForecaster(config) : restoreForecaster(model));
}

/** Values for intervals that had none: on a line between their neighbours; of a count 0. */
function between({ config, metric }: Place, from: Closed, to: Closed): readonly Closed[] {
  const missing = Math.round((to.end - from.end) / config.interval) - 1;
  return Array.from({ length: missing }, (_, index) => {
    const share = (index + 1) / (missing + 1);
    const value = metric?.isCount === true ? 0 : from.value + share * (to.value - from.value);
    return { end: from.end + (index + 1) * config.interval, value, trigger: '' };
  });
}

/** Whether a value is so far from its forecast that another pace, or another battery, has begun. */
function isFarOff(
  { threshold, interval }: ThresholdConfig,
  live: Forecaster,
  { newest, closed }: { readonly newest: Closed; readonly closed: Closed },
): boolean {
  const next = live.forecast(1);
  if (next === undefined || live.errorsAt(1) < LEAST_ERRORS) return false;
  const steps = 1 + Math.round((closed.end - next.at) / interval);
  const { low, high, value } = live.forecast(steps) ?? next;
  const width = STRANGE_WIDTHS * (high - low);
  const way = STRANGE_SHARE * Math.abs(threshold - newest.value);
  if (Math.abs(closed.value - value) <= way) return false;
  return closed.value < low - width || closed.value > high + width;
}

/** Closes what is due first, or resolves an alert that no more values came for. */
export function passDeadline(
  config: ThresholdConfig,
  state: ThresholdState,
  { deadline, subject }: DeadlineInput,
): Detection<ThresholdState> {
  const due = trackDue(config, state);
  if (due === undefined || due > deadline) return { state, findings: [] };
  const findings: Finding[] = [];
  const tracks = state.map((track, index) => {
    if (dueOf(config, track) !== due) return track;
    const place: Place = { config, metric: config.metrics[index], subject, findings };
    if (track.open === undefined) return resolveStale(place, track, deadline);
    return settle(closeInterval(place, { ...track, live: undefined }));
  });
  return { state: tracks, findings };
}

/** When the first open interval closes, or an alert has waited for values long enough. */
export function trackDue(config: ThresholdConfig, state: ThresholdState): number | undefined {
  let first: number | undefined;
  for (const track of state) {
    const due = dueOf(config, track);
    if (due !== undefined && (first === undefined || due < first)) first = due;
  }
  return first;
}

function dueOf(
  { interval, lateness, stale }: ThresholdConfig,
  { open, newest, alert }: Track,
): number | undefined {
  if (open !== undefined) return open.start + interval + lateness;
  return alert === undefined || newest === undefined ? undefined : newest.end + stale;
}
