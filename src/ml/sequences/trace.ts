import type { ModelKind, ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';

import { createEventGrams, restoreEventGrams } from './event-grams.ts';
import { createGramBag, restoreGramBag } from './gram-bag.ts';
import { SequenceEnsemble } from './sequence-ensemble.ts';
import type { EnsembleMember, EnsembleSettings } from './sequence-ensemble.ts';
import type { Sequences } from './sequence-model.ts';
import { State } from './state.ts';

const KIND = 'trace';
const VERSION = 1;

export interface TraceOptions {
  /** What a digit of surprise of the set of calls counts, 0 to 10. @default 1 */
  readonly calls: number;
  /** The same for the counts of runs of calls. @default 1 */
  readonly runs: number;
  /** The same for the order of calls. @default 1 */
  readonly order: number;
}

const DEFAULTS: TraceOptions = { calls: 1, runs: 1, order: 1 };
const WEIGHT = { min: 0, max: 10 };
const LIMITS = { calls: WEIGHT, runs: WEIGHT, order: WEIGHT };

/**
 * Long traces of one process (ids of system calls, in order) judged by three
 * models: which calls there are, against the nearest normal trace
 * (`gram_bag`), how often which runs of three come (`gram_bag`), and how
 * likely calls are after the six before them (`event_grams`). Each score is
 * compared with those of normal traces about as long; the weighted sum of the
 * surprises is the score. An id never seen counts for all three.
 * Scoring costs about 3 ms a trace of 400 calls with 800 normal ones, and
 * 1.5 µs for each further call; `fit` five to six times the members'.
 */
export const traceModel: ModelKind<Sequences, TraceOptions> = {
  kind: KIND,
  doc: 'Judges traces of system calls by the set of calls, by the counts of short runs and by the order of calls, against normal traces; about 3 ms a trace.',
  defaults: DEFAULTS,
  create: (options) => createTrace(options),
  restore: (snapshot) => restoreTrace(snapshot),
};

/** As `traceModel.create`, with what it can do besides. */
export function createTrace(options: Partial<TraceOptions>): SequenceEnsemble {
  return new SequenceEnsemble(settingsOf(checkedOptions(DEFAULTS, options, LIMITS)));
}

/** As `traceModel.restore`, with what it can do besides. */
export function restoreTrace(snapshot: ModelSnapshot): SequenceEnsemble {
  const state = State.of(snapshot, KIND, VERSION);
  return SequenceEnsemble.from(settingsOf(state.options(DEFAULTS, LIMITS)), state);
}

function settingsOf(options: TraceOptions): EnsembleSettings {
  return { kind: KIND, version: VERSION, options, lead: 0, sum: 1, members: membersOf(options) };
}

function membersOf({ calls, runs, order }: TraceOptions): EnsembleMember[] {
  return [
    {
      name: 'calls',
      weight: calls,
      gauge: 'like_length',
      create: () =>
        createGramBag({ counting: 'present', weighting: 'even', similarity: 'overlap' }),
      restore: restoreGramBag,
    },
    {
      name: 'runs',
      weight: runs,
      gauge: 'like_length',
      create: () => createGramBag({ order: 3, counting: 'plain' }),
      restore: restoreGramBag,
    },
    {
      name: 'order',
      weight: order,
      gauge: 'like_length',
      create: () => createEventGrams({ order: 6 }),
      restore: restoreEventGrams,
    },
  ];
}
