import { Random } from '../../../src/core/random.ts';
import type { VitalsSample } from '../../../src/ml/wearable/vitals-verdict.ts';

const DAY = 1_440;

/** Made-up minutes of one wearer: sleeps at night, walks twice an hour by day, pulse follows with a lag. */
export function wearerMinutes(days: number, seed = 1, resting = 62): VitalsSample[] {
  const random = new Random(seed);
  const samples: VitalsSample[] = [];
  let level = 0;
  let effort = 0;
  let walk = 0;
  for (let minute = 0; minute < days * DAY; minute += 1) {
    const hour = (minute % DAY) / 60;
    const isAwake = hour >= 7 && hour < 23;
    if (walk > 0) walk -= 1;
    else if (isAwake && random.chance(1 / 30)) walk = random.integer(4, 12);
    const steps = walk > 0 ? random.integer(70, 110) : 0;
    effort += 0.3 * ((steps > 0 ? 35 : 0) - effort);
    level = 0.95 * level + random.normal(0, 1);
    const rate = resting + (isAwake ? 6 : 0) + effort + level + random.normal(0, 1.5);
    samples.push({ timestamp: minute * 60_000, heartRate: Math.round(rate), steps });
  }
  return samples;
}
