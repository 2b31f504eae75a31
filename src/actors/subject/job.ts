import type {
  Detection,
  Detector,
  FindingsInput,
  RecordsInput,
  StepInput,
} from '../../streams/detector.ts';
import { compareTriggers, type Quarantine } from '../outcomes.ts';

/** One step of a detector from the subject's committed state; `lsn` is the newest entry of the batch, or the tick's. */
export interface Job {
  readonly detector: Detector;
  readonly state: unknown;
  readonly input: StepInput;
  readonly lsn: number;
  /** Site times of incidents so far, within the last minute at least. */
  readonly incidents?: readonly number[] | undefined;
  /** Whether another detector hears what it finds, and must know which record it was. */
  readonly isHeard?: boolean;
}

/** A step's result: the detection, and until when the detector is to be left out if it failed too often. */
export interface Step {
  readonly detection: Detection<unknown>;
  readonly quarantinedUntil: number | undefined;
  /** Site times of the incidents that still count; absent when there was none in this step. */
  readonly incidents?: readonly number[];
  /** `<lsn>.<ordinal>` of the record that made each finding; absent where the step had only one place. */
  readonly places?: readonly string[];
}

/** One record of the journal. */
export interface Place {
  readonly lsn: number;
  readonly ordinal: number;
}

/** The place that a job's first record has; the tick's for a deadline. */
export function placeOf({ input, lsn: newest }: Job): Place {
  const trigger = triggerOf(input) ?? `${newest}.0`;
  const [lsn = newest, ordinal = 0] = trigger.split('.').map(Number);
  return { lsn, ordinal };
}

/** The first place of an input; `undefined` of a deadline, whose place is the tick's. */
export function triggerOf(input: StepInput): string | undefined {
  switch (input.type) {
    case 'deadline':
      return undefined;
    case 'records':
      return input.triggers[0] ?? '';
    case 'findings':
      return input.places[0] ?? '';
    case 'score':
      return input.place;
  }
}

export function isEmpty(input: StepInput): boolean {
  if (input.type === 'findings') return input.findings.length === 0;
  return input.type === 'records' && input.records.length === 0;
}

export function isMany(input: StepInput): boolean {
  return input.type === 'records' && input.records.length > 1;
}

/** What of the input came before a quarantine began. */
export function before(
  input: StepInput,
  { lsn, ordinal }: Quarantine,
): RecordsInput | FindingsInput {
  const isAfter = (place: string): boolean => compareTriggers(place, `${lsn}.${ordinal}`) >= 0;
  if (input.type === 'findings') {
    const end = input.places.findIndex(isAfter);
    const [findings, places] = [input.findings.slice(0, end), input.places.slice(0, end)];
    return { ...input, findings, places };
  }
  if (input.type !== 'records')
    return { type: 'records', subject: input.subject, records: [], triggers: [] };
  const end = input.triggers.findIndex(isAfter);
  return { ...input, records: input.records.slice(0, end), triggers: input.triggers.slice(0, end) };
}

/** The input cut into steps of one record each, or of the findings of one place. */
export function singles(input: StepInput): StepInput[] {
  if (input.type === 'findings') {
    const { places } = input;
    const starts = places.flatMap((place, at) => (place === places[at - 1] ? [] : [at]));
    return starts.map((start, index) => ({
      ...input,
      findings: input.findings.slice(start, starts[index + 1]),
      places: places.slice(start, starts[index + 1]),
    }));
  }
  if (input.type !== 'records') return [input];
  return input.records.map((record, index) => ({
    ...input,
    records: [record],
    triggers: [input.triggers[index] ?? ''],
  }));
}
