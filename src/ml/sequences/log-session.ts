import type { ModelKind, ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';

import { createEventGrams, restoreEventGrams } from './event-grams.ts';
import { createGramBag, restoreGramBag } from './gram-bag.ts';
import { SequenceEnsemble } from './sequence-ensemble.ts';
import type { EnsembleMember, EnsembleSettings } from './sequence-ensemble.ts';
import type { Sequences } from './sequence-model.ts';
import { createSessionFacts, restoreSessionFacts } from './session-facts.ts';
import { State } from './state.ts';

const KIND = 'log_session';
const VERSION = 1;

export interface LogSessionOptions {
  /** What a digit of surprise of the facts counts, 0 to 10. @default 1 */
  readonly facts: number;
  /** The same for the count vectors. @default 0.5 */
  readonly counts: number;
  /** The same for the order of events: logs of concurrent work interleave by chance. @default 0.5 */
  readonly order: number;
  /** Different event ids kept, 1 to 65,536; what comes later is "never seen". @default 4096 */
  readonly events: number;
}

const DEFAULTS: LogSessionOptions = { facts: 1, counts: 0.5, order: 0.5, events: 4096 };
const WEIGHT = { min: 0, max: 10 };
const LIMITS = {
  facts: WEIGHT,
  counts: WEIGHT,
  order: WEIGHT,
  events: { min: 1, max: 65_536, isWhole: true },
};

/**
 * Sessions of log events (ids of templates, in order) judged by three models:
 * facts about which events come together and how often (`session_facts`), idf
 * count vectors (`gram_bag`), and the order of events by a back-off model of
 * order 3, its five most surprising places (`event_grams`). The score is
 * the strongest weighted surprise and a tenth of the sum of all, in digits;
 * calibrate it for a rate. An id
 * never seen is a rare event to all three and never an error. Scoring costs
 * about 40 µs for a session of 20 events and 0.25 µs for each further one;
 * `fit` about 0.2 ms a session, so it belongs into a worker thread for more
 * than a few.
 */
export const logSessionModel: ModelKind<Sequences, LogSessionOptions> = {
  kind: KIND,
  doc: 'Judges sessions of log templates by what holds in normal ones, by their counts and by the order of their events; about 40 µs a session. Says which event, and what was expected instead.',
  defaults: DEFAULTS,
  create: (options) => createLogSession(options),
  restore: (snapshot) => restoreLogSession(snapshot),
};

/** As `logSessionModel.create`, with what it can do besides. */
export function createLogSession(options: Partial<LogSessionOptions>): SequenceEnsemble {
  return new SequenceEnsemble(settingsOf(checkedOptions(DEFAULTS, options, LIMITS)));
}

/** As `logSessionModel.restore`, with what it can do besides. */
export function restoreLogSession(snapshot: ModelSnapshot): SequenceEnsemble {
  const state = State.of(snapshot, KIND, VERSION);
  return SequenceEnsemble.from(settingsOf(state.options(DEFAULTS, LIMITS)), state);
}

function settingsOf(options: LogSessionOptions): EnsembleSettings {
  return { kind: KIND, version: VERSION, options, lead: 1, sum: 0.1, members: membersOf(options) };
}

function membersOf({ facts, counts, order, events }: LogSessionOptions): EnsembleMember[] {
  return [
    {
      name: 'facts',
      weight: facts,
      gauge: 'raw',
      create: () => createSessionFacts({ events }),
      restore: restoreSessionFacts,
    },
    {
      name: 'counts',
      weight: counts,
      gauge: 'tail',
      create: () => createGramBag({ neighbours: 5, grams: events }),
      restore: restoreGramBag,
    },
    {
      name: 'order',
      weight: order,
      gauge: 'tail',
      create: () => createEventGrams({ order: 3, aggregate: 'top', span: 5, events }),
      restore: restoreEventGrams,
    },
  ];
}
