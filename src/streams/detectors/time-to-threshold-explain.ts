import type { ExplainContext, Explanation } from '../detector.ts';
import { clockText, spanText } from '../explain-text.ts';
import { rounded } from './score-evidence.ts';
import { valueText } from './time-to-threshold-judge.ts';
import type { ThresholdConfig, ThresholdState, Track } from './time-to-threshold-state.ts';

/** Says of each metric where it is, and when it is expected to cross. */
export function explainThreshold(
  config: ThresholdConfig,
  state: ThresholdState,
  { shiftMs }: ExplainContext,
): Explanation {
  const lines = state.map((track, index) => lineOf(config, track, index));
  const shown = Math.max(0, nearest(state));
  const { newest, alert, outlook } = state[shown] ?? {};
  const figures = {
    value: rounded(newest?.value ?? 0),
    threshold: config.threshold,
    unit: config.metrics[shown]?.unit ?? '',
  };
  const text = lines.join('; ');
  if (alert !== undefined) {
    const dueAt = (newest?.end ?? 0) + config.stale + shiftMs;
    const until = `resolves at ${clockText(dueAt)} if no more values come`;
    return { state: 'open', text: `firing: ${text}; ${until}`, ...figures, dueAt };
  }
  const isJudged = (outlook?.reach ?? 0) > 0;
  return { state: isJudged ? 'quiet' : 'idle', text, ...figures };
}

/** The metric that is shown: an open alert's, else of those judged the one that is to cross first. */
function nearest(state: ThresholdState): number {
  const rank = ({ alert, outlook }: Track): number => {
    if (alert !== undefined) return -1;
    if ((outlook?.reach ?? 0) === 0) return Infinity;
    return outlook?.median ?? Number.MAX_SAFE_INTEGER;
  };
  const least = Math.min(...state.map(rank));
  return state.findIndex((track) => rank(track) === least);
}

function lineOf(config: ThresholdConfig, track: Track, index: number): string {
  const metric = config.metrics[index];
  const { newest, outlook, values, late } = track;
  const name = metric?.name ?? '';
  if (newest === undefined) return `${name}: learning: no interval of values yet`;
  const now = `${name} ${valueText(newest.value, metric)} at ${clockText(newest.end)}`;
  const dropped = late > 0 ? `, ${late} values came too late` : '';
  if (outlook === undefined || outlook.reach === 0) {
    return `${now}: learning: ${values} intervals so far${dropped}`;
  }
  const reach = spanText(outlook.reach * config.interval);
  const goal = `${config.isBelow ? 'below' : 'above'} ${valueText(config.threshold, metric)}`;
  const band = `${valueText(outlook.low, metric)} to ${valueText(outlook.high, metric)} in ${reach}`;
  const steps = outlook.median;
  const when =
    steps === undefined
      ? `not ${goal} within ${reach}`
      : `${goal} in about ${spanText(steps * config.interval)}`;
  return `${now}: ${when} (${band}), from ${values} intervals${dropped}`;
}
