/** One reading of one vital sign, with what decides whether it counts. */
export interface VitalReading {
  /** Event time in ms since the epoch. */
  readonly timestamp: number;
  readonly value: number | undefined;
  readonly worn?: boolean | undefined;
  readonly charging?: boolean | undefined;
  /** The wearer moves: what is high then is no finding. */
  readonly isActive?: boolean | undefined;
}

/** What a vital sign is held against. */
export interface WeekBaselineOptions {
  /** Never normal at rest, whatever the person's baseline: in the sign's unit. */
  readonly least: number;
  readonly greatest: number;
  /** Half the width of the personal band, in the person's deviations. @default 4 */
  readonly deviations: number;
  /** The deviation is thought to be at least this, in the sign's unit. */
  readonly leastDeviation: number;
  /** How long a reading must stay outside, in ms. @default 5 minutes */
  readonly sustainedMs: number;
}

export interface WeekVerdict {
  readonly value: number;
  /** What this hour of the week showed so far, drawn towards this hour of other days and towards all hours. */
  readonly expected: number;
  readonly low: number;
  readonly high: number;
  /** `fixed`: past a bound for everyone; `personal`: past the person's band. */
  readonly bound: 'fixed' | 'personal' | undefined;
  /** Outside for as long as `sustainedMs`. */
  readonly isBreach: boolean;
}

/** A pure state machine over one sign; state is plain numbers, 2.8 KB. */
export interface WeekBaseline {
  initial(): Float64Array;
  /** Judges, then learns; `state` is not changed. No verdict off the wrist, while charging, or without a value. */
  observe(
    state: Float64Array,
    reading: VitalReading,
  ): { readonly state: Float64Array; readonly verdict?: WeekVerdict };
  isState(data: unknown): data is Float64Array;
}

/** Bounds for grown people at rest; wellness only, no medical device. */
export const WEEK_SIGNS = {
  heartRate: { least: 38, greatest: 130, leastDeviation: 3 },
  spo2: { least: 88, greatest: 100, leastDeviation: 1 },
  skinTemperature: { least: 24, greatest: 39.5, leastDeviation: 0.3 },
} as const;

const HOURS = 168;
const AT = {
  version: 0,
  newest: 1,
  outsideSince: 2,
  count: 3,
  mean: 4,
  variance: 5,
  cells: 6,
} as const;
const SIZE = AT.cells + 2 * HOURS;
const VERSION = 1;
/** Readings of an hour that weigh as much as the hours around it. */
const CELL_PRIOR = 60;
/** Readings after which an hour has mostly forgotten. */
const CELL_MEMORY = 2_000;
const LEARNING_READINGS = 120;
const HOUR_MS = 3_600_000;
/** A pause longer than this ends what was outside. */
const PAUSE_MS = 900_000;
/** No vital sign is greater. */
const LARGEST = 1e6;

export function createWeekBaseline(
  options: Partial<WeekBaselineOptions> &
    Pick<WeekBaselineOptions, 'least' | 'greatest' | 'leastDeviation'>,
): WeekBaseline {
  const bounds: WeekBaselineOptions = { deviations: 4, sustainedMs: 300_000, ...options };
  return {
    initial() {
      const state = new Float64Array(SIZE);
      state[AT.version] = VERSION;
      return state;
    },
    observe(state, reading) {
      const { timestamp, value, worn, charging } = reading;
      if (!Number.isFinite(timestamp) || timestamp <= (state[AT.newest] as number))
        return { state };
      const next = state.slice();
      if (worn === false || charging === true) {
        next[AT.outsideSince] = 0;
        next[AT.newest] = timestamp;
        return { state: next };
      }
      if (value === undefined || !(Math.abs(value) <= LARGEST)) return { state };
      const verdict = judge(next, { ...reading, value }, bounds);
      next[AT.newest] = timestamp;
      learn(next, { timestamp, value }, verdict);
      return { state: next, verdict };
    },
    isState: (data): data is Float64Array =>
      data instanceof Float64Array &&
      data.length === SIZE &&
      data[AT.version] === VERSION &&
      data.every(Number.isFinite) &&
      (data[AT.variance] as number) >= 0,
  };
}

