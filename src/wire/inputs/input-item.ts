import { WatchkeeperError } from '../../core/errors.ts';

/** Bounds of one body, whatever protocol it is in. */
export const INPUT_LIMITS = Object.freeze({
  records: 10_000,
  /** Nesting of JSON and of protobuf values. */
  depth: 64,
  /** Values (attributes, list items, messages) that one protobuf body may hold. */
  values: 500_000,
  /**
   * Characters that what records share (resource, labels, query) may come to
   * when each has its copy: some for any body, more by its bytes, and at most.
   */
  sharedFree: 512 * 1024,
  sharedPerByte: 8,
  sharedMost: 8 * 1_048_576,
});

/** Records that a reader makes in one step. */
export const STEP_RECORDS = 256;

/** What readers need to know about a request. */
export interface InputContext {
  /** Site-clock ms: the time of events that state none. */
  readonly now: number;
  /** The one service that the sender may post for; stands in where an event names none. */
  readonly service: string | undefined;
}

/** A record under the names of the log schema, not yet checked against it. */
export type Item = Readonly<Record<string, unknown>>;

/** Part of a body that is no event. */
export class Unreadable {
  /** The bytes as received. */
  readonly raw: Uint8Array;
  /** Never holds content. */
  readonly reason: string;

  constructor(raw: Uint8Array, reason: string) {
    this.raw = raw;
    this.reason = reason;
  }
}

export type InputItem = Item | Unreadable;

/** @throws WatchkeeperError TOO_LARGE when one body holds more records than it may. */
export function checkCount(count: number): void {
  if (count <= INPUT_LIMITS.records) return;
  throw new WatchkeeperError(
    'TOO_LARGE',
    `Expected at most ${INPUT_LIMITS.records} records in one body.`,
    { fix: 'Let the shipper send smaller batches.' },
  );
}

/** Bounds how much larger a body may get when what records share is given to each of them. */
export class SharedBudget {
  #left: number;

  constructor(bodyBytes: number) {
    const { sharedFree, sharedPerByte, sharedMost } = INPUT_LIMITS;
    this.#left = Math.min(sharedMost, sharedFree + sharedPerByte * bodyBytes);
  }

  /** @throws WatchkeeperError TOO_LARGE */
  charge(shared: unknown, records: number): void {
    this.#left -= JSON.stringify(shared).length * records;
    if (this.#left >= 0) return;
    throw new WatchkeeperError(
      'TOO_LARGE',
      'What the records share makes the body too large when each of them has its copy.',
      { fix: 'Send smaller batches, or fewer resource attributes or labels.' },
    );
  }
}

/** The error of a body that cannot be read at all; `what` says what was expected. */
export function malformedBody(what: string): WatchkeeperError {
  return new WatchkeeperError('PAYLOAD_INVALID', `The body is not ${what}.`, {
    fix: 'Check that the shipper is set up for this input; docs/inputs.md has an example for each.',
  });
}
