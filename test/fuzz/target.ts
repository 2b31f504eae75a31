import type { Random } from '../../src/core/random.ts';

/** Changes an input, keeping its form well enough that a decoder reads far into it. */
export type Mutator = (input: Uint8Array, random: Random) => Uint8Array;

/** One decoder, and what the fuzzer has to know about its input. */
export interface FuzzTarget {
  /**
   * Decodes `input`; may assert what has to hold of the result. Whatever it
   * throws that is no WatchkeeperError counts as a bug.
   */
  readonly run: (input: Uint8Array) => unknown;
  /** Valid inputs to begin from. */
  readonly seeds: readonly (Uint8Array | string)[];
  /** Tokens that mean something in the format. */
  readonly dictionary?: readonly (Uint8Array | string)[];
  /** Mutators of the format; half of the mutations come from them. */
  readonly mutators?: readonly Mutator[];
  /** Makes a mutated input pass a first check (a checksum), in most cases. */
  readonly repair?: (input: Uint8Array) => Uint8Array;
  /** Texts of a result that go into answers or logs, in which no payload may stand. */
  readonly texts?: (result: never) => Iterable<string>;
  /** The input comes from the operator or from whoever asks, and messages quote it on purpose. */
  readonly quotes?: true;
  /** Inputs of up to `bytes` that grow in a way in which no repetition of bytes does. */
  readonly grow?: (bytes: number) => readonly Uint8Array[];
  /** The largest input that its caller lets through. @default 65536 */
  readonly maxBytes?: number;
  /** How many times as long as promised for hostile input it may take: for files that only the operator writes. @default 1 */
  readonly patience?: number;
}

/** Stands for payload: a message that holds it gives payload away. */
export const MARKER = 'Zq9CanaryPayloadX7';

export function bytesOf(text: Uint8Array | string): Uint8Array {
  return typeof text === 'string' ? new Uint8Array(Buffer.from(text)) : text;
}
