import { MSGPACK_LIMITS, REFUSED } from './msgpack-limits.ts';

/**
 * Why a value may not be kept under a record's attributes; `undefined` when
 * it may. It must be JSON (text, finite numbers, true/false, null, arrays,
 * maps), with no `__proto__` key, and within {@link MSGPACK_LIMITS}.
 */
export function checkAttributes(value: unknown, depth: number): string | undefined {
  const budget = { left: MSGPACK_LIMITS.values };
  return check(value, depth, budget);
}

function check(value: unknown, depth: number, budget: { left: number }): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : 'Numbers must be finite.';
  }
  if (value === REFUSED || typeof value !== 'object') {
    return 'Dates, extension types and the key "__proto__" are not accepted.';
  }
  if (depth > MSGPACK_LIMITS.depth) return `Nested deeper than ${MSGPACK_LIMITS.depth} levels.`;
  return Array.isArray(value) ? checkItems(value, depth, budget) : checkMap(value, depth, budget);
}

function checkItems(
  items: readonly unknown[],
  depth: number,
  budget: { left: number },
): string | undefined {
  budget.left -= items.length;
  if (budget.left < 0) return tooMany();
  for (const item of items) {
    const reason = check(item, depth + 1, budget);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function checkMap(map: object, depth: number, budget: { left: number }): string | undefined {
  const keys = Object.keys(map);
  budget.left -= keys.length;
  if (budget.left < 0 || keys.length > MSGPACK_LIMITS.keys) return tooMany();
  for (const key of keys) {
    if (key === '__proto__') return check(REFUSED, depth, budget);
    const reason = check((map as Record<string, unknown>)[key], depth + 1, budget);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function tooMany(): string {
  return `More than ${MSGPACK_LIMITS.values} values, or ${MSGPACK_LIMITS.keys} keys in one map.`;
}
