import { WatchkeeperError } from '../../core/errors.ts';

/** Limits of what a payload may make the reader build. */
export const MSGPACK_LIMITS = Object.freeze({
  depth: 32,
  /** Keys of one map. */
  keys: 256,
  /** Definitions of inline record structures in one payload. */
  structures: 1024,
  /** Values inside the attributes of one record. */
  values: 4096,
});

/** Types that plain msgpack lacks (dates, maps, errors, …): well-formed, skipped, and refused by the record. */
export const REFUSED = Symbol('refused');

/** Integers beyond 2^53 become decimal text, so that no digit is lost. */
export function safeNumber(value: bigint): number | string {
  const isSafe = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  return isSafe ? Number(value) : value.toString();
}

/** The error of a payload that cannot be read; tells the offset and nothing of the content. */
export function malformed(offset: number): WatchkeeperError {
  return new WatchkeeperError(
    'PAYLOAD_INVALID',
    `The payload is not valid msgpack, or exceeds a limit, at byte ${offset}.`,
  );
}
