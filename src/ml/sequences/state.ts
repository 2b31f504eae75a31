import { invalidSnapshot } from '../model.ts';
import type { ModelSnapshot } from '../model.ts';
import { optionProblem } from '../tabular/checked-options.ts';
import type { OptionLimits } from '../tabular/checked-options.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads parts of a snapshot. Whatever does not fit throws MODEL_INVALID, so that nothing fails later. */
export class State {
  readonly kind: string;
  readonly #fields: Fields;

  constructor(kind: string, fields: unknown) {
    this.kind = kind;
    this.require(isMap(fields), 'a part of its state is no map');
    this.#fields = fields as Fields;
  }

  static of(snapshot: ModelSnapshot, kind: string, version: number): State {
    if (!isMap(snapshot)) throw invalidSnapshot(kind, 'it is no map');
    if (snapshot.kind !== kind) throw invalidSnapshot(kind, 'it is of another kind');
    if (snapshot.version !== version) throw invalidSnapshot(kind, 'it is of another version');
    return new State(kind, snapshot.state);
  }

  require(holds: boolean, problem: string): void {
    if (!holds) throw invalidSnapshot(this.kind, problem);
  }

  child(name: string): State {
    return new State(this.kind, this.#fields[name]);
  }

  snapshots(name: string, length: number): readonly ModelSnapshot[] {
    const value = this.#fields[name];
    this.require(Array.isArray(value) && value.length === length, `its ${name} are missing`);
    return value as readonly ModelSnapshot[];
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    this.require(typeof value === 'boolean', `its ${name} is no flag`);
    return value as boolean;
  }

  /** A whole number from 0 to `most`. */
  count(name: string, most: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#fields[name];
    this.require(isCount(value, most), `its ${name} is no count`);
    return value as number;
  }

  /** A copy of 32-bit numbers; `length` where it is known. */
  words(name: string, length?: number): Uint32Array {
    const value = this.#fields[name];
    const fits = value instanceof Uint32Array && (length === undefined || value.length === length);
    this.require(fits, `its ${name} do not fit`);
    return (value as Uint32Array).slice();
  }

  /** A copy of counts, each a whole number from 0. */
  counts(name: string, length: number): Float64Array {
    const value = this.#fields[name];
    const fits =
      value instanceof Float64Array &&
      value.length === length &&
      value.every((count) => isCount(count, Number.MAX_SAFE_INTEGER));
    this.require(fits, `its ${name} do not fit`);
    return (value as Float64Array).slice();
  }

  /** A copy of finite numbers. */
  numbers(name: string): Float64Array {
    const value = this.#fields[name];
    const fits = value instanceof Float64Array && value.every(Number.isFinite);
    this.require(fits, `its ${name} do not fit`);
    return (value as Float64Array).slice();
  }

  /** A copy of finite numbers above 0. */
  positives(name: string, length: number): Float64Array {
    const value = this.#fields[name];
    const fits =
      value instanceof Float64Array &&
      value.length === length &&
      value.every((number) => number > 0 && number < Infinity);
    this.require(fits, `its ${name} do not fit`);
    return (value as Float64Array).slice();
  }

  /** Options as the kind checks them when a model is made. */
  options<Options extends object>(defaults: Options, limits: OptionLimits<Options>): Options {
    const given = this.child('options').#fields;
    const options = Object.fromEntries(
      Object.keys(defaults).map((name) => [name, given[name]]),
    ) as Options;
    const problem = optionProblem(options, limits);
    this.require(problem === undefined, `its option ${problem ?? ''}`);
    return options;
  }
}

function isCount(value: unknown, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
