import type { Finding } from '../../src/model/finding.ts';
import type { SubjectId, SubjectKind } from '../../src/model/subject.ts';
import type {
  Detection,
  Detector,
  DetectorInput,
  DetectorSet,
} from '../../src/streams/detector.ts';

export interface CountState {
  readonly count: number;
  readonly order: readonly string[];
  /** Last event time for which silence was reported. */
  readonly silentAfter?: number;
}

export interface CountOptions {
  readonly id?: string;
  readonly subjects?: readonly SubjectKind[];
  /** Opens an alert when the count reaches this. */
  readonly at?: number;
  /** Silence in ms after which it opens `silent`. */
  readonly silenceMs?: number;
  /** Called before each step; throw to make it fail. */
  readonly before?: (input: DetectorInput) => void;
}

/** Counts error records and remembers their triggers: the smallest detector with state. */
export function countingDetector(options: CountOptions = {}): Detector<CountState> {
  const { id = 'counter', subjects = ['service', 'device'], at = Infinity, silenceMs } = options;
  const finding = (subject: SubjectId, fields: Partial<Finding>): Finding => ({
    action: 'open',
    detector: id,
    version: 1,
    type: id,
    severity: 'high',
    subject,
    key: '',
    trigger: '',
    at: 0,
    summary: 'counted',
    actionRequired: 'Look',
    evidence: { value: 0, threshold: at, unit: 'errors', windowMs: 0, samples: [], facts: {} },
    ...fields,
  });
  return {
    id,
    type: id,
    version: 1,
    subjects,
    initial: () => ({ count: 0, order: [] }),
    selector: () => (record) => record.level >= 17,
    deadline: ({ silentAfter }, { lastTimestamp }) =>
      silenceMs === undefined || !Number.isFinite(lastTimestamp) || silentAfter === lastTimestamp
        ? undefined
        : lastTimestamp + silenceMs,
    detect(state, input): Detection<CountState> {
      options.before?.(input);
      if (input.type === 'deadline') {
        const { subject, deadline } = input;
        const fired = { key: 'silent', trigger: `deadline:${deadline}`, at: deadline };
        const silent = { ...state, silentAfter: input.activity.lastTimestamp };
        return { state: silent, findings: [finding(subject, fired)] };
      }
      const findings: Finding[] = [];
      let { count } = state;
      for (const [index, record] of input.records.entries()) {
        count += 1;
        const trigger = input.triggers[index] ?? '';
        if (count === at) findings.push(finding(input.subject, { trigger, at: record.timestamp }));
      }
      return { state: { count, order: [...state.order, ...input.triggers] }, findings };
    },
    snapshot: (state) => state,
    restore: (data) => data as CountState,
  };
}

export function detectorSet(
  detectors: readonly Detector<never>[],
  expectedServices: string[] = [],
): DetectorSet {
  const all = detectors as unknown as readonly Detector[];
  return {
    hash: 'test',
    detectors: all,
    expectedServices,
    forKind: (kind) => all.filter(({ subjects }) => subjects.includes(kind)),
  };
}
