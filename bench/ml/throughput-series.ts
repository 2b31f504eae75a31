import { Random } from '../../src/core/random.ts';
import { createSeriesEnsemble } from '../../src/ml/series/series-ensemble.ts';
import type { MlPart } from '../support/ml/part.ts';

const POINTS = 200_000;
const ROUNDS = 3;
const MINUTES_5 = 300_000;

/** How many points of one stream the whole ensemble takes in a second, on one core. */
export const part: MlPart = {
  name: 'throughput-series',
  run: ({ progress }) => {
    let best = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      progress(`throughput-series: round ${round} of ${ROUNDS}`);
      best = Math.max(best, pointsPerSecond());
    }
    return [
      {
        measure: 'stream ensemble, points/s on one core',
        value: best,
        role: 'result',
        reach: 20_000,
        aim: 60_000,
        note: `all members; best of ${ROUNDS} × ${POINTS.toLocaleString('en')} points of a noisy daily wave`,
      },
    ];
  },
};

function pointsPerSecond(): number {
  const random = new Random(3, 'throughput');
  const values = Float64Array.from({ length: POINTS }, (_, index) => {
    return Math.sin((index / 288) * 2 * Math.PI) + random.normal(0, 0.3);
  });
  const ensemble = createSeriesEnsemble();
  const started = performance.now();
  for (let index = 0; index < POINTS; index += 1) {
    ensemble.observe(index * MINUTES_5, values[index] as number);
  }
  return POINTS / ((performance.now() - started) / 1000);
}
