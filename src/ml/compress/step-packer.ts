/** Numbers in a row that share a step. */
const GROUP = 64;
/** What a step may be: 0, or 2 to the sixths from −26 to 16.3. */
const SIXTHS = { octave: 6, lowest: -26, most: 255 };

export const BITS = { min: 2, max: 8 } as const;
/** No model has more weights. */
export const MOST_NUMBERS = 2 ** 24;

/** Numbers as whole multiples of a step per group of 64. Plain data. */
export interface Packed {
  readonly length: number;
  /** Of one number, 2 to 8. */
  readonly bits: number;
  /** A byte per group: the logarithm of its step. */
  readonly scales: Uint8Array;
  /** The kept numbers, `bits` each, lowest bit first, without gaps. */
  readonly steps: Uint8Array;
  /** One bit per number, lowest first: whether it is kept or 0. Not there when all are. */
  readonly kept?: Uint8Array;
}

/**
 * Rounds numbers one after the other, so that those that come later can still
 * be changed. The step of a group comes from what its numbers are when the
 * first of them is rounded; what then grows beyond the range is cut off.
 */
export class StepPacker {
  readonly values: Float64Array;
  readonly #levels: number;
  readonly #bits: number;
  readonly #isKept: Uint8Array;
  readonly #scales: Uint8Array;
  readonly #isScaled: Uint8Array;
  readonly #steps: Int8Array;

  /** @param isKept 0 for each number that is to be 0 */
  constructor(values: ArrayLike<number>, bits: number, isKept: Uint8Array) {
    this.values = Float64Array.from(values);
    this.#bits = bits;
    this.#levels = 2 ** (bits - 1) - 1;
    this.#isKept = isKept;
    const groups = Math.ceil(values.length / GROUP);
    this.#scales = new Uint8Array(groups);
    this.#isScaled = new Uint8Array(groups);
    this.#steps = new Int8Array(values.length);
  }

  /** What `values[at]` is rounded to. */
  put(at: number): number {
    if (this.#isKept[at] === 0) return 0;
    const group = Math.floor(at / GROUP);
    if (this.#isScaled[group] === 0) this.#scale(group);
    const step = stepOf(this.#scales[group] as number);
    if (step === 0) return 0;
    const levels = this.#levels;
    const steps = Math.round((this.values[at] as number) / step);
    this.#steps[at] = Math.max(-levels, Math.min(levels, steps));
    return (this.#steps[at] as number) * step;
  }

  packed(): Packed {
    const { length } = this.values;
    const count = this.#isKept.reduce((sum, kept) => sum + kept, 0);
    const steps = new Uint8Array(Math.ceil((count * this.#bits) / 8));
    let at = 0;
    this.#steps.forEach((step, index) => {
      if (this.#isKept[index] === 0) return;
      putBits(steps, at, step + this.#levels);
      at += this.#bits;
    });
    const parts = { length, bits: this.#bits, scales: this.#scales, steps };
    return count === length ? parts : { ...parts, kept: maskOf(this.#isKept) };
  }

  #scale(group: number): void {
    let largest = 0;
    const end = Math.min(this.values.length, (group + 1) * GROUP);
    for (let at = group * GROUP; at < end; at += 1) {
      if (this.#isKept[at] === 1) largest = Math.max(largest, Math.abs(this.values[at] as number));
    }
    this.#scales[group] = scaleOf(largest / this.#levels);
    this.#isScaled[group] = 1;
  }
}

/** Every number rounded by itself. @param bits 2 to 8 @param prune part that is set to 0, the smallest in magnitude */
export function pack(values: Float32Array, bits: number, prune = 0): Packed {
  const packer = new StepPacker(values, bits, keptOf(values, prune));
  values.forEach((_, at) => packer.put(at));
  return packer.packed();
}

/** A mask pays from this part of zeros on. */
const MASK_FROM = 0.15;

/** 0 for each number that is 0 and so for the `prune` part that is smallest in magnitude; all 1 when these are few. */
export function keptOf(values: ArrayLike<number>, prune = 0): Uint8Array {
  const { length } = values;
  const order = Uint32Array.from({ length }, (_, at) => at);
  order.sort((a, b) => Math.abs(values[a] as number) - Math.abs(values[b] as number) || a - b);
  const isKept = new Uint8Array(length).fill(1);
  let zeros = 0;
  for (const at of order) {
    if (zeros >= Math.floor(length * prune) && values[at] !== 0) break;
    isKept[at] = 0;
    zeros += 1;
  }
  return zeros < length * MASK_FROM ? isKept.fill(1) : isKept;
}

/** The numbers, as they were rounded. The packed parts must fit together. */
export function unpack({ length, bits, scales, steps, kept }: Packed): Float32Array {
  const values = new Float32Array(length);
  const levels = 2 ** (bits - 1) - 1;
  let next = 0;
  for (let at = 0; at < length; at += 1) {
    if (kept !== undefined && !hasBit(kept, at)) continue;
    const step = stepOf(scales[Math.floor(at / GROUP)] as number);
    values[at] = (takeBits(steps, next, bits) - levels) * step;
    next += bits;
  }
  return values;
}

/** Why the parts do not fit together, or `undefined`. */
export function packProblem({ length, bits, scales, steps, kept }: Packed): string | undefined {
  if (bits < BITS.min || bits > BITS.max) return 'its numbers have too many or too few bits';
  if (length > MOST_NUMBERS) return 'it has too many numbers';
  let wanted = length;
  if (kept !== undefined) {
    if (kept.length !== Math.ceil(length / 8)) return 'its mask has another length';
    wanted = 0;
    for (let at = 0; at < kept.length * 8; at += 1) {
      if (hasBit(kept, at)) wanted += at < length ? 1 : Infinity;
    }
  }
  if (steps.length !== Math.ceil((wanted * bits) / 8)) return 'it has another number of steps';
  if (scales.length !== Math.ceil(length / GROUP)) return 'it has another number of scales';
  return undefined;
}

function stepOf(scale: number): number {
  return scale === 0 ? 0 : 2 ** ((scale - 1) / SIXTHS.octave + SIXTHS.lowest);
}

/** The smallest that is no smaller; steps are at most an eighth larger than they need be. */
function scaleOf(step: number): number {
  if (step === 0) return 0;
  const sixths = Math.ceil((Math.log2(step) - SIXTHS.lowest) * SIXTHS.octave) + 1;
  return Math.max(1, Math.min(SIXTHS.most, sixths));
}

function maskOf(isKept: Uint8Array): Uint8Array {
  const mask = new Uint8Array(Math.ceil(isKept.length / 8));
  isKept.forEach((kept, at) => {
    if (kept === 1) mask[at >> 3] = (mask[at >> 3] as number) | (1 << (at & 7));
  });
  return mask;
}

function hasBit(mask: Uint8Array, at: number): boolean {
  return (((mask[at >> 3] as number) >> (at & 7)) & 1) === 1;
}

function putBits(bytes: Uint8Array, at: number, value: number): void {
  const byte = at >> 3;
  const shifted = value << (at & 7);
  bytes[byte] = (bytes[byte] as number) | (shifted & 0xff);
  if (shifted > 0xff) bytes[byte + 1] = (bytes[byte + 1] as number) | (shifted >> 8);
}

function takeBits(bytes: Uint8Array, at: number, bits: number): number {
  const byte = at >> 3;
  const both = (bytes[byte] as number) | ((bytes[byte + 1] ?? 0) << 8);
  return (both >> (at & 7)) & ((1 << bits) - 1);
}
