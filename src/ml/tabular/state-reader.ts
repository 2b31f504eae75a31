import { Random } from '../../core/random.ts';
import type { RandomState } from '../../core/random.ts';
import { invalidSnapshot } from '../model.ts';
import type { ModelSnapshot } from '../model.ts';

import { optionProblem, outside } from './checked-options.ts';
import type { Bounds, OptionLimits } from './checked-options.ts';

/** What a column of a snapshot may hold. */
export interface ArrayShape {
  readonly length: number;
  /** Of every number. @default any finite one */
  readonly bounds?: Bounds;
}

/**
 * Reads a snapshot's state field by field. Whatever does not fit is refused
 * with MODEL_INVALID, so that a restored model cannot fail later. Arrays are
 * copied: the model may change them.
 */
export class StateReader {
  readonly kind: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(kind: string, fields: unknown) {
    this.kind = kind;
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      throw invalidSnapshot(kind, 'its state is no map');
    }
    this.#fields = fields as Readonly<Record<string, unknown>>;
  }

  /** The state of a snapshot of this kind and version. */
  static of(snapshot: ModelSnapshot, kind: string, version: number): StateReader {
    const given: unknown = snapshot;
    if (typeof given !== 'object' || given === null) throw invalidSnapshot(kind, 'it is no map');
    if (snapshot.kind !== kind) throw invalidSnapshot(kind, 'it is of another kind');
    if (snapshot.version !== version) throw invalidSnapshot(kind, 'it is of another version');
    return new StateReader(kind, snapshot.state);
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  child(name: string): StateReader {
    return new StateReader(this.kind, this.#fields[name]);
  }

  /** Snapshot of a model within this one. */
  nested(name: string): ModelSnapshot {
    const value = this.#fields[name];
    if (typeof value !== 'object' || value === null) throw this.refusal(name, 'no snapshot');
    return value as ModelSnapshot;
  }

  number(name: string, bounds: Bounds): number {
    const problem = outside(this.#fields[name], bounds);
    if (problem !== undefined) throw this.refusal(name, problem);
    return this.#fields[name] as number;
  }

  /** Options as the kind checks them when a model is made. */
  options<Options extends object>(defaults: Options, limits: OptionLimits<Options>): Options {
    const given = this.child('options').#fields;
    const options = { ...defaults };
    for (const name of Object.keys(defaults) as (keyof Options & string)[]) {
      options[name] = given[name] as Options[keyof Options & string];
    }
    const problem = optionProblem(options, limits);
    if (problem !== undefined) throw invalidSnapshot(this.kind, `its option ${problem}`);
    return options;
  }

  floats(name: string, shape: ArrayShape): Float64Array {
    const value = this.#fields[name];
    if (!(value instanceof Float64Array)) throw this.refusal(name, 'no array of doubles');
    this.#checkItems(name, value, shape);
    return value.slice();
  }

  floats32(name: string, shape: ArrayShape): Float32Array {
    const value = this.#fields[name];
    if (!(value instanceof Float32Array)) throw this.refusal(name, 'no array of floats');
    this.#checkItems(name, value, shape);
    return value.slice();
  }

  shorts(name: string, shape: ArrayShape): Uint16Array {
    const value = this.#fields[name];
    if (!(value instanceof Uint16Array)) throw this.refusal(name, 'no array of 16-bit numbers');
    this.#checkItems(name, value, shape);
    return value.slice();
  }

  random(name: string): Random {
    const words = this.#fields[name];
    const isState =
      Array.isArray(words) &&
      words.length === 4 &&
      words.every((word) => Number.isInteger(word) && Math.abs(word as number) <= 2 ** 32);
    if (!isState) throw this.refusal(name, 'no state of a generator');
    return Random.from(words as unknown as RandomState);
  }

  refusal(name: string, problem: string): Error {
    return invalidSnapshot(this.kind, `its ${name} is ${problem}`);
  }

  #checkItems(name: string, values: ArrayLike<number>, { length, bounds }: ArrayShape): void {
    if (values.length !== length) throw this.refusal(name, 'of another length');
    const { min, max } = bounds ?? { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] as number;
      if (!(value >= min && value <= max)) throw this.refusal(name, 'out of bounds');
    }
  }
}
