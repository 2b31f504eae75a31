import { option, optionsJsonSchema, parseOptions } from '../../core/options.ts';
import type { JsonSchema, Option } from '../../core/options.ts';
import type { SubjectKind } from '../../model/subject.ts';

/** A detector that an ensemble listens to. */
export interface EnsembleMember {
  readonly detector: string;
  /** Above 0; only how weights relate to each other counts. */
  readonly weights: Readonly<Record<SubjectKind, number>>;
}

const weightOption = (doc: string): Option<number> =>
  option.number({ doc, default: 1, min: 0.01, max: 100 });

const WEIGHT = weightOption('On every kind of subject.');
const WEIGHTS = {
  device: weightOption('On watches.'),
  service: weightOption('On services.'),
  user: weightOption('On users.'),
};
const ID = option.text({ doc: 'Id of the entry.', maxLength: 64 });

/** A weight for every kind of subject, or a map by kind. */
const WEIGHT_OR_WEIGHTS: Option<EnsembleMember['weights']> = {
  doc: 'How much it counts.',
  default: { device: 1, service: 1, user: 1 },
  form: `${WEIGHT.form}, or a map of such by kind of subject`,
  defaultText: '`1`',
  jsonSchema: { anyOf: [WEIGHT.jsonSchema, optionsJsonSchema(WEIGHTS)] },
  parse(node, name) {
    if (node.kind === 'map') return parseOptions(WEIGHTS, node);
    const weight = WEIGHT.parse(node, name);
    return { device: weight, service: weight, user: weight };
  },
};

const MEMBER = { detector: ID, weight: WEIGHT_OR_WEIGHTS };

/** An id alone, or a map with a weight. */
export const MEMBER_OPTION: Option<EnsembleMember> = {
  doc: 'A member.',
  default: undefined,
  form: 'an id or `{ detector, weight }`',
  defaultText: 'required',
  jsonSchema: { anyOf: [ID.jsonSchema, memberSchema()] },
  parse(node, name) {
    if (node.kind !== 'map') {
      return { detector: ID.parse(node, name), weights: { device: 1, service: 1, user: 1 } };
    }
    const { detector, weight } = parseOptions(MEMBER, node);
    return { detector, weights: weight };
  },
};

function memberSchema(): JsonSchema {
  const { detector } = MEMBER;
  return {
    type: 'object',
    properties: { detector: detector.jsonSchema, weight: WEIGHT_OR_WEIGHTS.jsonSchema },
    required: ['detector'],
    additionalProperties: false,
  };
}
