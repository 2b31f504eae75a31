interface Waiter {
  readonly lsn: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Promises that settle as the durable lsn grows. */
export class Waiters {
  #waiting: Waiter[] = [];

  wait(lsn: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lsn, resolve, reject });
    });
  }

  /** Resolves those that wait for `durableLsn` or less. */
  reached(durableLsn: number): void {
    if (this.#waiting.length === 0) return;
    const still: Waiter[] = [];
    for (const waiter of this.#waiting) {
      if (waiter.lsn <= durableLsn) waiter.resolve();
      else still.push(waiter);
    }
    this.#waiting = still;
  }

  rejectAll(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.reject(error);
  }
}
