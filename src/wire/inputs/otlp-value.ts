import { safeNumber } from '../records/msgpack-limits.ts';

/** Attributes hold finite numbers only; the others become their names. */
export function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** An int64; beyond 2^53 as decimal text, so that no digit is lost. */
export function integerValue(value: bigint): number | string {
  return safeNumber(BigInt.asIntN(64, value));
}
