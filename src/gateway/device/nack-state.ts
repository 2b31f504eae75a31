import type { Lane } from '../../model/frame.ts';
import type { Refusal } from './tally.ts';

/** A gap is told again when the watch has not come back to the expected frame for this long. */
const AGAIN_MS = 200;

interface RefusedHere {
  readonly lane: Lane;
  readonly expected: number;
  /** Real ms. */
  readonly now: number;
}

/** What one connection has been told about refused frames. */
export class NackState {
  /** Frames refused in a row. */
  strikes = 0;
  /** By lane: the expected number that was told last. */
  readonly #told = [0, 0];
  #toldAt = 0;

  /** After a hello. */
  reset(): void {
    this.#told.fill(0);
  }

  accepted(): void {
    this.strikes = 0;
  }

  /**
   * Notes a refusal and answers whether the watch has to be told. A refused
   * frame makes gaps of all that are on their way behind it; one nack is
   * enough for them.
   */
  refused(reason: Refusal, { lane, expected, now }: RefusedHere): boolean {
    this.strikes += 1;
    const isTold = this.#told[lane] === expected && now - this.#toldAt < AGAIN_MS;
    if (reason === 'gap' && isTold) return false;
    this.#told[lane] = expected;
    this.#toldAt = now;
    return true;
  }
}
