import type { Clock } from '../core/clock.ts';
import { SUBJECT_KINDS, subjectKind, type SubjectId, type SubjectKind } from '../model/subject.ts';
import type { Verdict, VerdictCount } from '../model/verdict.ts';
import type { Detection, Detector, StepInput } from '../streams/detector.ts';

/** Of each detector and kind of subject: the newest verdicts, and one of every so many of all. */
const NEWEST = 16;
const SAMPLED = 16;
const SAMPLE_EVERY = 64;

/** A step that was taken. */
export interface TakenStep {
  readonly detector: Detector;
  readonly input: StepInput;
}

/** What it came to; a quarantine adds a finding that is not the detector's. */
export interface StepResult {
  readonly detection: Detection<unknown>;
  readonly quarantinedUntil: number | undefined;
}

/** A verdict as it is kept: what is measured is read off the state when somebody asks. */
interface Kept {
  number: number;
  at: number;
  input: StepInput['type'];
  records: number;
  subject: SubjectId;
  detector: Detector;
  state: unknown;
  isFinding: boolean;
}

/** Verdicts of one detector on one kind of subject. */
interface Line {
  readonly detector: string;
  readonly type: string;
  readonly kind: SubjectKind;
  readonly newest: Kept[];
  readonly sampled: Kept[];
  silent: number;
  finding: number;
  records: number;
  findings: number;
}

/**
 * Counts every step of a detector by its verdict and keeps a bounded sample:
 * of each detector and kind of subject the newest 16 and the newest 16 of
 * every 64th. So a detector that steps rarely keeps its verdicts, and one that
 * steps often shows both its present and its past. Outside the fold: nothing
 * reads it but people.
 */
export class VerdictLog {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #lines = new Map<string, (Line | undefined)[]>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  note({ detector, input }: TakenStep, { detection, quarantinedUntil }: StepResult): void {
    const line = this.#line(detector, input.subject);
    const found = detection.findings.length - (quarantinedUntil === undefined ? 0 : 1);
    const isFinding = found > 0;
    const number = line.silent + line.finding;
    const records = input.type === 'records' ? input.records.length : 0;
    if (isFinding) line.finding += 1;
    else line.silent += 1;
    line.records += records;
    line.findings += found;
    const kept: Kept = {
      number,
      at: this.#clock.now(),
      input: input.type,
      records,
      subject: input.subject,
      detector,
      state: detection.state,
      isFinding,
    };
    line.newest[number % NEWEST] = kept;
    if (number % SAMPLE_EVERY === 0) line.sampled[(number / SAMPLE_EVERY) % SAMPLED] = kept;
  }

  /** In the order in which they first stepped. */
  counts(): readonly VerdictCount[] {
    return [...this.#lines.values()].flatMap((lines) =>
      lines.flatMap((line) => {
        if (line === undefined) return [];
        const { detector, type, kind, silent, finding, records, findings } = line;
        return [{ detector, type, kind, silent, finding, records, findings }];
      }),
    );
  }

  /** What the sample holds of a detector on a subject, newest first. */
  of(subject: SubjectId, detector: string): readonly Verdict[] {
    const line = this.#lines.get(detector)?.[SUBJECT_KINDS.indexOf(subjectKind(subject))];
    if (line === undefined) return [];
    return [...new Set([...line.newest, ...line.sampled])]
      .filter((kept) => kept.subject === subject)
      .sort((one, other) => other.number - one.number)
      .map(verdictOf);
  }

  reset(): void {
    this.#lines.clear();
  }

  #line({ id, type }: Detector, subject: SubjectId): Line {
    let lines = this.#lines.get(id);
    if (lines === undefined) this.#lines.set(id, (lines = []));
    const place = placeOf(subject);
    return (lines[place] ??= {
      detector: id,
      type,
      kind: SUBJECT_KINDS[place] ?? 'device',
      newest: [],
      sampled: [],
      silent: 0,
      finding: 0,
      records: 0,
      findings: 0,
    });
  }
}

/** Index of the subject's kind in `SUBJECT_KINDS`, read off its first letter. */
function placeOf(subject: SubjectId): number {
  const letter = subject.charCodeAt(0);
  for (let place = 0; place < LETTERS.length; place += 1)
    if (LETTERS[place] === letter) return place;
  return 0;
}

const LETTERS = SUBJECT_KINDS.map((kind) => kind.charCodeAt(0));

function verdictOf({ at, subject, detector, input, records, state, isFinding }: Kept): Verdict {
  const verdict = isFinding ? 'finding' : 'silent';
  const head = { at, subject, detector: detector.id, input, records, verdict } as const;
  // It looks at the state the step left behind, at the time of the step; only what the window holds matters.
  const activity = { lastTimestamp: at, records, isExpected: false };
  const said = detector.explain?.(state, { now: at, shiftMs: 0, activity });
  if (said === undefined) return head;
  const { value, threshold, unit } = said;
  return { ...head, value, threshold, unit };
}
