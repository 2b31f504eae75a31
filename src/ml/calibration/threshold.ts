import { WatchkeeperError } from '../../core/errors.ts';
import { MAX_SURPRISE } from './surprise.ts';

/** How often normal scores may alarm. */
export interface AlarmBudget {
  /** Per subject. */
  readonly falseAlarmsPerWeek: number;
  /** How many scores a subject gets in a week: 10,080 at one a minute. */
  readonly scoresPerWeek: number;
}

/**
 * The surprise from which on to alarm: −log10(falseAlarmsPerWeek ÷
 * scoresPerWeek), within 0 and MAX_SURPRISE. Scores of one incident that
 * follow each other count as one alarm each.
 * @throws MODEL_INPUT when a number is not above 0 or not finite.
 */
export function thresholdFor({ falseAlarmsPerWeek, scoresPerWeek }: AlarmBudget): number {
  const ratio = falseAlarmsPerWeek / scoresPerWeek;
  if (!(falseAlarmsPerWeek > 0 && scoresPerWeek > 0 && Number.isFinite(ratio))) {
    throw new WatchkeeperError(
      'MODEL_INPUT',
      `${falseAlarmsPerWeek} false alarms in ${scoresPerWeek} scores are no rate.`,
      { fix: 'Give numbers above 0.' },
    );
  }
  return Math.min(MAX_SURPRISE, Math.max(0, -Math.log10(ratio)));
}
