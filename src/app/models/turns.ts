import type { Clock } from '../../core/clock.ts';
import type { Steps } from '../../core/steps.ts';

/** How long work goes on in one turn of the event loop, in ms. */
const SLICE_MS = 3;

interface Piece {
  /** Goes on for a slice; true when it has ended. */
  advance(): boolean;
}

/**
 * Runs work that comes in parts on this thread, all of it together for at
 * most 3 ms and one part in a turn of the event loop, piece by piece in turn.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #waiting: Piece[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The result at once when a slice is enough and nothing else is under way. @throws what the work throws */
  run<Result>(steps: Steps<Result>): Result | Promise<Result> {
    const first = this.#waiting.length === 0 ? this.#slice(steps) : undefined;
    if (first?.done === true) return first.value;
    return new Promise((resolve, reject) => {
      const advance = (): boolean => {
        try {
          const { done, value } = this.#slice(steps);
          if (done === true) resolve(value);
          return done === true;
        } catch (error) {
          reject(error as Error);
          return true;
        }
      };
      this.#waiting.push({ advance });
      if (this.#waiting.length === 1) this.#plan();
    });
  }

  #slice<Result>(steps: Steps<Result>): IteratorResult<undefined, Result> {
    const until = this.#clock.monotonic() + SLICE_MS;
    for (;;) {
      const step = steps.next();
      if (step.done === true || this.#clock.monotonic() >= until) return step;
    }
  }

  #plan(): void {
    setImmediate(() => {
      const piece = this.#waiting[0];
      if (piece === undefined) return;
      const isDone = piece.advance();
      this.#waiting.shift();
      if (!isDone) this.#waiting.push(piece);
      if (this.#waiting.length > 0) this.#plan();
    });
  }
}
