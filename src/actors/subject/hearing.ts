import type { Finding } from '../../model/finding.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { Detector, FindingsInput } from '../../streams/detector.ts';
import { compareTriggers } from '../outcomes.ts';
import { triggerOf, type Job, type Step } from './job.ts';

/** Detectors of one kind of subject that hear others, and whom they hear. */
export interface Hearing {
  readonly hearers: readonly Detector[];
  readonly heard: ReadonlySet<string>;
}

const known = new WeakMap<readonly Detector[], Hearing | undefined>();

/** Who hears whom among these; `undefined` where nobody does. Looked up, once it was found out. */
export function hearingOf(detectors: readonly Detector[]): Hearing | undefined {
  if (known.has(detectors)) return known.get(detectors);
  const hearers = detectors.filter(({ hear, hears }) => hear !== undefined && hears !== undefined);
  const heard = new Set(hearers.flatMap(({ hears = [] }) => hears));
  const hearing = hearers.length === 0 ? undefined : { hearers, heard };
  known.set(detectors, hearing);
  return hearing;
}

interface Heard {
  readonly finding: Finding;
  readonly place: string;
}

/** A detector and the findings of others that it is to step by. */
export interface Call {
  readonly detector: Detector;
  readonly input: FindingsInput;
}

/** Who is to hear what these steps found; the quarantine of a detector is no finding of its own. */
export function callsOf(
  subject: SubjectId,
  { hearers }: Hearing,
  { jobs, steps }: { readonly jobs: readonly Job[]; readonly steps: readonly Step[] },
): readonly Call[] {
  const all = steps.flatMap((step, index) => placed(step, jobs[index]));
  all.sort(byPlace);
  return hearers.flatMap((detector) => {
    const own = all.filter(({ finding }) => detector.hears?.includes(finding.detector));
    if (own.length === 0) return [];
    const findings = own.map(({ finding }) => finding);
    const places = own.map(({ place }) => place);
    return [{ detector, input: { type: 'findings', subject, findings, places } }];
  });
}

function placed({ detection, places }: Step, job: Job | undefined): readonly Heard[] {
  if (job === undefined) return [];
  const only = triggerOf(job.input) ?? `${job.lsn}.0`;
  return detection.findings.flatMap((finding, index) =>
    finding.type === job.detector.type ? [{ finding, place: places?.[index] ?? only }] : [],
  );
}

function byPlace(one: Heard, other: Heard): number {
  const places = compareTriggers(one.place, other.place);
  if (places !== 0) return places;
  const [a, b] = [one.finding.detector, other.finding.detector];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
