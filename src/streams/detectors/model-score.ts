import { map } from 'rxjs';

import { option } from '../../core/options.ts';
import { thresholdFor } from '../../ml/calibration/threshold.ts';
import { staged } from '../chain.ts';
import { defineDetector } from '../define-detector.ts';
import { WINDOW_FEATURES } from './feature-windows.ts';
import { explainScore } from './model-score-explain.ts';
import { judgeAnswer, pastDeadline } from './model-score-judge.ts';
import { IDLE, foldRecords, readState, writeState } from './model-score-state.ts';
import type { ModelScoreConfig, ModelScoreState } from './model-score-state.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** A window of records that the live model of a name finds unusual. */
export const modelScore = defineDetector({
  type: 'model_score',
  version: 2,
  doc: 'A window of records whose features the live model of `model` finds unusual. Windows are scaled by what the subject itself usually shows, and are judged from `min_windows` on. Without a score (no model is live, or it is late or broken) the rule decides: some feature that is not missing at `rule_deviations` or more from its median; the alert then says `fallback`. One alert per subject; resolves after `quiet` without an unusual window.',
  subjects: ['service', 'device', 'user'],
  severity: 'medium',
  action: 'Compare the named features with the hours before',
  options: {
    model: option.text({ doc: 'Name of the model in the registry.', maxLength: 64 }),
    features: option.oneOf({
      doc: 'What is made of a window: `service` of services, `vitals` of watches, `user` of users.',
      values: ['service', 'vitals', 'user'],
      default: 'service',
    }),
    window: option.duration({
      doc: 'Length of a window, in event time.',
      default: '5m',
      min: '10s',
      max: '1d',
    }),
    alarmsPerWeek: option.number({
      doc: 'False alarms that one subject may have in a week; the surprise that fires follows from it.',
      default: 0.5,
      min: 0.001,
      max: 1000,
    }),
    minWindows: option.integer({
      doc: 'Windows of a subject before the first is judged.',
      default: 24,
      min: 1,
      max: 10_000,
    }),
    ruleDeviations: option.number({
      doc: 'Robust deviations from the median at which the rule fires when there is no score.',
      default: 12,
      min: 1,
      max: 1e6,
    }),
    scale: option.oneOf({
      doc: 'Whether the model is given windows scaled by the `subject`, as it must have been trained, or `none`.',
      values: ['subject', 'none'],
      default: 'subject',
    }),
    lateness: option.duration({
      doc: 'How long records may be under way before a window is closed.',
      default: '30s',
      max: '1h',
    }),
    timeout: option.duration({
      doc: 'How long an answer may take, in site time.',
      default: '2s',
      min: '100ms',
      max: '10m',
    }),
    quiet: option.duration({
      doc: 'Time without an unusual window after which the alert resolves.',
      default: '15m',
      min: '1s',
      max: '7d',
    }),
  },
  narrow: ({ features }) => [WINDOW_FEATURES[features].subject],
  create({ options, finding }) {
    const config: ModelScoreConfig = {
      ...options,
      features: WINDOW_FEATURES[options.features],
      isScaled: options.scale === 'subject',
      threshold: thresholdFor({
        falseAlarmsPerWeek: options.alarmsPerWeek,
        scoresPerWeek: WEEK_MS / options.window,
      }),
      finding,
    };
    return {
      initial: (): ModelScoreState => IDLE,
      selector: () => config.features.matches,
      deadline: (state) => due(config, state),
      pipeline: staged('Close windows', () =>
        map(({ state, input }) =>
          input.type === 'records'
            ? foldRecords(config, state, input)
            : pastDeadline(config, state, input),
        ),
      ),
      answer: (state, input) => judgeAnswer(config, state, input),
      snapshot: writeState,
      restore: (data) => readState(config, data),
      explain: (state, context) => explainScore(config, state, context),
    };
  },
});

/** When the open window closes, or the open alert resolves. */
function due(
  { window, lateness, quiet }: ModelScoreConfig,
  { open, alarmAt }: ModelScoreState,
): number | undefined {
  const closes = open === undefined ? undefined : open.start + window + lateness;
  const resolves = alarmAt === undefined ? undefined : alarmAt + quiet;
  if (closes === undefined || resolves === undefined) return closes ?? resolves;
  return Math.min(closes, resolves);
}
