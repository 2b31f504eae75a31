import { map } from 'rxjs';

import { option } from '../../core/options.ts';
import { thresholdFor } from '../../ml/calibration/threshold.ts';
import { staged } from '../chain.ts';
import { defineDetector } from '../define-detector.ts';
import { explainSessions, judgeSession } from './session-anomaly-judge.ts';
import {
  foldRecords,
  NO_SESSIONS,
  passDeadline,
  readState,
  sessionDue,
  sessionKey,
} from './session-anomaly-state.ts';
import type { SessionConfig, SessionState } from './session-anomaly-state.ts';

/** A request or job whose messages do not come as those of others do. */
export const sessionAnomaly = defineDetector({
  type: 'session_anomaly',
  version: 1,
  doc: 'A session (the records of one service with the same request id, or the same value of the attribute `key`) whose messages the live model of `model` finds unusual: events that are rare, missing, out of order or too many. A session ends after `idle` without a record. Without a score (no model is live, or it is late or broken) the rule decides: a message rarer than `rule_rarity` in a session with an error; the alert then says `fallback`. One alert per service; resolves after `quiet` without an unusual session.',
  subjects: ['service'],
  severity: 'medium',
  action: 'Look at the records of the named sessions',
  options: {
    model: option.text({
      doc: 'Name of the model in the registry.',
      maxLength: 64,
      default: 'log_session',
    }),
    key: option.text({
      doc: 'What tells sessions apart: `request_id`, or the name of an attribute.',
      maxLength: 64,
      default: 'request_id',
    }),
    idle: option.duration({
      doc: 'Time without a record after which a session is over.',
      default: '30s',
      min: '1s',
      max: '1d',
    }),
    maxEvents: option.integer({
      doc: 'Records after which a session is judged though it goes on.',
      default: 512,
      min: 2,
      max: 4096,
    }),
    maxSessions: option.integer({
      doc: 'Open sessions of a service at most; the oldest is judged early to make room.',
      default: 512,
      min: 1,
      max: 4096,
    }),
    minEvents: option.integer({
      doc: 'Records of a session before it is judged at all.',
      default: 2,
      min: 1,
      max: 4096,
    }),
    alarmsPerWeek: option.number({
      doc: 'False alarms that one service may have in a week; the surprise that fires follows from it and `sessions_per_week`.',
      default: 0.5,
      min: 0.001,
      max: 1000,
    }),
    sessionsPerWeek: option.integer({
      doc: 'About how many sessions a service has in a week.',
      default: 100_000,
      min: 1,
      max: 1_000_000_000,
    }),
    ruleRarity: option.number({
      doc: '−log10 of the share of its messages at which a message is rare to the rule: 5 is one in 100,000.',
      default: 5,
      min: 1,
      max: 6,
    }),
    timeout: option.duration({
      doc: 'How long an answer may take, in site time.',
      default: '2s',
      min: '100ms',
      max: '10m',
    }),
    quiet: option.duration({
      doc: 'Time without an unusual session after which the alert resolves.',
      default: '15m',
      min: '1s',
      max: '7d',
    }),
  },
  check: ({ minEvents, maxEvents }) =>
    minEvents <= maxEvents
      ? undefined
      : `Expected "min_events" (${minEvents}) to be at most "max_events".`,
  create({ options, finding }) {
    const threshold = thresholdFor({
      falseAlarmsPerWeek: options.alarmsPerWeek,
      scoresPerWeek: options.sessionsPerWeek,
    });
    const config: SessionConfig = { ...options, threshold, finding };
    const keyOf = sessionKey(options.key);
    return {
      initial: (): SessionState => NO_SESSIONS,
      selector: () => (record) => record.templateId !== undefined && keyOf(record) !== undefined,
      deadline: (state) => sessionDue(config, state),
      pipeline: staged('Gather sessions', () =>
        map(({ state, input }) =>
          input.type === 'records'
            ? foldRecords({ ...config, keyOf }, state, input)
            : passDeadline(config, state, input),
        ),
      ),
      answer: (state, input) => judgeSession(config, state, input),
      snapshot: (state) => ({ ...state, sessions: [...state.sessions.values()] }),
      restore: readState,
      explain: (state, context) => explainSessions(config, state, context),
    };
  },
});
