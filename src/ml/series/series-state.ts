import { invalidSnapshot } from '../model.ts';
import type { ModelSnapshot } from '../model.ts';
import { optionProblem, outside } from '../tabular/checked-options.ts';
import type { Bounds, OptionLimits } from '../tabular/checked-options.ts';

/** Numbers of a snapshot, how many and how large. */
export interface ListShape {
  readonly least: number;
  readonly most: number;
  readonly bounds: Bounds;
}

/**
 * Reads a stream model's snapshot field by field; what does not fit is refused
 * with MODEL_INVALID, so that a restored model cannot fail later. Lists are
 * copied.
 */
export class SeriesState {
  readonly kind: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(kind: string, fields: unknown) {
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      throw invalidSnapshot(kind, 'its state is no map');
    }
    this.kind = kind;
    this.#fields = fields as Readonly<Record<string, unknown>>;
  }

  /** Of version 1, as all are. @throws MODEL_INVALID */
  static of(snapshot: ModelSnapshot, kind: string): SeriesState {
    const fields = new SeriesState(kind, snapshot).#fields;
    if (fields['kind'] !== kind) throw invalidSnapshot(kind, 'it is of another kind');
    if (fields['version'] !== 1) throw invalidSnapshot(kind, 'it is of another version');
    return new SeriesState(kind, fields['state']);
  }

  child(name: string): SeriesState {
    return new SeriesState(this.kind, this.#fields[name]);
  }

  /** Snapshot of a model within this one; its own `restore` judges it. */
  nested(name: string): ModelSnapshot {
    return this.child(name).#fields as unknown as ModelSnapshot;
  }

  number(name: string, bounds: Bounds): number {
    const problem = outside(this.#fields[name], bounds);
    if (problem !== undefined) throw this.refusal(name, problem);
    return this.#fields[name] as number;
  }

  list(name: string, { least, most, bounds }: ListShape): Float64Array<ArrayBuffer> {
    const value = this.#fields[name];
    if (!(value instanceof Float64Array)) throw this.refusal(name, 'no array of doubles');
    if (value.length < least || value.length > most) throw this.refusal(name, 'of another length');
    for (const item of value) {
      if (!(item >= bounds.min && item <= bounds.max)) throw this.refusal(name, 'out of bounds');
    }
    return Float64Array.from(value);
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

  refusal(name: string, problem: string): Error {
    return invalidSnapshot(this.kind, `its ${name} is ${problem}`);
  }
}
