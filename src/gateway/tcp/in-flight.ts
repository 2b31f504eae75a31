/** Batches of one connection that are in the journal and not durable. */
const MAX_BATCHES = 64;
/** Bytes of these; the last batch may exceed it. */
const MAX_BYTES = 1_048_576;

/**
 * What one connection has handed to the journal and has not heard back of, in
 * order. It is what lets a sender of small messages share group commits with
 * itself, and the bound on that.
 */
export class InFlight {
  #tail: Promise<void> = Promise.resolve();
  /** Batches and actions that wait for their turn. */
  #waiting = 0;
  #batches = 0;
  #bytes = 0;
  #inTurn = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;
  readonly #onFailure: () => void;

  /** @param onFailure called once, when a batch did not become durable */
  constructor(onFailure: () => void = () => undefined) {
    this.#onFailure = onFailure;
  }

  /** Whether so many records were added since it was last so: then others are to have their turn. */
  isTurnOver(records: number, limit: number): boolean {
    this.#inTurn += records;
    if (this.#inTurn < limit) return false;
    this.#inTurn = 0;
    return true;
  }

  /** Batches that are not durable yet. */
  get size(): number {
    return this.#batches;
  }

  /**
   * Resolves when one more batch may follow.
   * @throws what the first batch failed with
   */
  async room(): Promise<void> {
    while (this.#failure === undefined && this.#isFull) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Adds a batch that was appended; `durable` settles once its fate is known. */
  add(bytes: number, durable: Promise<void>): void {
    this.#batches += 1;
    this.#bytes += bytes;
    this.#follow(() =>
      durable.finally(() => {
        this.#batches -= 1;
        this.#bytes -= bytes;
        this.#wake();
      }),
    );
    // It is looked at in its turn; until then its failure is nobody's.
    durable.catch(() => undefined);
  }

  /** Runs once all that was added before is durable, in order; never after a failure. */
  after(action: () => void): void {
    if (this.#waiting === 0) action();
    else this.#follow(action);
  }

  /**
   * Resolves when everything added so far is durable and acted upon.
   * @throws what the first batch failed with
   */
  settled(): Promise<void> {
    return this.#tail;
  }

  get #isFull(): boolean {
    return this.#batches >= MAX_BATCHES || this.#bytes >= MAX_BYTES;
  }

  /** What follows a failure keeps waiting, so that nothing is done at once any more. */
  #follow(next: () => void | Promise<void>): void {
    this.#waiting += 1;
    this.#tail = this.#tail.then(next);
    this.#tail.then(
      () => {
        this.#waiting -= 1;
      },
      (error: unknown) => {
        if (this.#failure !== undefined) return;
        this.#failure = { error };
        this.#wake();
        this.#onFailure();
      },
    );
  }
}
