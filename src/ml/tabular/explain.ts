import type { Matrix } from '../matrix.ts';
import type { Model } from '../model.ts';

/** A model that can say which columns made a row unusual. */
export interface ExplainableModel extends Model<Matrix> {
  /** Share of each column in the row's score: none negative, adding up to 1. @throws MODEL_INPUT, MODEL_UNFITTED */
  explain(row: Float64Array): Float64Array;
}

/** `parts`, none negative, scaled in place to add up to 1; equal shares when all are 0. */
export function sharesOf(parts: Float64Array): Float64Array {
  let total = 0;
  for (const part of parts) total += part;
  if (total === 0) return parts.fill(1 / parts.length);
  for (let index = 0; index < parts.length; index += 1) {
    parts[index] = (parts[index] as number) / total;
  }
  return parts;
}
