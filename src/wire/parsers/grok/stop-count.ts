/** Counts matches of patterns that were stopped because they took too long. */
export class StopCount {
  readonly #onStop: () => void;
  #cutOff = 0;

  /** @param onStop called at each of them */
  constructor(onStop: () => void = () => undefined) {
    this.#onStop = onStop;
  }

  get cutOff(): number {
    return this.#cutOff;
  }

  stop(): void {
    this.#cutOff += 1;
    this.#onStop();
  }
}
