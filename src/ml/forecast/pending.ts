export interface PendingState {
  readonly step: number;
  /** Per horizon a ring: what was forecast, and the step it is for. */
  readonly forecasts: Float64Array;
  readonly targets: Float64Array;
}

/** Forecasts whose time has not come, in one ring per horizon; a gap loses those that fell into it. */
export class Pending {
  readonly #horizons: readonly number[];
  readonly #width: number;
  readonly #forecasts: Float64Array;
  readonly #targets: Float64Array;
  #step = 0;

  constructor(horizons: readonly number[]) {
    this.#horizons = horizons;
    this.#width = (horizons.at(-1) ?? 0) + 1;
    this.#forecasts = new Float64Array(horizons.length * this.#width);
    this.#targets = new Float64Array(horizons.length * this.#width).fill(-1);
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
    const at = index * this.#width + (this.#step % this.#width);
    return this.#targets[at] === this.#step ? this.#forecasts[at] : undefined;
  }

  put(index: number, forecast: number): void {
    const target = this.#step + (this.#horizons[index] as number);
    const at = index * this.#width + (target % this.#width);
    this.#forecasts[at] = forecast;
    this.#targets[at] = target;
  }
}
