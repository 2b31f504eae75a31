import { parseRfc3339 } from '../records/rfc3339.ts';

const DIGITS = /^\d{1,19}$/;
const DECIMAL = /^\d{1,15}\.\d{1,9}$/;
const LONGEST = 40;

/**
 * Reads a time as shippers write it, as whole ms since the epoch: RFC 3339,
 * also without a zone (UTC) or with the zone as `+0200`, or a count of s, ms,
 * µs or ns, told apart by magnitude. `undefined` when it is none.
 */
export function eventTime(value: unknown): number | undefined {
  if (typeof value === 'number') return fromCount(value);
  if (typeof value !== 'string' || value.length > LONGEST) return undefined;
  if (DIGITS.test(value)) {
    return value.length > 16 ? nanosToMs(BigInt(value)) : fromCount(Number(value));
  }
  if (DECIMAL.test(value)) return fromCount(Number(value));
  const text = value.replace(',', '.').replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const time = parseRfc3339(text);
  if (!Number.isNaN(time)) return time;
  const asUtc = parseRfc3339(`${text}Z`);
  return Number.isNaN(asUtc) ? undefined : asUtc;
}

/** Ns since the epoch as whole ms; `undefined` for 0, which protocols use for "not known". */
export function nanosToMs(nanos: bigint): number | undefined {
  return nanos <= 0n ? undefined : Number(nanos / 1_000_000n);
}

function fromCount(count: number): number | undefined {
  if (!Number.isFinite(count) || count <= 0) return undefined;
  // A trifle more, so that 1.123 s does not come out as 1122 ms.
  if (count < 1e11) return Math.floor(count * 1000 + 1e-3);
  if (count < 1e14) return Math.floor(count + 1e-3);
  return Math.floor(count < 1e17 ? count / 1e3 : count / 1e6);
}
