import assert from 'node:assert/strict';

import { Random } from '../../../src/core/random.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { createSurpriseCalibrator, MAX_SURPRISE } from '../../../src/ml/calibration/surprise.ts';
import { createScaler } from '../../../src/ml/features/scaler.ts';
import { createForecaster } from '../../../src/ml/forecast/forecaster.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import type { Model, ModelSnapshot } from '../../../src/ml/model.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import { createVitalsContext } from '../../../src/ml/wearable/vitals-context.ts';
import { createWeekBaseline, WEEK_SIGNS } from '../../../src/ml/wearable/week-baseline.ts';
import { describe } from '../../support/suite.ts';
import { COLUMNS, findKinds, isNeural, learned, rowsOf } from './kinds.ts';

const START = 1_700_000_000_000;
const HUGE = 1e308;
const DENORMAL = Number.MIN_VALUE;
const refused = { code: 'MODEL_INPUT' };

const kinds = await findKinds();
const snapshots = await learned(kinds);

/** Finite rows that no model may choke on. */
const ROWS: Readonly<Record<string, Matrix>> = {
  'one row': filled(1, (_, column) => column + 1),
  'constant columns': filled(60, (_, column) => 7 * column),
  'zeros of both signs': filled(60, (row) => (row % 2 === 0 ? 0 : -0)),
  'magnitudes of 1e308': filled(60, (row, column) => ((row * 7 + column) % 3) * HUGE - HUGE),
  'denormal numbers': filled(60, (row, column) => ((row + column) % 5) * DENORMAL),
  'one far out among equals': filled(60, (row) => (row === 30 ? HUGE : 1)),
  'tiny beside huge': filled(60, (row, column) => (column % 2 === 0 ? HUGE : DENORMAL) * (row % 4)),
  'large offset, small differences': filled(60, (row) => 1e15 + (row % 3)),
  'the same row again and again': filled(200, (_, column) => [START, 70, 0, 0][column] ?? 0),
  'times that repeat, jump and go back': withTimes((row) =>
    row % 7 === 0 ? START - 1e12 : row % 5 === 0 ? START + 1e13 : START + Math.floor(row / 2) * 6e4,
  ),
  'times before 1970 and past what a date holds': withTimes((row) =>
    row % 2 === 0 ? -1e15 : 1e17 + row,
  ),
};

const NOT_FINITE = [Number.NaN, Infinity, -Infinity];

describe('rows that no model may choke on', (it) => {
  for (const kind of kinds.rows) {
    const ready = (): Model<Matrix> => kind.restore(snapshotOf(kind.kind));
    const fresh = () => kind.create({}, new Random(1));

    it(`${kind.kind} scores and learns them, finite or refused`, () => {
      for (const [name, rows] of Object.entries(ROWS)) {
        finite(name, () => ready().score(rows));
        const model = ready();
        settles(name, () => {
          model.update(rows);
        });
        finite(`${name}, after them`, () => model.score(rows));
        finite(`${name}, normal ones after them`, () => model.score(rowsOf(20, 5)));
      }
    });

    if (!isNeural(kind)) {
      it(`${kind.kind} is fitted on them, finite or refused`, () => {
        for (const [name, rows] of Object.entries(ROWS)) {
          const model = fresh();
          if (
            !settles(name, () => {
              model.fit(rows);
            })
          )
            continue;
          finite(name, () => model.score(rows));
          finite(`normal rows after ${name}`, () => model.score(rowsOf(20, 5)));
          finite(`far rows after ${name}`, () =>
            model.score(ROWS['magnitudes of 1e308'] as Matrix),
          );
          kind.restore(structuredClone(model.snapshot()));
        }
      });

      it(`${kind.kind} is not fitted on nothing, on what is not finite, or on broken rows`, () => {
        for (const wrong of NOT_FINITE) {
          const rows = filled(30, (row, column) => (row === 29 && column === 2 ? wrong : row));
          assert.throws(
            () => {
              fresh().fit(rows);
            },
            refused,
            String(wrong),
          );
        }
        const none = { rows: 0, columns: COLUMNS, values: new Float64Array(0) };
        settles('zero rows', () => {
          fresh().fit(none);
        });
      });
    }

    it(`${kind.kind} refuses what is not finite or of another width, and stays as it was`, () => {
      const model = ready();
      const before = model.score(rowsOf(20, 6));
      for (const wrong of NOT_FINITE) {
        for (let column = 0; column < COLUMNS; column += 1) {
          const rows = filled(3, (row, at) => (row === 2 && at === column ? wrong : row));
          assert.throws(() => model.score(rows), refused, `score ${wrong}, column ${column}`);
          assert.throws(
            () => {
              model.update(rows);
            },
            refused,
            `update ${wrong}, column ${column}`,
          );
        }
      }
      for (const columns of [COLUMNS - 1, COLUMNS + 1]) {
        const rows = { rows: 2, columns, values: new Float64Array(2 * columns) };
        assert.throws(() => model.score(rows), refused, `${columns} columns`);
        assert.throws(
          () => {
            model.update(rows);
          },
          refused,
          `${columns} columns`,
        );
      }
      assert.deepEqual(model.score(rowsOf(20, 6)), before);
    });

    it(`${kind.kind} has no score for no rows`, () => {
      const none = { rows: 0, columns: COLUMNS, values: new Float64Array(0) };
      assert.equal(ready().score(none).length, 0);
      ready().update(none);
    });
  }
});

