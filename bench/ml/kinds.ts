// What ships, on kinds of anomaly that none of its parameters was chosen on:
// written into wearers' clean minutes, into metrics that machines were trained
// on, and into made-up streams. One figure a kind, several seeds.
import { Random } from '../../src/core/random.ts';
import type { Matrix } from '../../src/ml/matrix.ts';
import { createSeriesEnsemble } from '../../src/ml/series/series-ensemble.ts';
import { motion } from '../../src/ml/vector/motion-model.ts';
import { createVitalsContext } from '../../src/ml/wearable/vitals-context.ts';
import { countAlarms, readWearFiles } from '../support/ml/fitbit.ts';
import type { WearFile, WearMinute } from '../support/ml/fitbit.ts';
import { COLUMN_KINDS, injectColumns } from '../support/ml/kinds-columns.ts';
import { injectWear, WEAR_KINDS } from '../support/ml/kinds-wearer.ts';
import { averagePrecision } from '../support/ml/measures.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';
import { machines } from '../support/ml/telemetry-data.ts';

const SEEDS = [1, 2];
const EVENTS = 12;
const DAY_MS = 86_400_000;

export const part: MlPart = {
  name: 'kinds',
  run: (context) => [
    ...wearFigures(context),
    ...metricFigures(context, { prefix: 'omi-', rowsPerDay: 288, most: 3 }),
    ...metricFigures(context, { prefix: 'machine-', rowsPerDay: 1440, most: 1 }),
    ...streamFigures(context),
  ],
};

function wearFigures(context: MlContext): readonly MlFigure[] {
  const folder = context.find('fitbit');
  const files = folder === undefined ? [] : readWearFiles(folder, 'user_');
  if (files.length < 2) return [];
  const figures = Object.entries(WEAR_KINDS).map(([name, kind]) => {
    context.progress(`kinds: wearers, ${name}`);
    const judged = SEEDS.flatMap((seed) =>
      files.map(({ minutes, wearer }, place) => {
        const others = (files[(place + 1) % files.length] as WearFile).minutes;
        const random = new Random(seed, `${name} ${wearer}`);
        return judgeWearer(injectWear(minutes, kind, { random, others, count: EVENTS }));
      }),
    );
    const sum = (of: (one: Judged) => number): number =>
      judged.reduce((total, one) => total + of(one), 0);
    const falsePerDay = sum((one) => one.falseAlarms) / sum((one) => one.days);
    return {
      measure: `wearers, ${name}: average precision`,
      value: sum((one) => one.precision) / judged.length,
      role: 'result',
      note: `${sum((one) => one.found)} of ${sum((one) => one.events)} events alarm, ${falsePerDay.toFixed(2)} false alerts a day; random ${(sum((one) => one.share) / judged.length).toFixed(3)}`,
    } as const;
  });
  return [...figures, meanOf('wearers, mean of kinds', figures)];
}

interface Judged {
  readonly precision: number;
  readonly falseAlarms: number;
  readonly days: number;
  readonly events: number;
  readonly found: number;
  /** Of anomalous minutes: what random scores get. */
  readonly share: number;
}

function judgeWearer(minutes: readonly WearMinute[]): Judged {
  const context = createVitalsContext();
  const state = context.initial();
  const half = Math.floor(minutes.length / 2);
  const surprise = new Float64Array(minutes.length);
  const alarms = new Uint8Array(minutes.length);
  for (const [index, minute] of minutes.entries()) {
    const verdict = context.advance(state, minute);
    surprise[index] = verdict?.surprise ?? 0;
    alarms[index] = verdict?.isAlarm === true ? 1 : 0;
  }
  const labels = minutes.slice(half).map(({ label }) => label);
  const { falseAlarms, days, events } = countAlarms(minutes, alarms, half);
  const counts = [...events.values()];
  return {
    precision: averagePrecision(surprise.subarray(half), labels),
    falseAlarms,
    days,
    events: counts.reduce((sum, { count }) => sum + count, 0),
    found: counts.reduce((sum, { delays }) => sum + delays.length, 0),
    share: labels.filter((label) => label > 0).length / labels.length,
  };
}

