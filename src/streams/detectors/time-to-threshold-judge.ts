import type { Evidence, Finding } from '../../model/finding.ts';
import type { SubjectId } from '../../model/subject.ts';
import { spanText } from '../explain-text.ts';
import { rounded } from './score-evidence.ts';
import type { Metric } from './time-to-threshold-metric.ts';
import type { Draft, ThresholdConfig, Track } from './time-to-threshold-state.ts';

/** Whose track it is, and where its findings go. */
export interface Place {
  readonly config: ThresholdConfig;
  readonly metric: Metric | undefined;
  readonly subject: SubjectId;
  readonly findings: Finding[];
}

/** Forecasts in a row that must say so: one alone may follow a single value. */
const CONFIRMED = 2;

/** Opens, updates or resolves the alert by the interval that was closed last. */
export function judgeInterval(place: Place, draft: Draft): Draft {
  const { config } = place;
  const { newest, alert } = draft;
  if (newest === undefined) return draft;
  const { end } = newest;
  const inside = isInside(draft) ? draft.inside + 1 : 0;
  const next = { ...draft, inside };
  if (alert === undefined) {
    if (inside < CONFIRMED) return next;
    place.findings.push(report(place, next, { action: 'open', at: end }));
    return { ...next, alert: { openedAt: end, nearAt: end, reportedAt: end } };
  }
  const nearAt = isNear(config, draft) ? end : alert.nearAt;
  if (end - nearAt >= config.quiet) {
    place.findings.push(report(place, next, { action: 'resolve', at: end }));
    return { ...next, alert: undefined, inside: 0 };
  }
  if (nearAt < end || end - alert.reportedAt < config.updateEvery) {
    return { ...next, alert: { ...alert, nearAt } };
  }
  place.findings.push(report(place, next, { action: 'update', at: end }));
  return { ...next, alert: { ...alert, nearAt, reportedAt: end } };
}

/** Resolves an alert that no more values came for. */
export function resolveStale(place: Place, track: Track, deadline: number): Track {
  const trigger = `deadline:${deadline}`;
  const draft: Draft = { ...track, live: undefined };
  place.findings.push(report(place, draft, { action: 'resolve', at: deadline, trigger }));
  return { ...track, alert: undefined, inside: 0 };
}

/** With the confidence asked for, within the horizon; not while values are what no forecast came near. */
function isInside({ outlook, strange }: Track): boolean {
  return strange === 0 && outlook?.latest !== undefined;
}

/** Keeps an alert open: crossed already, or more likely than not within the horizon. */
function isNear({ threshold, isBelow }: ThresholdConfig, { newest, outlook }: Track): boolean {
  const value = newest?.value ?? 0;
  return (isBelow ? value <= threshold : value >= threshold) || outlook?.median !== undefined;
}

function report(
  place: Place,
  track: Track,
  about: { readonly action: Finding['action']; readonly at: number; readonly trigger?: string },
): Finding {
  const { config, metric, subject } = place;
  return config.finding({
    action: about.action,
    subject,
    key: metric?.name ?? '',
    trigger: about.trigger ?? track.newest?.trigger ?? '',
    at: about.at,
    summary: summaryOf(place, track, about),
    evidence: evidenceOf(place, track),
  });
}

function summaryOf(
  { config, metric }: Place,
  { newest, outlook }: Track,
  { action, trigger }: { readonly action: Finding['action']; readonly trigger?: string },
): string {
  const value = `${metric?.name ?? ''} ${valueText(newest?.value ?? 0, metric)}`;
  if (action === 'resolve') {
    if (trigger !== undefined) return `${value}: no more values`;
    return `${value}: no longer expected to cross ${valueText(config.threshold, metric)}`;
  }
  const side = config.isBelow ? 'below' : 'above';
  const goal = `${side} ${valueText(config.threshold, metric)}`;
  if (isPast(config, newest?.value ?? 0)) return `${value}, ${goal} already`;
  const steps = outlook?.median ?? outlook?.latest;
  if (steps === undefined) return `${value}, on its way ${goal}`;
  return `${value}, ${goal} in about ${spanText(steps * config.interval)}`;
}

function isPast({ threshold, isBelow }: ThresholdConfig, value: number): boolean {
  return isBelow ? value <= threshold : value >= threshold;
}

/** A value for people, with its unit. */
export function valueText(value: number, metric: Metric | undefined): string {
  const text = Number(value.toPrecision(4)).toString();
  const unit = metric?.unit ?? '';
  if (unit === '') return text;
  return unit === '%' ? `${text}%` : `${text} ${unit}`;
}

function evidenceOf({ config, metric }: Place, track: Track): Evidence {
  const { newest, outlook, since, values } = track;
  const at = (steps: number | undefined): string | null =>
    steps === undefined || newest === undefined
      ? null
      : new Date(newest.end + steps * config.interval).toISOString();
  return {
    value: rounded(newest?.value ?? 0),
    threshold: config.threshold,
    unit: metric?.unit ?? '',
    windowMs: config.steps * config.interval,
    samples: [],
    facts: {
      metric: metric?.name ?? '',
      direction: config.isBelow ? 'below' : 'above',
      confidence: config.confidence,
      earliest_crossing: at(outlook?.earliest),
      expected_crossing: at(outlook?.median),
      latest_crossing: at(outlook?.latest),
      forecast_at: at(outlook?.reach),
      forecast: rounded(outlook?.value ?? 0),
      forecast_low: rounded(outlook?.low ?? 0),
      forecast_high: rounded(outlook?.high ?? 0),
      trained_on: values,
      trained_since: new Date(since).toISOString(),
      interval_ms: config.interval,
    },
  };
}
