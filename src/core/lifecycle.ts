/** Something that is started elsewhere and stopped here. `stop` is idempotent. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** Stops what was started, last first; idempotent. Errors of one do not keep the others from stopping. */
export class StopStack implements Stoppable {
  readonly #stops: (() => Promise<void> | void)[] = [];
  #stopping: Promise<void> | undefined;

  push(stop: () => Promise<void> | void): void {
    this.#stops.push(stop);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#run();
    return this.#stopping;
  }

  async #run(): Promise<void> {
    const errors: unknown[] = [];
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      try {
        await stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'Some parts did not stop cleanly.');
  }
}
