import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelSnapshot } from '../model.ts';

/**
 * A model of one stream of numbers. It looks at points in the order they come
 * and never ahead; scores do not change when the stream is rescaled (a·x + b)
 * or shifted in time, up to rounding.
 */
export interface SeriesModel {
  readonly kind: string;
  /** What its snapshot weighs, about, in bytes: bounded however long the stream is. */
  readonly bytes: number;
  /**
   * The score of a point by what came before it, then learns it. 0 to 1 for
   * single models, higher is more unusual, never NaN.
   * @param time ms since the epoch; may stand still, jump or go back.
   * @throws MODEL_INPUT when a number is not finite; nothing is learned then.
   */
  observe(time: number, value: number): number;
  snapshot(): ModelSnapshot;
}

/** How stream models of one kind come about. */
export interface SeriesModelKind<Options = object> {
  readonly kind: string;
  /** One paragraph for people: what it finds, what it costs, its source. */
  readonly doc: string;
  readonly defaults: Options;
  /** @throws MODEL_INPUT when an option is out of bounds. */
  create(options?: Partial<Options>): SeriesModel;
  /** Every later score is bit-equal. @throws MODEL_INVALID */
  restore(snapshot: ModelSnapshot): SeriesModel;
}

/** Beyond this, squares of differences would leave the range of a double. */
export const LARGEST = 1e145;
/** Of what is derived from values by sums and squares. */
export const ANY = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };

/** `value` within ± LARGEST. @throws MODEL_INPUT when either is not finite. */
export function checkedPoint(time: number, value: number): number {
  // Infinity − Infinity and NaN − NaN are NaN; of finite numbers this is 0.
  if (time - time !== 0 || value - value !== 0) {
    throw new WatchkeeperError('MODEL_INPUT', 'A point of a stream is not a finite number.', {
      fix: 'Leave out points without a value or a time.',
    });
  }
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}
