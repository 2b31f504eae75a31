import { requireColumns, requireFinite, type Matrix } from '../matrix.ts';
import { unfitted, type Model, type ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';
import { sharesOf, type ExplainableModel } from '../tabular/explain.ts';
import { AUTOENCODER_DEFAULTS, AUTOENCODER_LIMITS } from './autoencoder-options.ts';
import type { AutoencoderOptions } from './autoencoder-options.ts';
import {
  AUTOENCODER_KIND,
  layersOf,
  readAutoencoder,
  writeAutoencoder,
  type AutoencoderState,
} from './autoencoder-state.ts';
import { DenseNetwork, LANES } from './dense-network.ts';
import { fitRefusal } from './fit-refusal.ts';
import type { NeuralKind } from './neural-kind.ts';
import { sampleRows } from './sample-rows.ts';
import { inverseOf, standardised } from './standardiser.ts';

/**
 * Learns to put rows together again from fewer numbers than they have; what
 * it has not seen comes out wrong.
 */
export const autoencoder: NeuralKind<Matrix, AutoencoderOptions> = {
  kind: AUTOENCODER_KIND,
  doc:
    'A dense network that squeezes a row through a bottleneck and puts it together again ' +
    '(Hinton and Salakhutdinov, 2006; as a detector Sakurada and Yairi, 2014). Finds rows that ' +
    'break the relations between columns, and says which columns did. One per device class.',
  defaults: AUTOENCODER_DEFAULTS,
  create: (options) => new Autoencoder(checked(options)),
  restore: (snapshot) => restoreAutoencoder(snapshot),
  async train(samples, { trainer, random, options, signal, onProgress }) {
    const all = checked(options ?? {});
    const values = sampleRows(samples, all.maxRows, random);
    const { columns } = samples;
    const job = {
      kind: AUTOENCODER_KIND,
      values,
      columns,
      options: all,
      random: random.state(),
    } as const;
    const state = await trainer.run(job, { signal, onProgress });
    return new Autoencoder(all, state as AutoencoderState);
  },
};

/** As `autoencoder.restore`, with `explain`. */
export function restoreAutoencoder(snapshot: ModelSnapshot): Autoencoder {
  const { options, state } = readAutoencoder(snapshot);
  return new Autoencoder(options, state);
}

function checked(options: Partial<AutoencoderOptions>): AutoencoderOptions {
  return checkedOptions(AUTOENCODER_DEFAULTS, options, AUTOENCODER_LIMITS);
}

/**
 * Rows of `columns` numbers in any units, standardised inside. Score: mean over the columns of the
 * squared error in standard deviations, from 0; at most about 1e12. A row of 16 columns costs about
 * 1 to 2 µs: O(columns × hidden) multiplications, in blocks of four rows. Where nothing may take longer
 * than 10 ms, hand over at most 2,048 rows at a time.
 */
export class Autoencoder implements ExplainableModel, Model<Matrix> {
  readonly kind = AUTOENCODER_KIND;
  readonly #options: AutoencoderOptions;
  readonly #state: AutoencoderState | undefined;
  readonly #network: DenseNetwork | undefined;
  readonly #inverse: Float64Array;
  /** Standardised numbers of the rows under way, lane after lane. */
  readonly #rows: Float64Array;

  constructor(options: AutoencoderOptions, state?: AutoencoderState) {
    this.#options = options;
    this.#state = state;
    this.#network = state && new DenseNetwork(layersOf(options, state));
    this.#inverse = inverseOf(state?.scale ?? new Float64Array(0));
    this.#rows = new Float64Array((state?.columns ?? 0) * LANES);
  }

  get bytes(): number {
    if (this.#state === undefined) return 0;
    const { weights, mean } = this.#state;
    return weights.byteLength + 2 * mean.byteLength;
  }

  /** @throws MODEL_FAILED always: training is `autoencoder.train`. */
  fit(): void {
    throw fitRefusal(AUTOENCODER_KIND);
  }

  score(samples: Matrix): Float64Array {
    const { columns } = this.#fitted();
    requireFinite(requireColumns(samples, columns));
    const scores = new Float64Array(samples.rows);
    for (let row = 0; row < samples.rows; row += LANES) {
      const out = this.#reconstruct(samples, row);
      for (let lane = 0; lane < LANES && row + lane < samples.rows; lane += 1) {
        let sum = 0;
        for (let at = lane; at < out.length; at += LANES) {
          const error = (this.#rows[at] as number) - (out[at] as number);
          sum += error * error;
        }
        scores[row + lane] = sum / columns;
      }
    }
    return scores;
  }

  /** Squared error of each column, in squared standard deviations: a row's score is their mean. @throws MODEL_INPUT */
  errors(row: Float64Array): Float64Array {
    const { columns } = this.#fitted();
    const matrix = { rows: 1, columns: row.length, values: row };
    requireFinite(requireColumns(matrix, columns));
    const out = this.#reconstruct(matrix, 0);
    return Float64Array.from({ length: columns }, (_, column) => {
      const error = (this.#rows[column * LANES] as number) - (out[column * LANES] as number);
      return error * error;
    });
  }

  explain(row: Float64Array): Float64Array {
    return sharesOf(this.errors(row));
  }

  /** Learns nothing: an autoencoder is trained again. */
  update(samples: Matrix): void {
    requireFinite(requireColumns(samples, this.#fitted().columns));
  }

  snapshot(): ModelSnapshot {
    return writeAutoencoder(this.#options, this.#state);
  }

  /** Four rows from `first` on, or those that are left. */
  #reconstruct({ rows, columns, values }: Matrix, first: number): Float64Array {
    const { mean } = this.#fitted();
    const inverse = this.#inverse;
    const { clip } = this.#options;
    const network = this.#network as DenseNetwork;
    const { input } = network;
    for (let lane = 0; lane < LANES; lane += 1) {
      // Lanes without a row of their own repeat the last one.
      const start = Math.min(first + lane, rows - 1) * columns;
      for (let column = 0; column < columns; column += 1) {
        const value = values[start + column] as number;
        const off = standardised(value, mean[column] as number, inverse[column] as number);
        const at = column * LANES + lane;
        this.#rows[at] = off;
        input[at] = off > clip ? clip : off < -clip ? -clip : off;
      }
    }
    return network.run();
  }

  #fitted(): AutoencoderState {
    if (this.#state === undefined) throw unfitted(AUTOENCODER_KIND);
    return this.#state;
  }
}