/** Machines learn from the first 70 % of their training rows; kinds are written into the rest. */
function metricFigures(
  context: MlContext,
  group: { readonly prefix: string; readonly rowsPerDay: number; readonly most: number },
): readonly MlFigure[] {
  const { prefix, rowsPerDay, most } = group;
  const ready: { name: string; model: ReturnType<typeof motion.create>; rows: Matrix }[] = [];
  for (const { name, train } of machines(context, prefix)) {
    if (ready.length === most) break;
    const model = motion.create({}, new Random(1));
    const fitted = Math.floor(0.7 * train.rows);
    const { columns, values } = train;
    model.fit({ rows: fitted, columns, values: values.subarray(0, fitted * columns) });
    const rest = values.subarray(fitted * columns);
    ready.push({ name, model, rows: { rows: train.rows - fitted, columns, values: rest } });
  }
  if (ready.length === 0) return [];
  const figures = Object.entries(COLUMN_KINDS).map(([name, kind]) => {
    context.progress(`kinds: ${prefix}, ${name}`);
    const precisions = ready.map(({ name: machine, model, rows }) => {
      const random = new Random(1, `${name} ${machine}`);
      const options = { random, from: 0, count: EVENTS, halfDay: rowsPerDay / 2 };
      const { matrix, labels } = injectColumns(rows, kind, options);
      return averagePrecision(model.score(matrix), labels);
    });
    const value = precisions.reduce((sum, one) => sum + one, 0) / precisions.length;
    return {
      measure: `metrics, ${prefix}, ${name}: average precision`,
      value,
      role: 'result',
    } as const;
  });
  return [...figures, meanOf(`metrics, ${prefix}, mean of kinds`, figures)];
}

/** Made-up streams of five minutes: a day, a week, noise; one event each. */
function streamFigures(context: MlContext): readonly MlFigure[] {
  const streams = 16;
  let falseAlarms = 0;
  let points = 0;
  const figures = Object.entries(COLUMN_KINDS)
    .filter(([name]) => name !== 'swapped columns')
    .map(([name, kind]) => {
      context.progress(`kinds: streams, ${name}`);
      let found = 0;
      for (let seed = 0; seed < streams; seed += 1) {
        const random = new Random(seed, name);
        const clean = madeUp(random);
        const options = { random, from: 2500, count: 1, halfDay: 144, size: 1 / 2 };
        const { matrix, labels } = injectColumns(clean, kind, options);
        const alarms = alarmsOf(matrix.values);
        const first = labels.indexOf(1);
        const last = labels.lastIndexOf(1) + 12;
        if (alarms.some((row) => row >= first && row <= last)) found += 1;
        falseAlarms += alarms.filter((row) => row > 2000 && (row < first || row > last)).length;
        points += matrix.rows - 2000;
      }
      return {
        measure: `streams, ${name}: events found`,
        value: found / streams,
        role: 'result',
      } as const;
    });
  return [
    ...figures,
    meanOf('streams, mean of kinds', figures),
    {
      measure: 'streams: false alarms a week',
      value: (falseAlarms / points) * 2016,
      role: 'result',
      lowerIsBetter: true,
      note: `at surprise ${STREAM_THRESHOLD}, as in the benchmark of streams; ${streams} streams a kind`,
    },
  ];
}

const STREAM_THRESHOLD = 0.5;

function madeUp(random: Random): Matrix {
  const rows = 5000;
  const phase = random.between(0, 2 * Math.PI);
  let level = 0;
  const values = Float64Array.from({ length: rows }, (_, row) => {
    level = 0.95 * level + random.normal(0, 0.1);
    const day = Math.sin((2 * Math.PI * row) / 288 + phase);
    const isWeekend = Math.floor(row / 288) % 7 >= 5;
    return 50 + 10 * (isWeekend ? 0.5 : 1) * day + 3 * level + random.normal(0, 0.7);
  });
  return { rows, columns: 1, values };
}

function alarmsOf(values: Float64Array): readonly number[] {
  const ensemble = createSeriesEnsemble();
  const alarms: number[] = [];
  for (const [row, value] of values.entries()) {
    const time = 20_000 * DAY_MS + row * 300_000;
    if (ensemble.observe(time, value) >= STREAM_THRESHOLD) alarms.push(row);
  }
  return alarms;
}

function meanOf(measure: string, figures: readonly { readonly value: number }[]): MlFigure {
  const value = figures.reduce((sum, figure) => sum + figure.value, 0) / figures.length;
  return { measure, value, role: 'result' };
}
