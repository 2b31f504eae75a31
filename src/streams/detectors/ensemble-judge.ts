import { combine } from '../../ml/ensemble/combine.ts';
import type { Combination } from '../../ml/ensemble/combine.ts';
import type { Finding } from '../../model/finding.ts';
import { subjectKind } from '../../model/subject.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { FindingFacts } from '../define-detector.ts';
import type { Detection, FindingsInput } from '../detector.ts';
import type { EnsembleMember } from './ensemble-members.ts';
import { dependence } from './ensemble-rises.ts';
import { afterFinding, risesAt } from './ensemble-state.ts';
import type { EnsembleState, MemberState } from './ensemble-state.ts';
import { contributionText, rounded } from './score-evidence.ts';

export interface EnsembleConfig {
  readonly members: readonly EnsembleMember[];
  readonly combine: Combination;
  /** A yes or no of a rule counts once in so many ms. */
  readonly step: number;
  /** Surprise of all members at which it opens, and below which it resolves. */
  readonly threshold: number;
  readonly clear: number;
  readonly finding: (facts: FindingFacts) => Finding;
}

/** What a member that fires has to do with the verdict. */
interface MemberShare {
  readonly name: string;
  readonly share: number;
  readonly surprise: number;
}

interface EnsembleVerdict {
  readonly surprise: number;
  /** Of members that fire, in order of the configuration; shares sum to 1. */
  readonly contributions: readonly MemberShare[];
}

/** Takes findings place by place, and judges after each place. */
export function hearFindings(
  config: EnsembleConfig,
  state: EnsembleState,
  { subject, findings, places }: FindingsInput,
): Detection<EnsembleState> {
  const own: Finding[] = [];
  let next = state;
  for (let index = 0; index < findings.length; index += 1) {
    const finding = findings[index] as Finding;
    next = { ...next, members: afterFinding(next.members, finding, config.step) };
    if (places[index + 1] === places[index]) continue;
    const { surprise, contributions } = judge(config, next.members, subject);
    const before = next;
    next = { ...before, ...calibrated(config, before, { at: finding.at, surprise }) };
    const verdict = { surprise: next.surprise, contributions };
    const action = actionOf(config, before, verdict);
    next = { ...next, isOpen: isOpenAfter(before, action) };
    if (action !== undefined) {
      own.push(report(config, finding, { action, verdict, dependence: next.dependence }));
    }
  }
  return { state: next, findings: own };
}

/** Less what members depend on each other, by how often they rose together before this step. */
function calibrated(
  { step }: EnsembleConfig,
  state: EnsembleState,
  { at, surprise }: { readonly at: number; readonly surprise: number },
): Pick<EnsembleState, 'surprise' | 'independent' | 'dependence' | 'rises'> {
  const rises = risesAt(state, at, step);
  const taken = state.isOpen ? state.dependence : dependence(rises, surprise);
  const hasRisen = surprise > state.independent;
  return {
    surprise: Math.max(0, surprise - taken),
    independent: surprise,
    dependence: taken,
    rises: hasRisen ? { ...rises, most: Math.max(rises.most, surprise) } : rises,
  };
}

/** What members say together if they are independent. Who is quiet, or was never heard, has a surprise of 0. */
export function judge(
  config: EnsembleConfig,
  members: readonly MemberState[],
  subject: SubjectId,
): EnsembleVerdict {
  const kind = subjectKind(subject);
  const heard = config.members.map(({ detector }) => members.find(({ id }) => id === detector));
  const weights = Float64Array.from(config.members, (member) => member.weights[kind]);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const quiet = config.combine === 'cauchy' ? EVEN : 0;
  const surprises = Float64Array.from(heard, (member) =>
    member !== undefined && member.keys.length > 0 ? member.surprise : quiet,
  );
  const { surprise, shares } = combine(
    config.combine,
    surprises,
    weights.map((weight) => weight / total),
  );
  const firing = heard.flatMap((member, index) =>
    member === undefined || member.keys.length === 0
      ? []
      : [{ name: member.id, share: shares[index] ?? 0, surprise: member.surprise }],
  );
  if (firing.length === 0) return { surprise: 0, contributions: [] };
  return { surprise, contributions: normalised(firing) };
}

/** Cauchy's terms cancel out: only at even odds does who says nothing neither add nor take away. */
const EVEN = Math.log10(2);

function normalised(firing: readonly MemberShare[]): readonly MemberShare[] {
  const total = firing.reduce((sum, { share }) => sum + share, 0);
  return firing.map((member) => ({
    ...member,
    share: total > 0 ? member.share / total : 1 / firing.length,
  }));
}

function actionOf(
  { threshold, clear }: EnsembleConfig,
  before: EnsembleState,
  { surprise }: EnsembleVerdict,
): Finding['action'] | undefined {
  if (!before.isOpen) return surprise >= threshold ? 'open' : undefined;
  if (surprise < clear) return 'resolve';
  return rounded(surprise) === rounded(before.surprise) ? undefined : 'update';
}

function isOpenAfter({ isOpen }: EnsembleState, action: Finding['action'] | undefined): boolean {
  return action === undefined ? isOpen : action !== 'resolve';
}

interface Report {
  readonly action: Finding['action'];
  readonly verdict: EnsembleVerdict;
  readonly dependence: number;
}

function report(
  config: EnsembleConfig,
  cause: Finding,
  { action, verdict, dependence: taken }: Report,
): Finding {
  const { surprise, contributions } = verdict;
  return config.finding({
    action,
    subject: cause.subject,
    key: '',
    trigger: cause.trigger,
    at: cause.at,
    summary: firingText(config, contributions),
    evidence: {
      value: rounded(surprise),
      threshold: rounded(config.threshold),
      unit: 'surprise',
      windowMs: 0,
      samples: cause.evidence.samples,
      facts: {
        surprise: rounded(surprise),
        combine: config.combine,
        dependence: rounded(taken),
        contributions: contributions.map(({ name, share, surprise: own }) => {
          return { name, share: Math.round(share * 1e6) / 1e6, surprise: rounded(own) };
        }),
      },
    },
  });
}

/** `2 of 3 members fire: error_spike (60 %), slow_response (40 %)`. */
function firingText({ members }: EnsembleConfig, contributions: readonly MemberShare[]): string {
  const names = contributions.length === 0 ? '' : `: ${contributionText(contributions)}`;
  const verb = contributions.length === 1 ? 'fires' : 'fire';
  return `${contributions.length} of ${members.length} members ${verb}${names}`;
}
