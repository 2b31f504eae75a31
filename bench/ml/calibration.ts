// How often calibrated scores of stationary noise pass a surprise, over how
// often they should; the same after a change; and how fast it learns.
import { Random } from '../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../src/ml/calibration/surprise.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';
import { PublishedSpot } from '../support/ml/published-spot.ts';

const TRAINING = 10_000;
const STREAM = 20_000;
const SEEDS = 30;
const SPOT_SEEDS = 5;

type Draw = (random: Random) => number;

const DISTRIBUTIONS: Readonly<Record<string, Draw>> = {
  normal: (random) => random.normal(0, 1),
  exponential,
  lognormal: (random) => Math.exp(random.normal(0, 1)),
  'Student t3': (random) => {
    const squares = [1, 2, 3].reduce((sum) => sum + random.normal(0, 1) ** 2, 0);
    return random.normal(0, 1) / Math.sqrt(squares / 3);
  },
  uniform: (random) => random.unit(),
  'gamma 2': (random) => exponential(random) + exponential(random),
  'normal in steps of 0.1': (random) => Math.round(10 * random.normal(0, 1)) / 10,
};

const CHANGES: Readonly<Record<string, (score: number) => number>> = {
  'mean + 5': (score) => score + 5,
  'mean − 5': (score) => score - 5,
  'scale × 3': (score) => 3 * score,
  'scale ÷ 3': (score) => score / 3,
};
/** Scores after a change from which on its rate is counted. */
const SETTLED = 2000;

export const part: MlPart = {
  name: 'calibration',
  run: (context) => [
    ...Object.entries(DISTRIBUTIONS).flatMap(([name, draw]) => ratesOf(name, draw, context)),
    ...Object.entries(CHANGES).map(([name, change]) => recoveryOf(name, change, context)),
    updatesPerSecond(),
  ],
};

function exponential(random: Random): number {
  return -Math.log(1 - random.unit());
}

function ratesOf(name: string, draw: Draw, { progress }: MlContext): MlFigure[] {
  progress(`calibration ${name}`);
  const counts = [0, 0];
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const random = new Random(seed, name);
    const calibrator = createSurpriseCalibrator();
    calibrator.fit(drawn(TRAINING, () => draw(random)));
    for (let step = 0; step < STREAM; step += 1) {
      const score = draw(random);
      const surprise = calibrator.surprise(score);
      for (const at of [0, 1]) if (surprise >= at + 3) counts[at] = (counts[at] as number) + 1;
      calibrator.update(score);
    }
  }
  return [1e-3, 1e-4].flatMap((rate, at): MlFigure[] => [
    {
      measure: `${name}: achieved ÷ nominal at ${rate}`,
      value: (counts[at] as number) / (SEEDS * STREAM * rate),
      role: 'result',
      reach: at === 0 ? 1.3 : 2,
      lowerIsBetter: true,
    },
    {
      measure: `${name}: SPOT as published at ${rate}`,
      value: spotRate(name, draw, rate) / rate,
      role: 'ablation',
    },
  ]);
}

function spotRate(name: string, draw: Draw, rate: number): number {
  let alarms = 0;
  for (let seed = 0; seed < SPOT_SEEDS; seed += 1) {
    const random = new Random(seed, name);
    const spot = new PublishedSpot(
      drawn(1000, () => draw(random)),
      rate,
    );
    for (let step = 0; step < STREAM; step += 1) if (spot.alarms(draw(random))) alarms += 1;
  }
  return alarms / (SPOT_SEEDS * STREAM);
}

function recoveryOf(
  name: string,
  change: (score: number) => number,
  { progress }: MlContext,
): MlFigure {
  progress(`calibration ${name}`);
  let alarms = 0;
  const seeds = SEEDS / 2;
  for (let seed = 0; seed < seeds; seed += 1) {
    const random = new Random(seed, name);
    const calibrator = createSurpriseCalibrator();
    calibrator.fit(drawn(TRAINING, () => random.normal(0, 1)));
    for (let step = 0; step < SETTLED + STREAM; step += 1) {
      const score = change(random.normal(0, 1));
      if (step >= SETTLED && calibrator.surprise(score) >= 3) alarms += 1;
      calibrator.update(score);
    }
  }
  return {
    measure: `normal, then ${name}: at 0.001 from ${SETTLED} scores on`,
    value: alarms / (seeds * STREAM * 1e-3),
    role: 'result',
    reach: 1.3,
    lowerIsBetter: true,
  };
}

function updatesPerSecond(): MlFigure {
  const random = new Random(1);
  const scores = drawn(200_000, () => random.normal(0, 1));
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(scores.subarray(0, TRAINING));
  const started = performance.now();
  let sum = 0;
  for (const score of scores) {
    sum += calibrator.surprise(score);
    calibrator.update(score);
  }
  const seconds = (performance.now() - started) / 1000;
  const note = `surprise and update, mean surprise ${(sum / scores.length).toFixed(3)}`;
  return { measure: 'scores per second', value: scores.length / seconds, role: 'result', note };
}

function drawn(length: number, draw: () => number): Float64Array {
  return Float64Array.from({ length }, draw);
}
