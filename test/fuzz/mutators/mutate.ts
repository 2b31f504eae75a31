import type { Random } from '../../../src/core/random.ts';
import { bytesOf, MARKER, type FuzzTarget } from '../target.ts';
import { BYTE_MUTATORS, span, splice } from './bytes.ts';

/** Inputs while exploring stay this small, so that many fit into a second. */
const MAX_EXPLORED = 4_096;

/** Makes new inputs for one target out of the ones at hand. */
export class MutationEngine {
  readonly #target: FuzzTarget;
  readonly #random: Random;
  readonly #tokens: readonly Uint8Array[];

  constructor(target: FuzzTarget, random: Random) {
    this.#target = target;
    this.#random = random;
    this.#tokens = [...(target.dictionary ?? []), MARKER].map(bytesOf);
  }

  /** A child of one of `inputs`; newer ones are chosen more often. */
  next(inputs: readonly Uint8Array[]): Uint8Array {
    const random = this.#random;
    const newest = Math.max(0, inputs.length - 16);
    const from = random.chance(0.5)
      ? random.integer(0, newest)
      : random.integer(newest, inputs.length - 1);
    let input = inputs[Math.min(from, inputs.length - 1)] ?? new Uint8Array();
    const rounds = 1 + (random.uint32() & random.uint32() & 7);
    for (let round = 0; round < rounds; round += 1) input = this.#mutate(input, inputs);
    if (input.length > MAX_EXPLORED) input = input.slice(0, MAX_EXPLORED);
    const { repair } = this.#target;
    return repair !== undefined && random.chance(0.8) ? repair(input) : input;
  }

  #mutate(input: Uint8Array, inputs: readonly Uint8Array[]): Uint8Array {
    const random = this.#random;
    const { mutators } = this.#target;
    if (mutators !== undefined && random.chance(0.5)) return random.pick(mutators)(input, random);
    const choice = random.unit();
    if (choice < 0.15) return this.#crossOver(input, random.pick(inputs));
    if (choice < 0.45) return this.#insertToken(input);
    return random.pick(BYTE_MUTATORS)(input, random);
  }

  #crossOver(one: Uint8Array, other: Uint8Array): Uint8Array {
    const [from, to] = span(one, this.#random);
    const [otherFrom, otherTo] = span(other, this.#random);
    return splice([one.subarray(0, from), other.subarray(otherFrom, otherTo), one.subarray(to)]);
  }

  #insertToken(input: Uint8Array): Uint8Array {
    const token = this.#random.pick(this.#tokens);
    const at = this.#random.integer(0, input.length);
    const replaced = this.#random.chance(0.5) ? token.length : 0;
    return splice([input.subarray(0, at), token, input.subarray(at + replaced)]);
  }
}
