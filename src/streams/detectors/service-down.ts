import { map } from 'rxjs';

import { durationText } from '../../core/duration.ts';
import { option } from '../../core/options.ts';
import type { Finding } from '../../model/finding.ts';
import type { Job } from '../chain.ts';
import { staged } from '../chain.ts';
import { defineDetector } from '../define-detector.ts';
import type { FindingFacts } from '../define-detector.ts';
import type { DeadlineInput, Detection, RecordsInput } from '../detector.ts';

interface DownState {
  /** Event time of the last record before the outage; `undefined` while the service is up. */
  readonly silentSince: number | undefined;
}

interface Config {
  readonly silenceMs: number;
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
    const config: Config = { silenceMs: silence, finding };
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

function readState(data: unknown): DownState {
  const { version, silentSince } = (data ?? {}) as { version?: unknown; silentSince?: unknown };
  return version === 1 && typeof silentSince === 'number' ? { silentSince } : UP;
}
