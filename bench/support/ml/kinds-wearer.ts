import type { Random } from '../../../src/core/random.ts';
import type { WearMinute } from './fitbit.ts';

type Minutes = readonly WearMinute[];

/** A stretch of a wearer's minutes that becomes an anomaly. */
interface Stretch {
  readonly minutes: Minutes;
  readonly start: number;
  readonly length: number;
  readonly random: Random;
  /** Of another wearer. */
  readonly others: Minutes;
}

interface WearKind {
  /** Least and most minutes of it. */
  readonly lasts: readonly [number, number];
  /** Where it may begin; anywhere without. */
  readonly fits?: (stretch: Stretch) => boolean;
  /** What becomes of the minute `index` of the stretch; `undefined` drops it. */
  readonly change: (minute: WearMinute, index: number, stretch: Stretch) => WearMinute | undefined;
}

/** Anomalies that no parameter was chosen on. */
export const WEAR_KINDS: Readonly<Record<string, WearKind>> = {
  spike: { lasts: [2, 3], change: (minute) => rated(minute, minute.heartRate + 50) },
  dip: { lasts: [2, 3], change: (minute) => rated(minute, minute.heartRate - 28) },
  'level shift': { lasts: [50, 70], change: (minute) => rated(minute, minute.heartRate + 22) },
  'slow drift': {
    lasts: [60, 80],
    change: (minute, index, { length }) => rated(minute, minute.heartRate + (45 * index) / length),
  },
  'stuck in motion': {
    lasts: [15, 30],
    fits: (stretch) => steps(stretch) > 10 * stretch.length,
    change: (minute, _, { minutes, start }) =>
      rated(minute, (minutes[start] as WearMinute).heartRate),
  },
  'noise burst': {
    lasts: [15, 30],
    change: (minute, _, { random }) => rated(minute, minute.heartRate + random.normal(0, 18)),
  },
  'variance collapse': {
    lasts: [40, 60],
    // One beat up and down about the mean, as a poor filter gives.
    change: (minute, index, stretch) => rated(minute, meanRate(stretch) + (index % 2)),
  },
  'wrong phase of day': {
    lasts: [60, 90],
    change: (minute, index, { minutes, start }) => {
      const from = (minutes[start] as WearMinute).timestamp - 12 * 3_600_000;
      return rated(minute, rateFrom(minutes, from, index));
    },
  },
  'heart rate without steps': {
    lasts: [12, 30],
    fits: (stretch) => steps(stretch) > 25 * stretch.length,
    change: (minute) => ({ ...minute, steps: 0, intensity: 0 }),
  },
  'steps without heart rate': {
    lasts: [12, 30],
    fits: (stretch) => steps(stretch) === 0,
    change: (minute, _, { random }) => ({
      ...minute,
      steps: random.integer(80, 115),
      intensity: 2,
    }),
  },
  'gap, then raised': {
    lasts: [80, 90],
    change: (minute, index) => (index < 60 ? undefined : rated(minute, minute.heartRate + 30)),
  },
  'another wearer': {
    lasts: [40, 60],
    change: (minute, index, { start, others }) => {
      const other = others[(start + index) % others.length] as WearMinute;
      return rated(minute, other.heartRate);
    },
  },
  'missing beats': {
    lasts: [20, 40],
    change: (minute, _, { random }) =>
      rated(
        minute,
        random.chance(0.4) ? minute.heartRate * random.between(0.5, 0.7) : minute.heartRate,
      ),
  },
  'periodic glitch': {
    lasts: [30, 50],
    change: (minute, index) => rated(minute, minute.heartRate + (index % 5 === 0 ? 35 : 0)),
  },
};

/** `count` stretches of one kind in the second half, an hour apart at least. */
export function injectWear(
  minutes: Minutes,
  kind: WearKind,
  { random, others, count }: { random: Random; others: Minutes; count: number },
): Minutes {
  const half = Math.floor(minutes.length / 2);
  const at = new Map<number, Stretch>();
  const used = new Uint8Array(minutes.length);
  for (let attempt = 0; at.size < count && attempt < 20_000; attempt += 1) {
    const length = random.integer(...kind.lasts);
    const start = random.integer(half + 60, minutes.length - length - 60);
    const stretch = { minutes, start, length, random, others };
    if (used.subarray(start - 60, start + length + 60).includes(1)) continue;
    if (!isWhole(stretch) || kind.fits?.(stretch) === false) continue;
    used.fill(1, start, start + length);
    at.set(start, stretch);
  }
  const out: WearMinute[] = [];
  let under: Stretch | undefined;
  for (const [index, minute] of minutes.entries()) {
    under = at.get(index) ?? under;
    if (under === undefined || index >= under.start + under.length) {
      out.push(minute);
      continue;
    }
    const changed = kind.change(minute, index - under.start, under);
    if (changed !== undefined) out.push({ ...changed, label: 1 });
  }
  return out;
}

function rated(minute: WearMinute, heartRate: number): WearMinute {
  return { ...minute, heartRate: Math.max(30, Math.round(heartRate)) };
}

/** Without a gap in the readings. */
function isWhole({ minutes, start, length }: Stretch): boolean {
  const first = minutes[start - 10] as WearMinute;
  const last = minutes[start + length] as WearMinute;
  return last.timestamp - first.timestamp <= (length + 12) * 60_000;
}

function steps({ minutes, start, length }: Stretch): number {
  return minutes.slice(start, start + length).reduce((sum, minute) => sum + minute.steps, 0);
}

function meanRate({ minutes, start, length }: Stretch): number {
  const rates = minutes.slice(start, start + length).map(({ heartRate }) => heartRate);
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}

/** The rate so many readings after the first one from `time` on. */
function rateFrom(minutes: Minutes, time: number, index: number): number {
  let low = 0;
  let high = minutes.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((minutes[middle] as WearMinute).timestamp < time) low = middle + 1;
    else high = middle;
  }
  return (minutes[Math.min(minutes.length - 1, low + index)] as WearMinute).heartRate;
}
