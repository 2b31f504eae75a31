import { invalidSnapshot } from '../model.ts';

/** @throws MODEL_INVALID unless `holds`. */
export function requireThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw invalidSnapshot('surprise', what);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of a list of finite numbers, typed array or not. @throws MODEL_INVALID */
export function numbersOf(value: unknown, what: string): Float64Array {
  const isList =
    Array.isArray(value) || value instanceof Float64Array || value instanceof Uint8Array;
  requireThat(isList, `${what} are missing`);
  const numbers = new Float64Array(value.length);
  for (let index = 0; index < numbers.length; index += 1) {
    numbers[index] = finite(value[index], what);
  }
  return numbers;
}

/** `value` itself. @throws MODEL_INVALID unless it is a finite number. */
export function finite(value: unknown, what: string): number {
  requireThat(typeof value === 'number' && Number.isFinite(value), `${what} hold no finite number`);
  return value;
}