const SESSIONS: Readonly<Record<string, Sequences>> = {
  'no session': [],
  'an empty one': [new Uint32Array(0)],
  'only empty ones': Array.from({ length: 20 }, () => new Uint32Array(0)),
  'one event': [Uint32Array.of(1)],
  'one event over and over': [new Uint32Array(5000).fill(7)],
  'the least and the greatest ids': [Uint32Array.of(0, 0xffffffff, 0x80000000, 0x7fffffff, 0)],
  'nothing known': [Uint32Array.from({ length: 500 }, (_, index) => 1e9 + index)],
};

describe('sessions that no model may choke on', (it) => {
  for (const kind of kinds.sessions) {
    it(`${kind.kind} scores and learns them, finite or refused`, () => {
      for (const [name, sessions] of Object.entries(SESSIONS)) {
        const model = kind.restore(snapshotOf(kind.kind));
        finite(name, () => model.score(sessions));
        settles(name, () => {
          model.update(sessions);
        });
        finite(`${name}, after them`, () => model.score(sessions));
        if (isNeural(kind)) continue;
        const fresh = kind.create({}, new Random(1));
        if (
          !settles(name, () => {
            fresh.fit(sessions);
          })
        )
          continue;
        for (const others of Object.values(SESSIONS)) finite(name, () => fresh.score(others));
      }
    });

    it(`${kind.kind} refuses what is no list of ids`, () => {
      const model = kind.restore(snapshotOf(kind.kind));
      for (const wrong of [[[1, 2]], ['ab'], [null], 'ab', [Float64Array.of(Number.NaN)]]) {
        assert.throws(() => model.score(wrong as never), refused, JSON.stringify(wrong));
        assert.throws(
          () => {
            model.update(wrong as never);
          },
          refused,
          JSON.stringify(wrong),
        );
      }
    });
  }
});

/** Times and values, in the order they come. */
const POINTS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  'one point': [[START, 5]],
  'a constant': steps((index) => [START + index * 6e4, 5]),
  'magnitudes of 1e308': steps((index) => [START + index * 6e4, ((index % 3) - 1) * HUGE]),
  'denormal numbers': steps((index) => [START + index * 6e4, (index % 5) * DENORMAL]),
  'times that stand still': steps((index) => [START, index % 9]),
  'times that go back': steps((index) => [START - index * 6e4, index % 9]),
  'times that jump': steps((index) => [START * ((index % 3) + 1), index % 9]),
  'times out of bounds': steps((index) => [index % 2 === 0 ? HUGE : -HUGE, index % 9]),
  'a large offset': steps((index) => [START + index * 6e4, 1e15 + (index % 3)]),
};

describe('streams that no model may choke on', (it) => {
  for (const kind of kinds.series) {
    it(`${kind.kind} gives each point a finite score, and goes on`, () => {
      for (const [name, points] of Object.entries(POINTS)) {
        const model = kind.create();
        for (const [time, value] of points) finite(name, () => [model.observe(time, value)]);
        for (const wrong of NOT_FINITE) {
          assert.throws(() => model.observe(START, wrong), refused);
          assert.throws(() => model.observe(wrong, 1), refused);
        }
        for (let index = 0; index < 50; index += 1) {
          finite(`after ${name}`, () => [model.observe(START + index, index % 7)]);
        }
        kind.restore(structuredClone(model.snapshot()));
      }
    });
  }
});

