import { HEADER_BYTES, readHeader } from '../../wire/frame.ts';

/** Bytes that all connections together hold back while the intake is busy. */
export class HoldBudget {
  bytes = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(bytes: number): boolean {
    if (this.bytes + bytes > this.#limit) return false;
    this.bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.bytes -= bytes;
  }
}

/**
 * Messages of one connection that came in while it waits for room, in order.
 * A paused socket still delivers what it has read, and resending that would
 * cost the watch more than keeping it costs here.
 */
export class HeldMessages {
  #messages: Uint8Array[] = [];
  readonly #budget: HoldBudget;

  constructor(budget: HoldBudget) {
    this.#budget = budget;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** `false` when the budget of all connections is used up. */
  push(message: Uint8Array): boolean {
    if (!this.#budget.take(message.length)) return false;
    this.#messages.push(message);
    return true;
  }

  /** Takes all messages out. */
  drain(): readonly Uint8Array[] {
    const messages = this.#messages;
    this.#messages = [];
    for (const message of messages) this.#budget.give(message.length);
    return messages;
  }
}

/** How many data and gap frames of each lane are in `message`, as far as it can be read. */
export function countNumbered(message: Uint8Array): readonly [urgent: number, bulk: number] {
  const counts: [number, number] = [0, 0];
  let offset = 0;
  try {
    while (offset < message.length) {
      const { seq, lane, length } = readHeader(message, offset);
      if (seq > 0) counts[lane] += 1;
      offset += HEADER_BYTES + length;
    }
  } catch {
    // The rest is refused as malformed when it is sent again.
  }
  return counts;
}
