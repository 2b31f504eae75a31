/** Numbers that share a scale. */
const BLOCK = 128;
/** Largest magnitude of a quantised number. */
const LEVELS = 127;

/** Float32 numbers in a bit more than a byte each, or less where many are 0. Plain data. */
export interface Packed {
  readonly length: number;
  /** What one step is worth, per block of 128 kept numbers. */
  readonly scales: Float32Array;
  /** The kept numbers in steps of their block. */
  readonly steps: Int8Array;
  /** One bit per number, lowest first: whether it is kept. Not there when all are. */
  readonly kept?: Uint8Array;
}

/** A mask pays from this part of zeros on. */
const MASK_FROM = 0.125;

/**
 * Quantises to 8 bits, symmetric about 0, each block of 128 with a scale of
 * its own; zeros cost one bit where there are many. Error of a number: at
 * most 1/254 of the largest magnitude in its block.
 *
 * @param values below 1e36 in magnitude
 */
export function pack(values: Float32Array): Packed {
  const { length } = values;
  const others = values.filter((value) => value !== 0);
  if (length - others.length <= length * MASK_FROM) return { length, ...quantised(values) };
  const kept = new Uint8Array(Math.ceil(length / 8));
  values.forEach((value, at) => {
    if (value !== 0) kept[at >> 3] = (kept[at >> 3] as number) | (1 << (at & 7));
  });
  return { length, ...quantised(others), kept };
}

/** The numbers, as near as they were packed. The packed parts must fit together. */
export function unpack({ length, scales, steps, kept }: Packed): Float32Array {
  const values = new Float32Array(length);
  let next = 0;
  for (let at = 0; at < length; at += 1) {
    if (kept !== undefined && !isKept(kept, at)) continue;
    values[at] = (steps[next] as number) * (scales[Math.floor(next / BLOCK)] as number);
    next += 1;
  }
  return values;
}

/** Why the parts do not fit together, or `undefined`. */
export function packProblem({ length, scales, steps, kept }: Packed): string | undefined {
  let wanted = length;
  if (kept !== undefined) {
    if (kept.length !== Math.ceil(length / 8)) return 'its mask has another length';
    wanted = 0;
    for (let at = 0; at < kept.length * 8; at += 1) {
      if (isKept(kept, at)) wanted += at < length ? 1 : Infinity;
    }
  }
  if (steps.length !== wanted) return 'it has another number of steps';
  if (scales.length !== Math.ceil(wanted / BLOCK)) return 'it has another number of scales';
  // The largest finite scale times 127 must stay a float.
  const isFit = (scale: number): boolean => scale >= 0 && scale < 1e36;
  return scales.every(isFit) ? undefined : 'a scale is out of bounds';
}

function isKept(mask: Uint8Array, at: number): boolean {
  return (((mask[at >> 3] as number) >> (at & 7)) & 1) === 1;
}

function quantised(values: Float32Array): Pick<Packed, 'scales' | 'steps'> {
  const scales = new Float32Array(Math.ceil(values.length / BLOCK));
  const steps = new Int8Array(values.length);
  for (let block = 0; block < scales.length; block += 1) {
    const start = block * BLOCK;
    const some = values.subarray(start, start + BLOCK);
    let largest = 0;
    for (const value of some) largest = Math.max(largest, Math.abs(value));
    const scale = Math.fround(largest / LEVELS);
    scales[block] = scale;
    if (scale === 0) continue;
    some.forEach((value, at) => {
      steps[start + at] = Math.max(-LEVELS, Math.min(LEVELS, Math.round(value / scale)));
    });
  }
  return { scales, steps };
}
