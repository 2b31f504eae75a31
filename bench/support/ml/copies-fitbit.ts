import { createVitalsContext } from '../../../src/ml/wearable/vitals-context.ts';
import type { Copied, CopyMeasure } from './copies.ts';
import { withRepeats } from './copies.ts';
import { readWearFiles } from './fitbit.ts';
import type { WearMinute } from './fitbit.ts';
import { averagePrecision } from './measures.ts';
import type { MlContext } from './part.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Minutes = readonly WearMinute[];
type Change = (minutes: Minutes) => Minutes;

const SAME: Readonly<Record<string, Change>> = {
  '7 h 13 min 0.5 s later': shifted(7 * HOUR + 13 * MINUTE + 500),
  '3 days 5 h later': shifted(77 * HOUR),
  'a week later': shifted(168 * HOUR),
  '20 years later': shifted(20 * 8766 * HOUR),
  'every 50th reading twice': (minutes) =>
    Array.from(withRepeats(minutes.length, 50), (row) => minutes[row] as WearMinute),
};

const OTHER: Readonly<Record<string, Change>> = {
  'every reading up to 20 s late': (minutes) =>
    minutes.map((minute, index) => ({
      ...minute,
      timestamp: minute.timestamp + ((index * 7919) % 20_000),
    })),
  'heart rate 8 higher': rated((rate) => rate + 8),
  'heart rate 10 % higher': rated((rate) => rate * 1.1),
  'steps 20 % fewer': (minutes) =>
    minutes.map((minute) => ({ ...minute, steps: Math.round(minute.steps * 0.8) })),
  'without intensity': (minutes) => minutes.map((minute) => ({ ...minute, intensity: -1 })),
  'readings of two minutes': paired,
};

/** Average precision on copies of the wearers' minutes, anomalies and all. */
export function fitbitCopies(context: MlContext): Copied | undefined {
  const folder = context.find('fitbit');
  const files = folder === undefined ? [] : readWearFiles(folder, 'injected_');
  if (files.length === 0) return undefined;
  const measure = (name: string, change: Change): number => {
    context.progress(`robustness: fitbit, ${name}`);
    const values = files.map(({ minutes }) => precisionOf(change(minutes)));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const copies = (changes: Readonly<Record<string, Change>>, isSame: boolean): CopyMeasure[] =>
    Object.entries(changes).map(([name, change]) => {
      return { name, value: measure(name, change), isSame };
    });
  return {
    measure: 'fitbit average precision',
    original: measure('as it is', (minutes) => minutes),
    copies: [...copies(SAME, true), ...copies(OTHER, false)],
    note: `${files.length} wearers, second half of each`,
  };
}

/** A reading that is passed over is left out of the measure. */
function precisionOf(minutes: Minutes): number {
  const context = createVitalsContext();
  const state = context.initial();
  const scores: number[] = [];
  const labels: number[] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const [index, minute] of minutes.entries()) {
    const surprise = context.advance(state, minute)?.surprise ?? 0;
    const isRepeated = minute.timestamp === before;
    before = minute.timestamp;
    if (isRepeated || index < Math.floor(minutes.length / 2)) continue;
    scores.push(surprise);
    labels.push(minute.label);
  }
  return averagePrecision(scores, labels);
}

function shifted(by: number): Change {
  return (minutes) => minutes.map((minute) => ({ ...minute, timestamp: minute.timestamp + by }));
}

function rated(change: (rate: number) => number): Change {
  return (minutes) =>
    minutes.map((minute) => ({ ...minute, heartRate: Math.round(change(minute.heartRate)) }));
}

/** Two readings as one, where they are a minute apart: mean rate, both minutes' steps. */
function paired(minutes: Minutes): Minutes {
  const pairs: WearMinute[] = [];
  for (let index = 0; index + 1 < minutes.length; index += 1) {
    const one = minutes[index] as WearMinute;
    const other = minutes[index + 1] as WearMinute;
    if (other.timestamp - one.timestamp !== MINUTE) {
      pairs.push(one);
      continue;
    }
    pairs.push({
      timestamp: other.timestamp,
      heartRate: (one.heartRate + other.heartRate) / 2,
      intensity: Math.max(one.intensity, other.intensity),
      steps: one.steps + other.steps,
      label: Math.max(one.label, other.label),
    });
    index += 1;
  }
  return pairs;
}
