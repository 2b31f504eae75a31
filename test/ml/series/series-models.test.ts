import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';

import { describe } from '../../support/suite.ts';
import { eventfulStream, KINDS, prefixOf, scoresOf } from './kinds.ts';

const LENGTH = 420;
const RUNS = { numRuns: 25 };
const msgpack = new Packr({ moreTypes: true, structuredClone: true });
const seeds = fc.integer({ min: 0, max: 1_000_000 });
const CEILING = 16;

for (const { name, create, restore } of KINDS) {
  describe(`stream model ${name}`, (it) => {
    it('says something about an eventful stream', () => {
      const scores = scoresOf(create(), eventfulStream(5, LENGTH * 6));
      assert.ok(
        scores.some((score) => score > 0.05),
        `at most ${Math.max(...scores)}`,
      );
    });

    it('knows nothing of what comes later', () => {
      fc.assert(
        fc.property(seeds, seeds, fc.integer({ min: 1, max: LENGTH }), (one, other, cut) => {
          const points = eventfulStream(one, LENGTH);
          const alternative = eventfulStream(other, LENGTH);
          const changed = prefixOf(points, LENGTH);
          const values = changed.values.slice();
          values.set(alternative.values.subarray(cut), cut);
          const before = scoresOf(create(), points).slice(0, cut);
          const after = scoresOf(create(), { times: points.times, values }).slice(0, cut);
          assert.deepEqual(after, before);
        }),
        RUNS,
      );
    });

    it('goes on bit-equal from a snapshot, cloned or packed', () => {
      fc.assert(
        fc.property(seeds, fc.integer({ min: 0, max: LENGTH - 1 }), (seed, cut) => {
          const points = eventfulStream(seed, LENGTH);
          const model = create();
          scoresOf(model, prefixOf(points, cut));
          const snapshot = model.snapshot();
          const cloned = restore(structuredClone(snapshot));
          const packed = restore(msgpack.unpack(msgpack.pack(snapshot)) as typeof snapshot);
          const expected = scoresOf(model, points, cut);
          assert.deepEqual(scoresOf(cloned, points, cut), expected);
          assert.deepEqual(scoresOf(packed, points, cut), expected);
          assert.deepEqual(cloned.snapshot(), model.snapshot());
        }),
        RUNS,
      );
    });

    it('gives the same scores to a stream with another scale, offset and time', () => {
      fc.assert(
        fc.property(
          seeds,
          fc.record({
            power: fc.integer({ min: -20, max: 20 }),
            offset: fc.integer({ min: -50, max: 50 }),
            shift: fc.integer({ min: -1e11, max: 1e11 }),
          }),
          (seed, { power, offset, shift }) => {
            const points = eventfulStream(seed, LENGTH);
            const scale = 2 ** power;
            const moved = {
              times: points.times.map((time) => time + shift),
              values: points.values.map((value) => value * scale + offset * scale),
            };
            const expected = scoresOf(create(), points);
            for (const [index, score] of scoresOf(create(), moved).entries()) {
              const wanted = expected[index] as number;
              assert.ok(Math.abs(score - wanted) < 1e-6, `${index}: ${score} for ${wanted}`);
            }
          },
        ),
        RUNS,
      );
    });

    it('gives a defined score to any finite numbers and times', () => {
      const numbers = fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(0, -0, 1, 1e300, -1e300, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE),
      );
      const points = fc.array(fc.tuple(numbers, numbers), { minLength: 1, maxLength: 120 });
      fc.assert(
        fc.property(points, (given) => {
          const model = create();
          // Repeated, so that windows fill.
          for (const [time, value] of [...given, ...given, ...given]) {
            const score = model.observe(time, value);
            assert.ok(score >= 0 && score <= CEILING, String(score));
          }
          restore(structuredClone(model.snapshot()));
        }),
        { numRuns: 60 },
      );
    });

    it('is silent about a constant stream, at any pace', () => {
      const model = create();
      for (let index = 0; index < 2000; index += 1) {
        assert.equal(model.observe(index % 3 === 0 ? 0 : index * 60_000, 42), 0);
      }
    });

    it('refuses what is not finite and learns nothing of it', () => {
      const points = eventfulStream(3, LENGTH);
      const model = create();
      const twin = create();
      for (const [index, value] of points.values.entries()) {
        for (const wrong of [Number.NaN, Infinity, -Infinity]) {
          assert.throws(() => model.observe(index, wrong), { code: 'MODEL_INPUT' });
          assert.throws(() => model.observe(wrong, value), { code: 'MODEL_INPUT' });
        }
        const time = points.times[index] as number;
        assert.equal(model.observe(time, value), twin.observe(time, value));
      }
    });

    it('refuses a snapshot with any field missing or of another type', () => {
      const model = create();
      scoresOf(model, eventfulStream(9, LENGTH));
      const snapshot = model.snapshot();
      const paths = pathsOf(snapshot);
      assert.ok(paths.length > 5);
      for (const path of paths) {
        for (const wrong of [undefined, Number.NaN, 'x', new Float64Array([Number.NaN])]) {
          const broken = structuredClone(snapshot) as unknown as Record<string, unknown>;
          put(broken, path, wrong);
          const what = `${path.join('.')} = ${String(wrong)}`;
          assert.throws(() => restore(broken as never), { code: 'MODEL_INVALID' }, what);
        }
      }
    });

    it('weighs about what it says', () => {
      const model = create();
      scoresOf(model, eventfulStream(4, 3000));
      const size = msgpack.pack(model.snapshot()).length;
      assert.ok(model.bytes > size / 4 && model.bytes < size * 4 + 400, `${model.bytes}, ${size}`);
    });
  });
}

/** Of every number, text and array in a snapshot, but for the optional parts of the calibrator. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (path.includes('calibrator') && path.length > 2) return [];
  const isLeaf = typeof value !== 'object' || value === null || ArrayBuffer.isView(value);
  if (isLeaf || Array.isArray(value)) return [path];
  const below = Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) target[key] = value;
  else put(target[key] as Record<string, unknown>, rest, value);
}
