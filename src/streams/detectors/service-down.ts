import { map } from 'rxjs';

import { durationText } from '../../core/duration.ts';
import { option } from '../../core/options.ts';
import type { Finding } from '../../model/finding.ts';
import type { Job } from '../chain.ts';
import { staged } from '../chain.ts';
import { defineDetector } from '../define-detector.ts';
import type { FindingFacts } from '../define-detector.ts';
import type {
  DeadlineInput,
  Detection,
  ExplainContext,
  Explanation,
  RecordsInput,
} from '../detector.ts';
import { clockText, spanText } from '../explain-text.ts';

interface DownState {
  /** Event time of the last record before the outage; `undefined` while the service is up. */
  readonly silentSince: number | undefined;
}

interface Config {
  readonly silenceMs: number;
  readonly minRecords: number;
  readonly finding: (facts: FindingFacts) => Finding;
}

const UP: DownState = Object.freeze({ silentSince: undefined });

/** A service fell silent: 10 minutes without a record. */
export const serviceDown = defineDetector({
  type: 'service_down',
  version: 1,
  doc: 'No record of a service for `silence`, counted from its newest event time; services under `expected_services` also when they never sent one, others once they sent `min_records`. Fires once per outage and resolves with the next record.',
  subjects: ['service'],
  severity: 'critical',
  action: 'Page the on-call engineer',
  noWhere: 'it judges the silence of the whole service, which every record ends.',
  options: {
    silence: option.duration({
      doc: 'Silence after which the service counts as down.',
      default: '10m',
      min: '1s',
      max: '7d',
    }),
    // A sender that makes up service names would otherwise leave an alert for each of them.
    minRecords: option.integer({
      doc: 'Records after which the silence of a service counts; 1 takes every name seen for a service. Services under `expected_services` count at once.',
      default: 10,
      min: 1,
      max: 1_000_000,
    }),
  },
  create({ options: { silence, minRecords }, finding }) {
    const config: Config = { silenceMs: silence, minRecords, finding };
    return {
      initial: (): DownState => UP,
      selector: ({ silentSince }) =>
        silentSince === undefined ? undefined : ({ timestamp }) => timestamp > silentSince,
      deadline: ({ silentSince }, { lastTimestamp, records, isExpected }) =>
        silentSince === undefined && (isExpected || records >= minRecords)
          ? lastTimestamp + silence
          : undefined,
      pipeline: staged('Judge silence', () => map((job) => step(config, job))),
      snapshot: ({ silentSince }) => ({ version: 1, silentSince: silentSince ?? null }),
      restore: (data) => readState(data),
      explain: (state, context) => explain(config, state, context),
    };
  },
});

function step(config: Config, { state, input }: Job<DownState>): Detection<DownState> {
  return input.type === 'deadline' ? goDown(config, state, input) : comeUp(config, state, input);
}

function goDown(config: Config, state: DownState, input: DeadlineInput): Detection<DownState> {
  const { silenceMs } = config;
  const { deadline, subject, activity } = input;
  const { lastTimestamp } = activity;
  const isEarly = lastTimestamp + silenceMs > deadline;
  if (state.silentSince !== undefined || isEarly) return { state, findings: [] };
  const finding = config.finding({
    action: 'open',
    subject,
    key: '',
    trigger: `deadline:${deadline}`,
    at: deadline,
    summary: `No logs for ${durationText(silenceMs)}`,
    evidence: {
      value: deadline - lastTimestamp,
      threshold: silenceMs,
      unit: 'ms',
      windowMs: silenceMs,
      samples: [],
      facts: { last_record_at: lastTimestamp },
    },
  });
  return { state: { silentSince: lastTimestamp }, findings: [finding] };
}

function comeUp(config: Config, state: DownState, input: RecordsInput): Detection<DownState> {
  const { silentSince } = state;
  const first = input.records.findIndex(({ timestamp }) => timestamp > (silentSince ?? Infinity));
  const record = input.records[first];
  if (silentSince === undefined || record === undefined) return { state, findings: [] };
  const silentMs = record.timestamp - silentSince;
  const finding = config.finding({
    action: 'resolve',
    subject: input.subject,
    key: '',
    trigger: input.triggers[first] ?? '',
    at: record.timestamp,
    summary: `Logs again after ${durationText(Math.round(silentMs / 1000) * 1000)}`,
    evidence: {
      value: silentMs,
      threshold: config.silenceMs,
      unit: 'ms',
      windowMs: config.silenceMs,
      samples: [],
      facts: { last_record_at: silentSince },
    },
  });
  return { state: UP, findings: [finding] };
}

function explain(config: Config, state: DownState, context: ExplainContext): Explanation {
  const { silenceMs, minRecords } = config;
  const { now, shiftMs, activity } = context;
  const { lastTimestamp, records, isExpected } = activity;
  const since = state.silentSince ?? lastTimestamp;
  const silentMs = Number.isFinite(since) ? Math.max(0, now - since - shiftMs) : 0;
  const figures = { value: silentMs, threshold: silenceMs, unit: 'ms' };
  if (state.silentSince !== undefined) {
    const text = `down: no record for ${spanText(now - since)}, since ${clockText(since)}; resolves with the next one`;
    return { state: 'open', text, ...figures };
  }
  const last =
    records > 0 ? `last record ${spanText(now - since)} ago` : 'no record since it is expected';
  if (!isExpected && records < minRecords) {
    const text = `${records > 0 ? last : 'no record yet'}; not counted yet: ${records} of ${minRecords} min_records`;
    return { state: 'idle', text, ...figures, missing: minRecords - records };
  }
  const dueAt = lastTimestamp + silenceMs + shiftMs;
  const text = `${last}; fires at ${clockText(dueAt)} if none comes`;
  return { state: 'quiet', text, ...figures, dueAt };
}

function readState(data: unknown): DownState {
  const { version, silentSince } = (data ?? {}) as { version?: unknown; silentSince?: unknown };
  return version === 1 && typeof silentSince === 'number' ? { silentSince } : UP;
}
