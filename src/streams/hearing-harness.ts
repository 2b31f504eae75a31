import type { Finding } from '../model/finding.ts';
import type { Detector, StepInput } from './detector.ts';
import { runDetector } from './harness.ts';
import type { HarnessOptions, HarnessStep } from './harness.ts';

export interface HearerOptions extends HarnessOptions {
  /** Whom it hears; each is run alone over the same steps. */
  readonly members: readonly Detector[];
}

interface Heard {
  readonly finding: Finding;
  readonly at: number;
  /** Of the record in its step; what records found comes before answers, and those before deadlines. */
  readonly ordinal: number;
}

const ANSWER = 1e9;
const DEADLINE = 2e9;

/** What `runDetector` does, for a detector that hears others: its members find, then it hears that in order. */
export function runHearer<State>(
  detector: Detector<State>,
  steps: readonly HarnessStep[],
  { members, ...options }: HearerOptions,
): { readonly state: State; readonly findings: readonly Finding[] } {
  const heard: Heard[] = [];
  for (const member of members) {
    runDetector(member, steps, {
      ...options,
      onFound: (findings, input, at) => {
        const ordinal = ordinalOf(input);
        heard.push(...findings.map((finding) => ({ finding, at, ordinal })));
      },
    });
  }
  heard.sort(byPlace);
  const state = detector.initial(options.subject);
  const input = {
    type: 'findings',
    subject: options.subject,
    findings: heard.map(({ finding }) => finding),
    places: heard.map(({ at, ordinal }) => `${at}.${ordinal}`),
  } as const;
  return detector.hear?.(state, input) ?? { state, findings: [] };
}

function ordinalOf(input: StepInput): number {
  if (input.type === 'deadline') return DEADLINE;
  if (input.type !== 'records') return ANSWER;
  return Number((input.triggers[0] ?? '').split('.')[1] ?? 0);
}

function byPlace(one: Heard, other: Heard): number {
  const places = one.at - other.at || one.ordinal - other.ordinal;
  if (places !== 0) return places;
  const [a, b] = [one.finding.detector, other.finding.detector];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
