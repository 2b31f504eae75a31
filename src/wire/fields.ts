import { WatchkeeperError } from '../core/errors.ts';

/** Typed reads of an untrusted map; every one throws WatchkeeperError FRAME_MALFORMED with the field's name. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isMap || value instanceof Uint8Array) throw malformed('body', 'a map');
    this.#values = value as Readonly<Record<string, unknown>>;
  }

  has(name: string): boolean {
    const value = this.#values[name];
    return value !== undefined && value !== null;
  }

  /** 1 to `max` characters; `min` 0 allows ''. */
  text(name: string, max: number, min = 1): string {
    const value = this.#values[name];
    if (typeof value === 'string' && value.length >= min && value.length <= max) return value;
    throw malformed(name, `a text of ${min} to ${max} characters`);
  }

  /** Exactly `size` bytes, copied so that the received message is not kept alive. */
  bytes(name: string, size: number): Uint8Array {
    const value = this.#values[name];
    if (value instanceof Uint8Array && value.length === size) return new Uint8Array(value);
    throw malformed(name, `${size} bytes`);
  }

  integer(name: string, max = Number.MAX_SAFE_INTEGER, min = 0): number {
    return integer(this.#values[name], name, { min, max });
  }

  number(name: string, min: number, max: number): number {
    const value = this.#values[name];
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw malformed(name, `a number of ${min} to ${max}`);
  }

  flag(name: string): boolean {
    const value = this.#values[name];
    if (typeof value === 'boolean') return value;
    throw malformed(name, 'true or false');
  }

  /** A list of exactly `size` whole numbers from 0 to `max`. */
  integers(name: string, size: number, max = Number.MAX_SAFE_INTEGER): readonly number[] {
    const list = this.list(name, size);
    if (list.length !== size) throw malformed(name, `a list of ${size} numbers`);
    return list.map((value) => integer(value, name, { min: 0, max }));
  }

  list(name: string, max: number): readonly unknown[] {
    const value = this.#values[name];
    if (Array.isArray(value) && value.length <= max) return value;
    throw malformed(name, `a list of at most ${max}`);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const found = allowed.find((each) => each === this.#values[name]);
    if (found !== undefined) return found;
    throw malformed(name, `one of ${allowed.join(', ')}`);
  }

  map(name: string): Readonly<Record<string, unknown>> {
    return new Fields(this.#values[name]).#values;
  }

  raw(name: string): unknown {
    return this.#values[name];
  }
}

function integer(value: unknown, name: string, range: { min: number; max: number }): number {
  const isFine =
    typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    value >= range.min &&
    value <= range.max;
  if (isFine) return value;
  throw malformed(name, `a whole number of ${range.min} to ${range.max}`);
}

function malformed(name: string, expected: string): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', `The field "${name}" is not ${expected}.`);
}
