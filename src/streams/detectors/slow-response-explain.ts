import type { ExplainContext, Explanation } from '../detector.ts';
import { clockText, countText } from '../explain-text.ts';
import type { SlowConfig, SlowState } from './slow-response-state.ts';

/** Says which routes were slow, and until when their alerts stay open. */
export function explainSlow(
  { thresholdMs, quietMs }: SlowConfig,
  state: SlowState,
  { shiftMs }: ExplainContext,
): Explanation {
  const limit = `${countText(thresholdMs)} ms`;
  const figures = { threshold: thresholdMs, unit: 'ms' };
  if (state.length === 0) {
    const text = `no response over ${limit}; the next one would fire`;
    return { state: 'quiet', text, value: 0, ...figures, missing: 1 };
  }
  const count = state.reduce((sum, route) => sum + route.count, 0);
  const value = Math.max(...state.map(({ slowest }) => slowest[0]?.durationMs ?? 0));
  const dueAt = Math.max(...state.map(({ lastAt }) => lastAt)) + quietMs + shiftMs;
  const keys = state.slice(0, SHOWN).map(({ key }) => key);
  const more = state.length > SHOWN ? ` and ${state.length - SHOWN} more` : '';
  const responses = `${countText(count)} response${count === 1 ? '' : 's'} over ${limit}`;
  const text = `firing: ${responses} (${keys.join(', ')}${more}), up to ${countText(value)} ms; resolves at ${clockText(dueAt)} if no more come`;
  return { state: 'open', text, value, ...figures, dueAt };
}

/** Routes that are named. */
const SHOWN = 3;
