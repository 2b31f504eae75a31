import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import type { ModelKind } from '../../../src/ml/model.ts';
import { editDistance } from '../../../src/ml/sequences/edit-distance.ts';
import { eventGrams } from '../../../src/ml/sequences/event-grams.ts';
import { gramBag } from '../../../src/ml/sequences/gram-bag.ts';
import { logSessionModel } from '../../../src/ml/sequences/log-session.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import { sessionFacts } from '../../../src/ml/sequences/session-facts.ts';
import { traceModel } from '../../../src/ml/sequences/trace.ts';

/** Every kind of this folder, their options left at the defaults. */
export const KINDS: readonly ModelKind<Sequences>[] = [
  eventGrams,
  sessionFacts,
  gramBag,
  editDistance,
  logSessionModel,
  traceModel,
].map((kind) => kind as ModelKind<Sequences>);

export const random = (): Random => new Random(1, 'sequences');

/** A session from numbers. */
export const session = (...events: number[]): Uint32Array => Uint32Array.from(events);

/** Sessions of a few event ids, the extreme ones among them. */
export const sessions = (atLeast: number): fc.Arbitrary<Uint32Array[]> =>
  fc.array(
    fc
      .array(fc.constantFrom(0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff), { maxLength: 12 })
      .map((events) => Uint32Array.from(events)),
    { minLength: atLeast, maxLength: 14 },
  );