describe('numbers that no calibrator, scaler, forecast or wearer may choke on', (it) => {
  it('a calibrator gives a surprise from 0 to 16 to any finite scores', () => {
    for (const [name, points] of Object.entries(POINTS)) {
      for (const window of [0, 16]) {
        const model = createSurpriseCalibrator({ window });
        model.fit(points.map(([, value]) => value));
        for (const [, value] of points) {
          const surprise = model.surprise(value);
          assert.ok(surprise >= 0 && surprise <= MAX_SURPRISE, `${name}: ${surprise}`);
          model.update(value);
        }
        for (const wrong of NOT_FINITE) {
          assert.throws(() => model.surprise(wrong), refused);
          assert.throws(() => {
            model.update(wrong);
          }, refused);
          assert.throws(() => {
            model.fit([1, wrong]);
          }, refused);
        }
      }
    }
  });

  it('a scaler gives finite numbers, and refuses others', () => {
    for (const kind of ['standard', 'robust', 'minmax'] as const) {
      for (const [name, points] of Object.entries(POINTS)) {
        const model = createScaler(2, { kind });
        const out = new Float64Array(2);
        for (const [time, value] of points) {
          const row = Float64Array.of(time, value);
          model.observe(row);
          model.scale(row, out);
          assert.ok(out.every(Number.isFinite), `${kind}, ${name}`);
        }
        for (const wrong of NOT_FINITE) {
          assert.throws(() => {
            model.observe(Float64Array.of(1, wrong));
          }, refused);
          assert.throws(() => {
            model.scale(Float64Array.of(wrong, 1), out);
          }, refused);
        }
        assert.throws(() => {
          model.observe(Float64Array.of(1));
        }, refused);
      }
    }
  });

  it('a forecast is finite, and refuses others', () => {
    for (const [name, points] of Object.entries(POINTS)) {
      const model = createForecaster();
      for (const [time, value] of points) {
        settles(name, () => {
          model.observe(time, value);
        });
        const { value: ahead = 0, low = 0, high = 0 } = model.forecast(72) ?? {};
        assert.ok([ahead, low, high].every(Number.isFinite), `${name}: ${ahead} ${low} ${high}`);
      }
      for (const wrong of NOT_FINITE) {
        assert.throws(() => {
          model.observe(START + 1e10, wrong);
        }, refused);
        assert.throws(() => {
          model.observe(wrong, 1);
        }, refused);
      }
    }
  });

  it('a wearer is judged by finite numbers', () => {
    const context = createVitalsContext();
    const week = createWeekBaseline(WEEK_SIGNS.heartRate);
    for (const [name, points] of Object.entries(POINTS)) {
      const state = context.initial();
      let days = week.initial();
      for (const [timestamp, value] of [
        ...points,
        ...NOT_FINITE.map((one) => [one, one] as const),
      ]) {
        for (const heartRate of [70 + (value % 50), value]) {
          const verdict = context.advance(state, { timestamp, heartRate, steps: value });
          if (verdict !== undefined) {
            const { surprise, expected, low, high, threshold } = verdict;
            const numbers = [surprise, expected, low, high, threshold];
            assert.ok(numbers.every(Number.isFinite), `${name}: ${numbers.join(' ')}`);
          }
          const seen = week.observe(days, { timestamp, value: heartRate });
          days = seen.state;
          const { expected = 0, low = 0, high = 0 } = seen.verdict ?? {};
          assert.ok([expected, low, high].every(Number.isFinite), name);
        }
      }
      assert.ok(context.isState(state), name);
      assert.ok(week.isState(days), name);
    }
  });
});

function snapshotOf(kind: string): ModelSnapshot {
  const snapshot = snapshots.get(kind);
  assert.ok(snapshot !== undefined);
  return structuredClone(snapshot);
}

function filled(rows: number, value: (row: number, column: number) => number): Matrix {
  const values = new Float64Array(rows * COLUMNS);
  for (let at = 0; at < values.length; at += 1) {
    values[at] = value(Math.floor(at / COLUMNS), at % COLUMNS);
  }
  return { rows, columns: COLUMNS, values };
}

function withTimes(time: (row: number) => number): Matrix {
  return filled(80, (row, column) => [time(row), 60 + (row % 30), row % 90, row % 4][column] ?? 0);
}

function steps(point: (index: number) => readonly [number, number]) {
  return Array.from({ length: 300 }, (_, index) => point(index));
}

/** Finite scores, or a refusal of the input. */
function finite(name: string, score: () => ArrayLike<number>): void {
  settles(name, () => {
    for (const one of Array.from(score())) assert.ok(Number.isFinite(one), `${name}: ${one}`);
  });
}

/** Whether it was done; the only other way out is a refusal of the input. */
function settles(name: string, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (isWatchkeeperError(error, 'MODEL_INPUT')) return false;
    // What was fitted on nothing has learned nothing.
    if (isWatchkeeperError(error, 'MODEL_UNFITTED')) return false;
    throw new Error(`${name}: ${String(error)}`, { cause: error });
  }
}
