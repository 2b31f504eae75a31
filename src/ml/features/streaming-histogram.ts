/**
 * Quantiles of a stream of numbers in bounded memory: 16 bins of (centre,
 * count) that follow the data; a 17th takes the new number until the two
 * closest are merged (Ben-Haim and Tom-Tov, "A streaming parallel decision
 * tree algorithm", JMLR 2010). Plain numbers in one array: how many bins are
 * in use, then centres, then counts. Cost: O(bins) per number, about 0.1 µs.
 */
const BINS = 16;
const SLOTS = BINS + 1;

/** Length of a histogram's array; all zero is empty. */
export const HISTOGRAM_STATE = 1 + 2 * SLOTS;

/** Counts a finite number of at most 1e100. Changes `state`. */
export function addToHistogram(state: Float64Array, value: number): void {
  const used = state[0] as number;
  let place = 0;
  while (place < used && (state[1 + place] as number) < value) place += 1;
  if (place < used && state[1 + place] === value) {
    state[1 + SLOTS + place] = (state[1 + SLOTS + place] as number) + 1;
    return;
  }
  for (let slot = used; slot > place; slot -= 1) {
    state[1 + slot] = state[slot] as number;
    state[1 + SLOTS + slot] = state[SLOTS + slot] as number;
  }
  state[1 + place] = value;
  state[1 + SLOTS + place] = 1;
  state[0] = used + 1;
  if (used + 1 > BINS) mergeClosest(state);
}

/** Whether these numbers are a histogram's: of the right length, in order, each bin counted. */
export function isHistogram(state: Float64Array): boolean {
  const used = state[0] as number;
  if (state.length !== HISTOGRAM_STATE || !Number.isInteger(used) || used < 0 || used > BINS) {
    return false;
  }
  for (let slot = 0; slot < used; slot += 1) {
    if (!((state[1 + SLOTS + slot] as number) >= 1)) return false;
    if (slot > 0 && !((state[1 + slot] as number) > (state[slot] as number))) return false;
  }
  return true;
}

export function histogramCount(state: Float64Array): number {
  let count = 0;
  for (let slot = 0; slot < (state[0] as number); slot += 1) {
    count += state[1 + SLOTS + slot] as number;
  }
  return count;
}

/**
 * The number below which a share `q` (0 to 1) lies; 0 when empty. Half of each
 * bin's count lies on either side of its centre.
 */
export function histogramQuantile(state: Float64Array, q: number): number {
  const used = state[0] as number;
  const rank = q * histogramCount(state);
  let before = 0;
  let previousAt = 0;
  let previous = 0;
  for (let slot = 0; slot < used; slot += 1) {
    const centre = state[1 + slot] as number;
    const count = state[1 + SLOTS + slot] as number;
    const at = before + count / 2;
    if (rank <= at) {
      if (slot === 0) return centre;
      return previous + ((rank - previousAt) / (at - previousAt)) * (centre - previous);
    }
    before += count;
    previousAt = at;
    previous = centre;
  }
  return previous;
}

/** The median distance from `center`; 0 when empty. */
export function histogramDeviation(state: Float64Array, center: number): number {
  const used = state[0] as number;
  let above = 0;
  while (above < used && (state[1 + above] as number) < center) above += 1;
  let below = above - 1;
  DISTANCES[0] = used;
  for (let slot = 0; slot < used; slot += 1) {
    const down = below < 0 ? Infinity : Math.abs((state[1 + below] as number) - center);
    const up = above >= used ? Infinity : Math.abs((state[1 + above] as number) - center);
    const from = down <= up ? below : above;
    if (from === below) below -= 1;
    else above += 1;
    DISTANCES[1 + slot] = Math.min(down, up);
    DISTANCES[1 + SLOTS + slot] = state[1 + SLOTS + from] as number;
  }
  return histogramQuantile(DISTANCES, 0.5);
}

/** A histogram of distances, for the length of one call. */
const DISTANCES = new Float64Array(HISTOGRAM_STATE);

function mergeClosest(state: Float64Array): void {
  let closest = 0;
  let least = Number.POSITIVE_INFINITY;
  const used = state[0] as number;
  for (let slot = 0; slot + 1 < used; slot += 1) {
    const distance = (state[2 + slot] as number) - (state[1 + slot] as number);
    if (distance < least) {
      least = distance;
      closest = slot;
    }
  }
  const count = state[1 + SLOTS + closest] as number;
  const next = state[2 + SLOTS + closest] as number;
  const share = next / (count + next);
  state[1 + closest] = (state[1 + closest] as number) + share * least;
  state[1 + SLOTS + closest] = count + next;
  for (let slot = closest + 1; slot + 1 < used; slot += 1) {
    state[1 + slot] = state[2 + slot] as number;
    state[1 + SLOTS + slot] = state[2 + SLOTS + slot] as number;
  }
  state[used] = 0;
  state[SLOTS + used] = 0;
  state[0] = used - 1;
}
