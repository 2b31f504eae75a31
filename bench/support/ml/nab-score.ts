/** One stream of the benchmark with its labels and a detector's scores. */
export interface NabStream {
  readonly name: string;
  /** ms since the epoch, one per row. */
  readonly times: ArrayLike<number>;
  /** First and last time of each labelled window, in order. */
  readonly windows: readonly (readonly [number, number])[];
  /** One per row; a row is detected where its score reaches the threshold. */
  readonly scores: ArrayLike<number>;
}

/** What a detection, a false one and a miss weigh. */
export interface NabProfile {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** A corpus scored at one threshold for all streams. */
export interface NabResult {
  /** 100 for a perfect detector, 0 for one that detects nothing; may be negative. */
  readonly score: number;
  readonly threshold: number;
  /** Rows detected outside of windows. */
  readonly falsePositives: number;
  readonly windowsFound: number;
  readonly windows: number;
}

/** Share of a stream's rows that is not scored, and the most rows of it. */
const PROBATION = 0.15;
const PROBATION_ROWS = 5000;
/** Windows' widths after a window from which a false positive costs the whole weight. */
const FAR = 3;

/**
 * Scores a corpus as the Numenta Anomaly Benchmark does (Lavin and Ahmad,
 * "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015, in the
 * form its repository has had since 2018): in each window the earliest
 * detection counts, by a sigmoid over the window, a miss costs; a false
 * positive costs by the same sigmoid over its distance to the window before;
 * the sum is set between a detector that finds nothing and a perfect one. The
 * threshold is the one that serves best over all streams together.
 */
export function scoreNab(streams: readonly NabStream[], profile: NabProfile): NabResult {
  return sweep(streams, profile, undefined);
}

/** The same at a given threshold. */
export function scoreNabAt(
  streams: readonly NabStream[],
  profile: NabProfile,
  threshold: number,
): NabResult {
  return sweep(streams, profile, threshold);
}

/**
 * 2 / (1 + e^(5·position)) − 1: positive within a window, where position runs
 * from −1 at its start to 0 at its end, negative after it, −1 from 3 on.
 */
export function scaledSigmoid(position: number): number {
  return position >= FAR ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/** Rows at the start of a stream that are not scored. */
export function probationRows(rows: number): number {
  return Math.min(Math.floor(PROBATION * rows), PROBATION * PROBATION_ROWS);
}

function sweep(
  streams: readonly NabStream[],
  profile: NabProfile,
  fixed: number | undefined,
): NabResult {
  const rows = rowsOf(streams, profile);
  const tally = new Tally(rows, profile);
  let best = tally.result(Infinity);
  for (const [place, row] of rows.order.entries()) {
    const score = rows.scores[row] as number;
    if (fixed !== undefined && !(score >= fixed)) break;
    tally.add(row);
    if (rows.scores[rows.order[place + 1] ?? -1] === score) continue;
    const result = tally.result(score);
    if (fixed !== undefined || result.score > best.score) best = result;
  }
  return fixed === undefined ? best : { ...best, threshold: fixed };
}

/** The rows that count, of all streams. */
interface Rows {
  readonly scores: Float64Array;
  /** Number of the window over all streams, or −1. */
  readonly window: Int32Array;
  /** What a detection there is worth. */
  readonly gain: Float64Array;
  /** Rows by falling score. */
  readonly order: Uint32Array;
  readonly windows: number;
  /** Windows that do not end in the part that is not scored. */
  readonly reachable: number;
}

/** Detections so far and what they come to. */
class Tally {
  readonly #rows: Rows;
  readonly #perfect: number;
  readonly #nothing: number;
  readonly #best: Float64Array;
  #total: number;
  #falsePositives = 0;
  #windowsFound = 0;

  constructor(rows: Rows, { truePositive, falseNegative }: NabProfile) {
    this.#rows = rows;
    this.#perfect = rows.windows * truePositive;
    this.#nothing = -falseNegative * rows.reachable;
    this.#best = new Float64Array(rows.windows).fill(-falseNegative);
    this.#total = this.#nothing;
  }

  add(row: number): void {
    const window = this.#rows.window[row] as number;
    const gain = this.#rows.gain[row] as number;
    if (window < 0) {
      this.#total += gain;
      this.#falsePositives += 1;
      return;
    }
    const before = this.#best[window] as number;
    if (before < 0) this.#windowsFound += 1;
    if (gain <= before) return;
    this.#best[window] = gain;
    this.#total += gain - before;
  }

  result(threshold: number): NabResult {
    return {
      score: (100 * (this.#total - this.#nothing)) / (this.#perfect - this.#nothing),
      threshold,
      falsePositives: this.#falsePositives,
      windowsFound: this.#windowsFound,
      windows: this.#rows.windows,
    };
  }
}

function rowsOf(streams: readonly NabStream[], profile: NabProfile): Rows {
  const most = streams.reduce((sum, { times }) => sum + times.length, 0);
  const scores = new Float64Array(most);
  const window = new Int32Array(most);
  const gain = new Float64Array(most);
  let count = 0;
  let windows = 0;
  let reachable = 0;
  for (const stream of streams) {
    const limits = limitsOf(stream);
    const probation = probationRows(stream.times.length);
    for (let row = Math.ceil(probation); row < stream.times.length; row += 1) {
      const place = placeOf(row, limits);
      const isWithin = place.window >= 0;
      scores[count] = stream.scores[row] as number;
      window[count] = isWithin ? windows + place.window : -1;
      gain[count] = place.sigmoid * (isWithin ? profile.truePositive : profile.falsePositive);
      count += 1;
    }
    windows += limits.length;
    reachable += limits.filter(([, last]) => last >= probation).length;
  }
  const order = Uint32Array.from({ length: count }, (_, index) => index).sort(
    (one, other) => (scores[other] as number) - (scores[one] as number),
  );
  return { scores, window, gain, order, windows, reachable };
}

type Limits = readonly (readonly [number, number])[];

/** First and last row of each window. */
function limitsOf({ name, times, windows }: NabStream): Limits {
  const rowAt = (time: number): number => {
    for (let row = 0; row < times.length; row += 1) if (times[row] === time) return row;
    throw new Error(`${name} has no row at ${new Date(time).toISOString()}, where a window ends.`);
  };
  return windows.map(([first, last]) => [rowAt(first), rowAt(last)]);
}

const EARLIEST = scaledSigmoid(-1);

/** The window a row lies in, or −1, and how a detection there counts. */
function placeOf(
  row: number,
  limits: Limits,
): { readonly window: number; readonly sigmoid: number } {
  let sigmoid = -1;
  for (const [window, [first, last]] of limits.entries()) {
    if (row < first) break;
    const width = last - first + 1;
    if (row <= last)
      return { window, sigmoid: scaledSigmoid(-(last - row + 1) / width) / EARLIEST };
    sigmoid = scaledSigmoid((row - last) / (width - 1));
  }
  return { window: -1, sigmoid };
}
