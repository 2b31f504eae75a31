import { roomFor } from './pair-table.ts';
import type { State } from './state.ts';

/** Counts up to here have a bin each; above, two bins per doubling. */
const EXACT = 16;
const BINS = EXACT + 2 * 28 + 1;
/** Beyond the counts seen, tails are taken to fall as the counts grow, as Zipf found for many kinds of counts. */
const POWER = 1;

/** How often each event came how many times in the sessions that have it: one histogram per event. */
export class CountHistograms {
  #bins: Float64Array = new Float64Array(BINS);
  #events = 0;

  get bytes(): number {
    return this.#events * BINS * 8;
  }

  learn(event: number, count: number): void {
    this.#events = Math.max(this.#events, event + 1);
    this.#bins = roomFor(this.#bins, this.#events * BINS);
    const index = event * BINS + binOf(count);
    this.#bins[index] = (this.#bins[index] as number) + 1;
  }

  /**
   * −log10 of how likely a count is as far from the usual one, or farther on
   * that side; 0 for the usual one. Counts never seen get what is seen nearer
   * to the usual one, falling in proportion, and no less than new counts
   * have had so far (Witten and Bell, 1991). O(bins).
   */
  surprise(event: number, count: number): number {
    const from = event * BINS;
    const histogram = this.#bins.subarray(from, from + BINS);
    let usual = 0;
    let sessions = 0;
    let kinds = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      const seen = histogram[bin] as number;
      if (seen > (histogram[usual] as number)) usual = bin;
      if (seen > 0) kinds += 1;
      sessions += seen;
    }
    const bin = binOf(count);
    if (bin === usual || sessions === 0) return 0;
    const tail = Math.max(kinds, tailOf(histogram, usual, bin));
    return -Math.log10(tail / (sessions + kinds));
  }

  /** Count of the bin that holds most sessions. */
  usual(event: number): number {
    const from = event * BINS;
    const histogram = this.#bins.subarray(from, from + BINS);
    return countAt(histogram.indexOf(Math.max(...histogram)));
  }

  state(): object {
    return { events: this.#events, bins: this.#bins.slice(0, this.#events * BINS) };
  }

  /** @throws MODEL_INVALID */
  static from(events: number, state: State): CountHistograms {
    const histograms = new CountHistograms();
    state.require(state.count('events') === events, 'its histograms do not fit');
    histograms.#events = events;
    histograms.#bins = roomFor(state.counts('bins', events * BINS), BINS);
    return histograms;
  }
}

/** Sessions at `bin` or beyond, seen from the usual one; or what those between let expect there. */
function tailOf(histogram: Float64Array, usual: number, bin: number): number {
  const step = bin > usual ? 1 : -1;
  let beyond = 0;
  for (let at = usual + step; at >= 0 && at < BINS; at += step) beyond += histogram[at] as number;
  let best = 0;
  for (let at = usual + step; at !== bin; at += step) {
    const ratio = step > 0 ? countAt(at) / countAt(bin) : countAt(bin) / countAt(at);
    best = Math.max(best, beyond * ratio ** POWER);
    beyond -= histogram[at] as number;
  }
  return Math.max(best, beyond);
}

/** Bin 0 is a count of 1. */
function binOf(count: number): number {
  if (count <= EXACT) return count - 1;
  return Math.min(BINS - 1, EXACT - 1 + Math.floor(2 * Math.log2(count / EXACT)) + 1);
}

/** The smallest count of a bin. */
function countAt(bin: number): number {
  return bin < EXACT ? bin + 1 : EXACT * 2 ** ((bin - EXACT) / 2);
}
