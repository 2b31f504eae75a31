export interface PendingState {
  readonly step: number;
  /** Per horizon a ring of one place more than its steps: what was forecast, and the step it is for. */
  readonly forecasts: Float64Array;
  readonly targets: Float64Array;
}

/** Forecasts whose time has not come, in one ring per horizon; a gap loses those that fell into it. */
export class Pending {
  readonly #horizons: readonly number[];
  /** Of the last horizon, the greatest. */
  readonly #width: number;
  readonly #starts: readonly number[];
  readonly #forecasts: Float64Array;
  readonly #targets: Float64Array;
  #step = 0;

  constructor(horizons: readonly number[]) {
    this.#horizons = horizons;
    this.#width = (horizons.at(-1) ?? 0) + 1;
    this.#starts = horizons.map((_, index) => pendingPlaces(horizons.slice(0, index)));
    this.#forecasts = new Float64Array(pendingPlaces(horizons));
    this.#targets = new Float64Array(pendingPlaces(horizons)).fill(-1);
  }

  static from(horizons: readonly number[], state: PendingState): Pending {
    const pending = new Pending(horizons);
    pending.#step = state.step;
    pending.#forecasts.set(state.forecasts);
    pending.#targets.set(state.targets);
    return pending;
  }

  state(): PendingState {
    return {
      step: this.#step,
      forecasts: this.#forecasts.slice(),
      targets: this.#targets.slice(),
    };
  }

  advance(steps: number): void {
    // Beyond this whole numbers are no longer exact; nothing pending is due then.
    this.#step = Math.min(Number.MAX_SAFE_INTEGER - this.#width, this.#step + steps);
  }

  /** What was forecast for the step now, at the horizon of this index. */
  due(index: number): number | undefined {
    const at = this.#place(index, this.#step);
    return this.#targets[at] === this.#step ? this.#forecasts[at] : undefined;
  }

  put(index: number, forecast: number): void {
    const target = this.#step + (this.#horizons[index] as number);
    const at = this.#place(index, target);
    this.#forecasts[at] = forecast;
    this.#targets[at] = target;
  }
  #place(index: number, step: number): number {
    return (this.#starts[index] as number) + (step % ((this.#horizons[index] as number) + 1));
  }
}

/** Places of the rings of these horizons. */
export function pendingPlaces(horizons: readonly number[]): number {
  return horizons.reduce((sum, steps) => sum + steps + 1, 0);
}
