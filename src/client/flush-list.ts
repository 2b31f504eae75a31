interface Waiter {
  readonly id: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Promises that wait until batches are delivered. */
export class FlushList {
  #waiters: Waiter[] = [];

  wait(id: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ id, resolve, reject });
    });
  }

  settle(isDelivered: (id: number) => boolean): void {
    if (this.#waiters.length === 0) return;
    const ready = this.#waiters.filter(({ id }) => isDelivered(id));
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }

  fail(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { reject } of waiters) reject(error);
  }
}
