import { map } from 'rxjs';

import { option } from '../../core/options.ts';
import { ALARMS_PER_WEEK, createVitalsContext } from '../../ml/wearable/vitals-context.ts';
import type { VitalsContext } from '../../ml/wearable/vitals-context.ts';
import type { VitalsSample, VitalsVerdict } from '../../ml/wearable/vitals-verdict.ts';
import type { Evidence, Finding } from '../../model/finding.ts';
import type { LogRecord } from '../../model/record.ts';
import type { SubjectId } from '../../model/subject.ts';
import { staged } from '../chain.ts';
import type { Job } from '../chain.ts';
import { defineDetector } from '../define-detector.ts';
import type { FindingFacts } from '../define-detector.ts';
import type { Detection, ExplainContext, Explanation, RecordsInput } from '../detector.ts';
import { clockText } from '../explain-text.ts';
import { rounded } from './score-evidence.ts';

interface VitalsWatch {
  /** The wearer's context; `undefined` before the first reading. */
  readonly context: Float64Array | undefined;
  readonly last: LastVerdict | undefined;
  /** Event time of the newest alarm of an open alert. */
  readonly alarmAt: number | undefined;
}

/** What is kept of a verdict, to be explained. */
type LastVerdict = Pick<
  VitalsVerdict,
  'timestamp' | 'surprise' | 'heartRate' | 'expected' | 'low' | 'high'
>;

interface Config {
  readonly model: VitalsContext;
  readonly quietMs: number;
  readonly finding: (facts: FindingFacts) => Finding;
}

/** What alerts name as their model: it is part of the program and has no artefact. */
const MODEL = 'vitals_context@1';
/** With every alert about a wearer's body. */
const NOTICE =
  'Wellness information only. This is not a medical device; it does not diagnose anything.';
const START: VitalsWatch = Object.freeze({
  context: undefined,
  last: undefined,
  alarmAt: undefined,
});

/** A heart rate outside of what its wearer's own context lets expect. */
export const vitalsContext = defineDetector({
  type: 'vitals_context',
  version: 1,
  doc: 'A heart rate that does not fit what its wearer usually has at that hour and effort: too high at rest, too low, stuck, without response to effort. The expectation is personal and begins with that of all wearers. A watch that is not worn or is charging is not judged. One alert per watch; resolves after `quiet` without an unusual minute. Wellness information only, not a medical device.',
  subjects: ['device'],
  severity: 'medium',
  action: 'Ask the wearer how they feel, and check that the watch sits well',
  options: {
    alarmsPerWeek: option.number({
      doc: 'False alarms that a wearer may see in a week of wear.',
      default: ALARMS_PER_WEEK,
      min: 0.01,
      max: 100,
    }),
    quiet: option.duration({
      doc: 'Time without an unusual minute after which the alert resolves.',
      default: '15m',
      min: '1m',
      max: '7d',
    }),
  },
  create({ options: { alarmsPerWeek, quiet }, finding }) {
    const model = createVitalsContext({ alarmsPerWeek });
    const config: Config = { model, quietMs: quiet, finding };
    return {
      initial: (): VitalsWatch => START,
      selector: () => hasVitals,
      deadline: ({ alarmAt }) => (alarmAt === undefined ? undefined : alarmAt + quiet),
      pipeline: staged('Judge vitals in context', () => map((job) => step(config, job))),
      snapshot: (state) => state,
      restore: (data) => readState(model, data),
      explain: (state, context) => explain(config, state, context),
    };
  },
});

const hasVitals = ({ vitals }: LogRecord): boolean => vitals !== undefined;

function step(config: Config, { state, input }: Job<VitalsWatch>): Detection<VitalsWatch> {
  if (input.type === 'records') return judge(config, state, input);
  const { deadline: at, subject } = input;
  const resolved = config.finding({
    action: 'resolve',
    subject,
    key: '',
    trigger: `deadline:${at}`,
    at,
    summary: 'the heart rate is as expected again',
    evidence: evidenceOf(state.last, {}),
  });
  return { state: { ...state, alarmAt: undefined }, findings: [resolved] };
}

