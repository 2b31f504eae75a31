import { map } from 'rxjs';

import { option } from '../../core/options.ts';
import { thresholdFor } from '../../ml/calibration/threshold.ts';
import { COMBINATIONS } from '../../ml/ensemble/combine.ts';
import { staged } from '../chain.ts';
import { defineDetector } from '../define-detector.ts';
import type { Explanation } from '../detector.ts';
import { hearFindings } from './ensemble-judge.ts';
import type { EnsembleConfig } from './ensemble-judge.ts';
import { MEMBER_OPTION } from './ensemble-members.ts';
import { readEnsemble, SILENT, writeEnsemble } from './ensemble-state.ts';
import type { EnsembleState } from './ensemble-state.ts';
import { rounded } from './score-evidence.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** Several detectors of one subject that fire at the same time. */
export const ensemble = defineDetector({
  type: 'ensemble',
  version: 1,
  doc: 'Other detectors, its members, that together say something unlikely of one subject. A member fires from its alert to its resolution. A model says how surprising that is; a rule is as surprising as it is rare on this subject, and counts as quiet for a week before it is first heard. Members that do not fire have a surprise of 0. What members often say together, because they watch the same thing, counts by how often they did. Watches the kinds of subjects that all members watch. One alert per subject, with the share of each member; resolves when the surprise falls below `clear_share` of what opens it.',
  subjects: ['service', 'device', 'user'],
  severity: 'high',
  action: 'Look at what fires together, the largest share first',
  noWhere: 'it takes findings, not records; give its members one.',
  options: {
    members: option.list({
      doc: 'Two to eight other entries; no ensembles. `weight` is 1 when left out, and may be a map by kind of subject.',
      of: MEMBER_OPTION,
      maxItems: 8,
    }),
    combine: option.oneOf({
      doc: 'How surprises become one number.',
      values: COMBINATIONS,
      default: 'tail_sum',
    }),
    falseAlarmsPerWeek: option.number({
      doc: 'False alarms that one subject may have in a week; the surprise that fires follows from it.',
      default: 1,
      min: 0.001,
      max: 1000,
    }),
    step: option.duration({
      doc: 'How often members are taken to decide; as long as the windows of models among them.',
      default: '5m',
      min: '10s',
      max: '1d',
    }),
    clearShare: option.number({
      doc: 'Part of the surprise that opens below which the alert resolves.',
      default: 0.8,
      min: 0.1,
      max: 1,
    }),
  },
  check({ members }) {
    if (members.length < 2) return 'Expected at least 2 "members".';
    const twice = members.find(
      ({ detector }, index) => members.findIndex((each) => each.detector === detector) < index,
    );
    return twice === undefined ? undefined : `The member "${twice.detector}" stands here twice.`;
  },
  create({ options, finding }) {
    const { falseAlarmsPerWeek, step, clearShare } = options;
    const threshold = thresholdFor({ falseAlarmsPerWeek, scoresPerWeek: WEEK_MS / step });
    const config: EnsembleConfig = {
      members: options.members,
      combine: options.combine,
      step,
      threshold,
      clear: threshold * clearShare,
      finding,
    };
    return {
      initial: (): EnsembleState => SILENT,
      selector: () => undefined,
      deadline: () => undefined,
      pipeline: staged('Combine findings', () => map(({ state }) => ({ state, findings: [] }))),
      hears: options.members.map(({ detector }) => detector),
      hear: (state, input) => hearFindings(config, state, input),
      snapshot: writeEnsemble,
      restore: readEnsemble,
      explain: (state) => explainEnsemble(config, state),
    };
  },
});

function explainEnsemble(config: EnsembleConfig, state: EnsembleState): Explanation {
  const { members, isOpen, surprise } = state;
  const firing = members.filter(({ id, keys }) => {
    return keys.length > 0 && config.members.some(({ detector }) => detector === id);
  });
  const threshold = rounded(isOpen ? config.clear : config.threshold);
  const names = firing.map(({ id }) => id).join(', ');
  const which = firing.length === 0 ? 'no member fires' : `firing members: ${names}`;
  return {
    state: isOpen ? 'open' : 'quiet',
    text: isOpen ? `${which}; resolves below a surprise of ${threshold}` : which,
    value: rounded(surprise),
    threshold,
    unit: 'surprise',
  };
}