interface KnownReading extends VitalReading {
  readonly value: number;
}

function judge(
  state: Float64Array,
  reading: KnownReading,
  bounds: WeekBaselineOptions,
): WeekVerdict {
  const { value, timestamp } = reading;
  const known = state[AT.count] as number;
  const expected =
    known === 0
      ? Math.max(bounds.least, Math.min(bounds.greatest, value))
      : expectedAt(state, timestamp);
  const own = Math.sqrt(state[AT.variance] as number);
  const half = bounds.deviations * Math.max(bounds.leastDeviation, own);
  const isPersonal = known >= LEARNING_READINGS;
  const low = isPersonal ? Math.max(bounds.least, expected - half) : bounds.least;
  const high = isPersonal ? Math.min(bounds.greatest, expected + half) : bounds.greatest;
  const isHigh = value > high && reading.isActive !== true;
  const isOutside = value < low || isHigh;
  const isPaused = timestamp - (state[AT.newest] as number) > PAUSE_MS;
  const since = state[AT.outsideSince] as number;
  const start = since === 0 || isPaused ? timestamp : since;
  state[AT.outsideSince] = isOutside ? start : 0;
  const isFixed = value < bounds.least || value > bounds.greatest;
  return {
    value,
    expected,
    low,
    high,
    bound: isOutside ? (isFixed ? 'fixed' : 'personal') : undefined,
    isBreach: isOutside && timestamp - start >= bounds.sustainedMs,
  };
}

/** The hour's mean, drawn to this hour of the other days, which is drawn to the mean of all. */
function expectedAt(state: Float64Array, timestamp: number): number {
  const hour = hourOfWeek(timestamp);
  let count = 0;
  let sum = 0;
  for (let day = 0; day < 7; day += 1) {
    const at = AT.cells + 2 * (day * 24 + (hour % 24));
    count += state[at] as number;
    sum += (state[at] as number) * (state[at + 1] as number);
  }
  const daily = (sum + CELL_PRIOR * (state[AT.mean] as number)) / (count + CELL_PRIOR);
  const at = AT.cells + 2 * hour;
  const own = state[at] as number;
  return (own * (state[at + 1] as number) + CELL_PRIOR * daily) / (own + CELL_PRIOR);
}

/** What is outside teaches no more than one deviation: it is followed when it stays for days. */
function learn(
  state: Float64Array,
  { timestamp, value }: { readonly timestamp: number; readonly value: number },
  { expected, low, high }: WeekVerdict,
): void {
  const deviation = Math.sqrt(state[AT.variance] as number);
  const kept =
    value >= low && value <= high
      ? value
      : Math.max(expected - deviation, Math.min(expected + deviation, value));
  const count = Math.min(20_000, (state[AT.count] as number) + 1);
  state[AT.count] = count;
  state[AT.mean] = (state[AT.mean] as number) + (kept - (state[AT.mean] as number)) / count;
  const square = (kept - expected) ** 2;
  state[AT.variance] =
    (state[AT.variance] as number) + (square - (state[AT.variance] as number)) / count;
  const at = AT.cells + 2 * hourOfWeek(timestamp);
  const seen = Math.min(CELL_MEMORY, (state[at] as number) + 1);
  state[at] = seen;
  state[at + 1] = (state[at + 1] as number) + (kept - (state[at + 1] as number)) / seen;
}

/** 0 to 167 in UTC; where a week begins does not matter. */
function hourOfWeek(timestamp: number): number {
  const hour = Math.floor(timestamp / HOUR_MS) % HOURS;
  return hour < 0 ? hour + HOURS : hour;
}
