import { WatchkeeperError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { requireSequences, type Sequences } from '../sequences/sequence-model.ts';
import type { FlatSessions } from './event-windows.ts';
import { shuffled } from './initial-weights.ts';

/**
 * A copy of the sessions as one array: all, or as many at random as hold
 * `maxEvents` events.
 * @throws MODEL_INPUT when there is no event, or a session is no Uint32Array
 */
export function flatSessions(samples: Sequences, maxEvents: number, random: Random): FlatSessions {
  const total = samples.reduce((sum, { length }) => sum + length, 0);
  if (total === 0) {
    throw new WatchkeeperError('MODEL_INPUT', 'There is no event to train on.', {
      fix: 'Give at least one session with events; some hundred make a useful model.',
    });
  }
  const chosen = total <= maxEvents ? samples : someOf(samples, maxEvents, random);
  requireSequences(chosen);
  const starts = new Uint32Array(chosen.length + 1);
  chosen.forEach(({ length }, at) => {
    starts[at + 1] = (starts[at] as number) + length;
  });
  const events = new Uint32Array(starts[chosen.length] as number);
  chosen.forEach((session, at) => {
    events.set(session, starts[at]);
  });
  return { events, starts };
}

/** At least one. */
function someOf(samples: Sequences, maxEvents: number, random: Random): Sequences {
  const some: Uint32Array[] = [];
  let events = 0;
  for (const at of shuffled(samples.length, random)) {
    const session = samples[at] as Uint32Array;
    if (some.length > 0 && events + session.length > maxEvents) break;
    some.push(session);
    events += session.length;
  }
  return some;
}
