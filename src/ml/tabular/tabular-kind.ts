import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';
import type { Model, ModelKind, ModelSnapshot } from '../model.ts';

import { checkedOptions } from './checked-options.ts';
import type { OptionLimits } from './checked-options.ts';
import { StateReader } from './state-reader.ts';

/** What sets a kind apart: its names, its options, and the snapshot of what it learned. */
export interface TabularSpec<Options, Fitted> {
  readonly kind: string;
  readonly doc: string;
  /** Of the snapshot's shape. */
  readonly version: number;
  readonly defaults: Options;
  readonly limits: OptionLimits<Options>;
  /** Where the snapshot's state holds what `fit` learned. @default 'fitted' */
  readonly field?: string;
  /** Plain data that `read` takes; arrays that the model changes in place are copied. */
  state(fitted: Fitted): unknown;
  /** @throws MODEL_INVALID */
  read(reader: StateReader, options: Options): Fitted;
}

/** What a model is made of: checked options, and what it learned where it was restored. */
export interface TabularParts<Options, Fitted> {
  readonly spec: TabularSpec<Options, Fitted>;
  readonly options: Options;
  readonly random: Random;
  readonly fitted: Fitted | undefined;
}

/** As `ModelKind`; says what its models can do besides. */
export interface TabularKind<Options, Made extends Model<Matrix>> extends ModelKind<
  Matrix,
  Options
> {
  readonly create: (options: Partial<Options>, random: Random) => Made;
  readonly restore: (snapshot: ModelSnapshot) => Made;
}

/** The kind whose models `make` puts together, from options or a snapshot that have been checked. */
export function tabularKind<Options extends object, Fitted, Made extends Model<Matrix>>(
  spec: TabularSpec<Options, Fitted>,
  make: (parts: TabularParts<Options, Fitted>) => Made,
): TabularKind<Options, Made> {
  const { kind, doc, version, defaults, limits, field = 'fitted' } = spec;
  return {
    kind,
    doc,
    defaults,
    create(given, random) {
      const options = checkedOptions(defaults, given, limits);
      return make({ spec, options, random, fitted: undefined });
    },
    restore(snapshot) {
      const reader = StateReader.of(snapshot, kind, version);
      const options = reader.options(defaults, limits);
      const random = reader.random('random');
      const fitted = reader.has(field) ? spec.read(reader.child(field), options) : undefined;
      return make({ spec, options, random, fitted });
    },
  };
}
