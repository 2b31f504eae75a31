import assert from 'node:assert/strict';

import fc from 'fast-check';
import { Packr } from 'msgpackr';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import type { ModelSnapshot } from '../../../src/ml/model.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import { describe } from '../../support/suite.ts';

import { KINDS, random, session, sessions } from './sessions.ts';

const packr = new Packr({ useRecords: false, moreTypes: true });
const isInvalid = (error: unknown): boolean => isWatchkeeperError(error, 'MODEL_INVALID');

for (const kind of KINDS) {
  describe(`models of sequences: ${kind.kind}`, (it) => {
    it('gives finite scores for whatever sessions', () => {
      fc.assert(
        fc.property(sessions(1), sessions(0), (normal, others) => {
          const model = kind.create({}, random());
          model.fit(normal);
          for (const score of model.score(others)) assert.ok(Number.isFinite(score) && score >= 0);
        }),
        { numRuns: 60 },
      );
    });

    it('scores and learns bit for bit the same after a restore', () => {
      fc.assert(
        fc.property(sessions(1), sessions(1), sessions(1), (normal, later, others) => {
          const model = kind.create({}, random());
          model.fit(normal);
          for (const copy of [structuredClone, throughMessagePack]) {
            const restored = kind.restore(copy(model.snapshot()));
            assert.deepEqual(restored.score(others), model.score(others));
            restored.update(later);
            model.update(later);
            assert.deepEqual(restored.score(others), model.score(others));
            assert.deepEqual(restored.snapshot(), model.snapshot());
          }
        }),
        { numRuns: 40 },
      );
    });

    it('refuses to restore what is corrupt, or never fails later', () => {
      const model = kind.create({}, random());
      const normal = [session(1, 2, 3), session(1, 2, 2, 3), session(1, 3), session(), session(9)];
      model.fit(normal);
      let refused = 0;
      for (const broken of mutationsOf(model.snapshot())) {
        try {
          const restored = kind.restore(broken);
          for (const score of restored.score(normal)) assert.ok(!Number.isNaN(score));
          restored.update(normal);
        } catch (error) {
          assert.ok(isInvalid(error) || isWatchkeeperError(error, 'MODEL_UNFITTED'), String(error));
          refused += 1;
        }
      }
      assert.ok(refused > 10, `${refused} refused`);
      for (const nothing of [undefined, null, 1, {}, { ...model.snapshot(), version: 99 }]) {
        assert.throws(() => kind.restore(nothing as ModelSnapshot), isInvalid);
      }
    });

    it('refuses what are no sessions, and to score before fit', () => {
      const model = kind.create({}, random());
      const isInput = (error: unknown): boolean => isWatchkeeperError(error, 'MODEL_INPUT');
      assert.throws(
        () => model.score([session(1)]),
        (error: unknown) => isWatchkeeperError(error, 'MODEL_UNFITTED'),
      );
      assert.throws(() => model.fit([[1, 2]] as unknown as Sequences), isInput);
      assert.throws(() => model.fit(undefined as unknown as Sequences), isInput);
      assert.throws(() => kind.create({ nonsense: 1 } as object, random()), isInput);
    });

    it('forgets at fit what it knew before', () => {
      const model = kind.create({}, random());
      model.fit([session(5, 6, 7), session(8)]);
      const fresh = kind.create({}, random());
      const normal = [session(1, 2), session(1, 2, 3)];
      model.fit(normal);
      fresh.fit(normal);
      assert.deepEqual(model.snapshot(), fresh.snapshot());
    });

    it('takes ids it has never seen, empty sessions and single events', () => {
      const model = kind.create({}, random());
      const normal = Array.from({ length: 50 }, (_, index) => session(1, 2, (index % 3) + 3));
      model.fit(normal);
      const [usual, strange] = model.score([session(1, 2, 3), session(0xffffffff, 0xfffffffe)]);
      assert.ok((strange as number) > (usual as number), `${strange} over ${usual}`);
      for (const score of model.score([session(), session(1), session(0xffffffff)])) {
        assert.ok(Number.isFinite(score));
      }
    });

    it(
      'takes a million events',
      () => {
        const model = kind.create({}, random());
        model.fit([session(1, 2, 3), session(1, 2), session(3, 1)]);
        const long = Uint32Array.from({ length: 1_000_000 }, (_, index) => (index * 7919) % 977);
        assert.ok(Number.isFinite(model.score([long])[0]));
        model.update([long]);
        assert.ok(Number.isFinite(model.score([long])[0]));
      },
      { deadlineMs: 60_000 },
    );
  });
}

function throughMessagePack(snapshot: ModelSnapshot): ModelSnapshot {
  return packr.unpack(packr.pack(snapshot)) as ModelSnapshot;
}

/** The snapshot with one place changed at a time: taken away, of another kind, out of bounds or cut off. */
function* mutationsOf(snapshot: ModelSnapshot): Generator<ModelSnapshot> {
  for (const path of pathsOf(snapshot, [])) {
    for (const change of [drop, negate, cut, empty]) {
      const copy = structuredClone(snapshot);
      let holder = copy as unknown as Record<string, unknown>;
      for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
      const last = path.at(-1) as string;
      const changed = change(holder[last]);
      if (changed === holder[last]) continue;
      holder[last] = changed;
      yield copy;
    }
  }
}

function* pathsOf(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const [key, inner] of Object.entries(value)) yield* pathsOf(inner, [...path, key]);
}

const drop = (): unknown => undefined;
const empty = (): unknown => ({});
const negate = (value: unknown): unknown => {
  if (typeof value === 'number') return -1 - value;
  if (value instanceof Float64Array) return value.map((item) => -1 - item);
  if (value instanceof Uint32Array) return value.map((item) => 0xffffffff - item);
  return value;
};
const cut = (value: unknown): unknown => {
  const isList = Array.isArray(value) || value instanceof Float64Array;
  return isList || value instanceof Uint32Array ? value.slice(0, -1) : value;
};
