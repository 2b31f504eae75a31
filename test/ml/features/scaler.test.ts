import assert from 'node:assert/strict';
import fc from 'fast-check';

import { createScaler, fleetPrior, restoreScaler } from '../../../src/ml/features/scaler.ts';
import type { ScalerState } from '../../../src/ml/features/scaler.ts';
import { describe } from '../../support/suite.ts';

const KINDS = ['standard', 'robust', 'minmax'] as const;
const rows = fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()), {
  minLength: 1,
  maxLength: 60,
});

function scaledBy(scaler: ReturnType<typeof createScaler>, values: readonly number[]): number[] {
  const out = new Float64Array(values.length);
  scaler.scale(Float64Array.from(values), out);
  return [...out];
}

describe('scaler', (it) => {
  it('brings a column to mean 0 and deviation 1', () => {
    const scaler = createScaler(1, { kind: 'standard' });
    for (const value of [2, 4, 4, 4, 5, 5, 7, 9]) scaler.observe(Float64Array.of(value));
    assert.deepEqual(scaledBy(scaler, [9]), [2]);
    assert.deepEqual(scaledBy(scaler, [5]), [0]);
  });

  it('brings a column to 0 … 1 of what was least and greatest', () => {
    const scaler = createScaler(1, { kind: 'minmax' });
    for (const value of [10, 30, 20]) scaler.observe(Float64Array.of(value));
    assert.deepEqual(scaledBy(scaler, [15]), [0.25]);
    assert.deepEqual(scaledBy(scaler, [40]), [1.5]);
  });

  it('takes median and scaled median absolute deviation, whatever a few outliers say', () => {
    const scaler = createScaler(1, { kind: 'robust' });
    for (let index = 0; index < 1_000; index += 1) {
      scaler.observe(Float64Array.of(index % 100 === 0 ? 1e9 : (index * 37) % 101));
    }
    const [at50, at100] = scaledBy(scaler, [50]).concat(scaledBy(scaler, [100]));
    assert.ok(Math.abs(at50 ?? 9) < 0.1, `${at50}`);
    // Uniform on 0 … 100: median absolute deviation 25.
    assert.ok(Math.abs((at100 ?? 0) - 50 / (1.4826 * 25)) < 0.15, `${at100}`);
  });

  it('gives a new subject the fleet’s scale, and draws it to its own with its rows', () => {
    const fleet = [58, 60, 62, 64, 66].map((rate) => {
      const scaler = createScaler(1, { kind: 'standard' });
      for (const delta of [-5, 5, -5, 5]) scaler.observe(Float64Array.of(rate + delta));
      return scaler;
    });
    const prior = fleetPrior(fleet);
    const fresh = createScaler(1, { kind: 'standard', priorWeight: 10 }, prior);
    assert.deepEqual(scaledBy(fresh, [62]), [0]);
    const first = scaledBy(fresh, [90])[0] ?? 0;
    assert.ok(first > 4, `${first}`);
    for (let index = 0; index < 200; index += 1) {
      fresh.observe(Float64Array.of(index % 2 === 0 ? 85 : 95));
    }
    assert.ok(Math.abs(scaledBy(fresh, [90])[0] ?? 9) < 0.4);
  });

  it('scales to 0 without a prior and a row, and where a column has no spread', () => {
    for (const kind of KINDS) {
      const scaler = createScaler(2, { kind });
      assert.deepEqual(scaledBy(scaler, [5, 7]), [0, 0], kind);
      for (let index = 0; index < 9; index += 1) scaler.observe(Float64Array.of(0.1, 1e300));
      assert.deepEqual(scaledBy(scaler, [0.4, 1e300]), [0, 0], kind);
    }
  });

  it('never gives a NaN or an infinity', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), rows, (kind, given) => {
        const scaler = createScaler(2, { kind });
        for (const row of given) scaler.observe(Float64Array.from(row));
        for (const row of given) {
          assert.ok(scaledBy(scaler, row).every((value) => Math.abs(value) <= 1e6));
        }
      }),
    );
  });

  it('goes on bit-equally after a restore', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), rows, rows, (kind, before, after) => {
        const prior = [
          { low: 0, center: 1, spread: 2, high: 3 },
          { low: -1, center: 0, spread: 1, high: 9 },
        ];
        const one = createScaler(2, { kind }, prior);
        for (const row of before) one.observe(Float64Array.from(row));
        const other = restoreScaler(structuredClone(one.snapshot()));
        for (const row of after) {
          one.observe(Float64Array.from(row));
          other.observe(Float64Array.from(row));
          assert.deepEqual(scaledBy(one, row), scaledBy(other, row));
        }
        assert.deepEqual(one.snapshot(), other.snapshot());
      }),
    );
  });

  it('refuses rows of another width and what is not finite', () => {
    const scaler = createScaler(2);
    const code = { code: 'MODEL_INPUT' };
    assert.throws(() => scaler.observe(Float64Array.of(1)), code);
    assert.throws(() => scaler.observe(Float64Array.of(1, Number.NaN)), code);
    assert.throws(() => scaledBy(scaler, [1, Number.POSITIVE_INFINITY]), code);
  });

  it('refuses what is no scaler', () => {
    const scaler = createScaler(1, {}, [{ low: 0, center: 0, spread: 1, high: 0 }]);
    scaler.observe(Float64Array.of(1));
    const good = scaler.snapshot();
    const state = good.state as ScalerState;
    const bad: readonly unknown[] = [
      { ...good, kind: 'tree' },
      { ...good, version: 9 },
      { ...good, state: null },
      ...[
        { kind: 'log' },
        { priorWeight: -1 },
        { columns: 1.5 },
        { values: [1] },
        { values: state.values.slice(1) },
        { values: state.values.map(() => Number.NaN) },
        { values: state.values.map((value, index) => (index === 0 ? 40 : value)) },
        { values: state.values.map((value, index) => (index === 0 ? 2 : value)) },
        { prior: [{ low: 0 }] },
        { prior: null },
      ].map((change) => ({ ...good, state: { ...state, ...change } })),
    ];
    for (const snapshot of bad) {
      assert.throws(() => restoreScaler(snapshot as typeof good), { code: 'MODEL_INVALID' });
    }
  });

  it('knows no prior of a fleet that saw nothing', () => {
    assert.deepEqual(fleetPrior([createScaler(3), createScaler(3)]), []);
  });
});
