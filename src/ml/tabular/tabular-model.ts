import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';
import { unfitted } from '../model.ts';
import type { Model, ModelSnapshot } from '../model.ts';

import { sharesOf } from './explain.ts';
import type { ExplainableModel } from './explain.ts';
import { requireRow, requireRows, requireSamples } from './rows.ts';
import type { TabularParts, TabularSpec } from './tabular-kind.ts';

/** Rows must be as wide as what was fitted. */
type Width = { readonly columns: number } | { readonly scale: { readonly columns: number } };

/** What all models of rows share: checked input, no score before `fit`, and the snapshot. */
export abstract class TabularModel<
  Options extends object,
  Fitted extends Width,
> implements Model<Matrix> {
  readonly kind: string;
  protected readonly options: Options;
  protected readonly random: Random;
  /** What `fit` learned; `follow` may change it in place. */
  protected fitted: Fitted | undefined;
  readonly #spec: TabularSpec<Options, Fitted>;

  constructor({ spec, options, random, fitted }: TabularParts<Options, Fitted>) {
    this.kind = spec.kind;
    this.options = options;
    this.random = random;
    this.fitted = fitted;
    this.#spec = spec;
  }

  /** Of checked samples. */
  protected abstract learn(samples: Matrix): Fitted;
  /** One score per checked row. */
  protected abstract scoreRows(rows: Matrix, fitted: Fitted): Float64Array;
  protected abstract weigh(fitted: Fitted): number;

  get bytes(): number {
    return this.fitted === undefined ? 0 : this.weigh(this.fitted);
  }

  fit(samples: Matrix): void {
    this.fitted = this.learn(requireSamples(samples));
  }

  score(samples: Matrix): Float64Array {
    const fitted = this.requireFitted();
    return this.scoreRows(requireRows(samples, columnsOf(fitted)), fitted);
  }

  update(samples: Matrix): void {
    const fitted = this.requireFitted();
    this.follow(requireRows(samples, columnsOf(fitted)), fitted);
  }

  snapshot(): ModelSnapshot {
    const { kind, version, field = 'fitted' } = this.#spec;
    const state = {
      options: { ...this.options },
      random: this.random.state(),
      ...(this.fitted === undefined ? {} : { [field]: this.#spec.state(this.fitted) }),
    };
    return { kind, version, state };
  }

  /** Learns from further checked rows, where a model can: this does nothing. */
  protected follow(_rows: Matrix, _fitted: Fitted): void {
    return;
  }

  protected requireFitted(): Fitted {
    if (this.fitted === undefined) throw unfitted(this.kind);
    return this.fitted;
  }
}

/** A model of rows that also says which columns made one unusual. */
export abstract class ExplainableTabularModel<Options extends object, Fitted extends Width>
  extends TabularModel<Options, Fitted>
  implements ExplainableModel
{
  /** Part of each column in the score of one checked row, none negative. */
  protected abstract partsOf(row: Matrix, fitted: Fitted): Float64Array;

  explain(row: Float64Array): Float64Array {
    const fitted = this.requireFitted();
    return sharesOf(this.partsOf(requireRow(row, columnsOf(fitted)), fitted));
  }
}

function columnsOf(fitted: Width): number {
  return 'scale' in fitted ? fitted.scale.columns : fitted.columns;
}
