import type { Contribution, ScoreFailure } from '../../model/journal-entry.ts';
import type { ScoreInput } from '../detector.ts';

/** Why a rule decided instead of a model, for people. */
export const FALLBACK_TEXT: Readonly<Record<ScoreFailure, string>> = Object.freeze({
  missing: 'no model is live',
  features: 'the model was trained on other features',
  unavailable: 'the scorer had no room',
  broken: 'the model failed',
  nan: 'the model gave no number',
  late: 'the model was too late',
});

/** The last answer, as a detector's state keeps it. */
export interface LastAnswer {
  readonly at: number;
  /** Artefact id; '' where the rule decided. */
  readonly model: string;
  readonly failure: ScoreFailure | undefined;
  /** Surprise, or what the rule measured. */
  readonly value: number;
  readonly isUnusual: boolean;
}

/** What evidence says about where a score came from. */
export function scoreFacts({ model, answer }: ScoreInput): Readonly<Record<string, unknown>> {
  if ('failure' in answer) return { model: '', fallback: answer.failure };
  const { surprise, contributions } = answer;
  return {
    model,
    surprise: rounded(surprise),
    contributions: contributions.map(({ name, share }) => ({ name, share: rounded(share) })),
  };
}

/** `error_share (62 %), records_log (30 %)`. */
export function contributionText(contributions: readonly Contribution[]): string {
  return contributions
    .map(({ name, share }) => `${name} (${Math.round(share * 100)} %)`)
    .join(', ');
}

/** The answer out of a snapshot; `undefined` when there was none. */
export function readAnswer(data: unknown): LastAnswer | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { at, model, failure, value, isUnusual } = data as LastAnswer;
  return { at, model, failure: failure ?? undefined, value, isUnusual };
}

export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
