import type { ExplainContext, Explanation } from '../detector.ts';
import { clockText } from '../explain-text.ts';
import type { ModelScoreConfig, ModelScoreState } from './model-score-state.ts';
import { FALLBACK_TEXT, rounded } from './score-evidence.ts';

/** Says what the last window came to, and who judged it. */
export function explainScore(
  config: ModelScoreConfig,
  state: ModelScoreState,
  { shiftMs }: ExplainContext,
): Explanation {
  const { threshold, ruleDeviations, minWindows, quiet, model } = config;
  const { last, windows, alarmAt } = state;
  if (last === undefined) {
    const missing = Math.max(0, minWindows + 1 - windows);
    const text = `learning: ${windows} windows known, judged from ${minWindows + 1} on`;
    const left = missing === 0 ? '; waiting for the first answer' : '';
    return {
      state: 'idle',
      text: `${text}${left}`,
      value: windows,
      threshold: minWindows + 1,
      unit: 'windows',
    };
  }
  const isByRule = last.failure !== undefined;
  const figures = {
    value: rounded(last.value),
    threshold: rounded(isByRule ? ruleDeviations : threshold),
    unit: isByRule ? 'deviations' : 'surprise',
  };
  const measured = `${figures.value} of ${figures.threshold} ${figures.unit}`;
  const by =
    last.failure === undefined
      ? `${measured} by ${model} (${last.model.slice(0, 12)})`
      : `${last.failure === 'missing' ? 'learning: ' : ''}${measured} by the rule, since ${FALLBACK_TEXT[last.failure]}`;
  if (alarmAt === undefined) return { state: 'quiet', text: by, ...figures };
  const dueAt = alarmAt + quiet + shiftMs;
  const text = `firing: ${by}; resolves at ${clockText(dueAt)} if no unusual window comes`;
  return { state: 'open', text, ...figures, dueAt };
}