function judge(config: Config, state: VitalsWatch, input: RecordsInput): Detection<VitalsWatch> {
  const { model } = config;
  const context = (state.context ?? model.initial()).slice();
  const findings: Finding[] = [];
  let { last, alarmAt } = state;
  for (const [index, record] of input.records.entries()) {
    const sample = sampleOf(record);
    const verdict = model.advance(context, sample);
    if (verdict === undefined || sample.worn === false || sample.charging === true) continue;
    last = lastOf(verdict);
    if (!verdict.isAlarm) continue;
    const action = alarmAt === undefined ? 'open' : 'update';
    alarmAt = Math.max(alarmAt ?? verdict.timestamp, verdict.timestamp);
    const trigger = input.triggers[index] ?? '';
    findings.push(report(config, verdict, { action, trigger, subject: input.subject }));
  }
  return { state: { context, last, alarmAt }, findings };
}

function report(
  { finding }: Config,
  verdict: VitalsVerdict,
  of: { readonly action: 'open' | 'update'; readonly trigger: string; readonly subject: SubjectId },
): Finding {
  const { heartRate, low, high, condition, members, flatMinutes } = verdict;
  const band = `${Math.round(low)} to ${Math.round(high)} bpm`;
  const rate = `${Math.round(heartRate)} bpm`;
  return finding({
    ...of,
    key: '',
    at: verdict.timestamp,
    summary: `${CONDITIONS[condition]}: ${rate}, ${band} expected. ${NOTICE}`,
    evidence: evidenceOf(lastOf(verdict), {
      model: MODEL,
      condition,
      surprise: rounded(verdict.surprise),
      expected_band: band,
      flat_minutes: flatMinutes,
      contributions: members.map(({ name, surprise }) => ({ name, surprise: rounded(surprise) })),
      notice: NOTICE,
    }),
  });
}

const CONDITIONS: Readonly<Record<VitalsVerdict['condition'], string>> = {
  tachycardia_at_rest: 'fast heart rate at rest',
  bradycardia: 'slow heart rate',
  stuck_sensor: 'the heart rate does not change',
  no_response: 'the heart rate does not rise with effort',
  unexpected_rate: 'unexpected heart rate',
};

function evidenceOf(last: LastVerdict | undefined, facts: Evidence['facts']): Evidence {
  const { heartRate = 0, low = 0, high = 0, expected = 0 } = last ?? {};
  return {
    value: rounded(heartRate),
    threshold: rounded(heartRate < low ? low : high),
    unit: 'bpm',
    windowMs: 60_000,
    samples: [],
    facts: { ...facts, expected: rounded(expected), low: rounded(low), high: rounded(high) },
  };
}

function lastOf({
  timestamp,
  surprise,
  heartRate,
  expected,
  low,
  high,
}: VitalsVerdict): LastVerdict {
  return { timestamp, surprise, heartRate, expected, low, high };
}

function sampleOf({ timestamp, vitals }: LogRecord): VitalsSample {
  return {
    timestamp,
    heartRate: vitals?.heartRate,
    steps: vitals?.steps,
    worn: vitals?.worn,
    charging: vitals?.charging,
  };
}

function readState(model: VitalsContext, data: unknown): VitalsWatch {
  if (typeof data !== 'object' || data === null) return START;
  const { context, last, alarmAt } = data as VitalsWatch;
  if (!model.isState(context)) return START;
  return { context, last: last ?? undefined, alarmAt: alarmAt ?? undefined };
}

function explain({ quietMs }: Config, state: VitalsWatch, context: ExplainContext): Explanation {
  const { last, alarmAt } = state;
  if (last === undefined) {
    const text = 'no minute judged yet: the watch was not worn, or has shown no heart rate';
    return { state: 'idle', text, value: 0, threshold: 0, unit: 'bpm' };
  }
  const { heartRate, expected, low, high, timestamp } = last;
  const figures = { value: heartRate, threshold: heartRate < low ? low : high, unit: 'bpm' };
  const band = `${Math.round(expected)} bpm expected (${Math.round(low)} to ${Math.round(high)})`;
  const measured = `${Math.round(heartRate)} bpm at ${clockText(timestamp)}, ${band}`;
  if (alarmAt === undefined) return { state: 'quiet', text: measured, ...figures };
  const dueAt = alarmAt + quietMs + context.shiftMs;
  const text = `firing: ${measured}; resolves at ${clockText(dueAt)} if no more comes`;
  return { state: 'open', text, ...figures, dueAt };
}
