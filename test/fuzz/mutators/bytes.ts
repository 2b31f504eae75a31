import type { Random } from '../../../src/core/random.ts';
import type { Mutator } from '../target.ts';

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x0a, 0x22, 0x5c, 0x30];
const SIZES = [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536, 0x7fff_ffff, 0xffff_ffff];

/** The mutators that know nothing of a format. */
export const BYTE_MUTATORS: readonly Mutator[] = [
  flipBit,
  flipBit,
  setByte,
  addToByte,
  remove,
  duplicate,
  truncate,
  insertNoise,
  writeSize,
  writeSize,
  changeDigits,
  repeat,
];

export function splice(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Where to cut: from before to after. */
export function span(input: Uint8Array, random: Random): readonly [number, number] {
  const from = random.integer(0, input.length);
  const longest = random.chance(0.7) ? 8 : input.length;
  return [from, Math.min(input.length, from + random.integer(1, Math.max(1, longest)))];
}

function edited(input: Uint8Array, edit: (copy: Uint8Array) => void): Uint8Array {
  const copy = Uint8Array.from(input);
  if (copy.length > 0) edit(copy);
  return copy;
}

function flipBit(input: Uint8Array, random: Random): Uint8Array {
  return edited(input, (copy) => {
    copy[random.integer(0, copy.length - 1)]! ^= 1 << random.integer(0, 7);
  });
}

function setByte(input: Uint8Array, random: Random): Uint8Array {
  return edited(input, (copy) => {
    const byte = random.chance(0.5) ? random.pick(INTERESTING) : random.integer(0, 255);
    copy[random.integer(0, copy.length - 1)] = byte;
  });
}

function addToByte(input: Uint8Array, random: Random): Uint8Array {
  return edited(input, (copy) => {
    copy[random.integer(0, copy.length - 1)]! += random.integer(-16, 16);
  });
}

function remove(input: Uint8Array, random: Random): Uint8Array {
  const [from, to] = span(input, random);
  return splice([input.subarray(0, from), input.subarray(to)]);
}

function duplicate(input: Uint8Array, random: Random): Uint8Array {
  const [from, to] = span(input, random);
  const at = random.integer(0, input.length);
  return splice([input.subarray(0, at), input.subarray(from, to), input.subarray(at)]);
}

function truncate(input: Uint8Array, random: Random): Uint8Array {
  return input.slice(0, random.integer(0, input.length));
}

function insertNoise(input: Uint8Array, random: Random): Uint8Array {
  const at = random.integer(0, input.length);
  const noise = Uint8Array.from({ length: random.integer(1, 8) }, () => random.integer(0, 255));
  return splice([input.subarray(0, at), noise, input.subarray(at)]);
}

/** Overwrites one to four bytes with a length that is right, nearly right or absurd. */
function writeSize(input: Uint8Array, random: Random): Uint8Array {
  return edited(input, (copy) => {
    const width = random.pick([1, 2, 4]);
    const at = random.integer(0, copy.length - 1);
    const rest = copy.length - at - width;
    const size = random.chance(0.5) ? rest + random.integer(-2, 2) : random.pick(SIZES);
    const bigEndian = random.chance(0.6);
    for (let index = 0; index < width && at + index < copy.length; index += 1) {
      const shift = 8 * (bigEndian ? width - 1 - index : index);
      copy[at + index] = Math.floor(Math.max(0, size) / 2 ** shift) % 256;
    }
  });
}

/** Another number in place of one in text. */
function changeDigits(input: Uint8Array, random: Random): Uint8Array {
  const start = random.integer(0, Math.max(0, input.length - 1));
  let from = input.findIndex((byte, index) => index >= start && byte >= 0x30 && byte <= 0x39);
  if (from < 0) return flipBit(input, random);
  while (from > 0 && input[from - 1]! >= 0x30 && input[from - 1]! <= 0x39) from -= 1;
  let to = from;
  while (to < input.length && input[to]! >= 0x30 && input[to]! <= 0x39) to += 1;
  const number = random.pick(NUMBERS);
  return splice([input.subarray(0, from), Buffer.from(number), input.subarray(to)]);
}

const NUMBERS = [
  ...['0', '-1', '1', '255', '65536', '4294967296', '9007199254740993', '1e400', '-0', '1e-400'],
  ...['00', '99999999999999999999999', '0.1', '2147483648', '18446744073709551616'],
];

/** A stretch many times over. */
function repeat(input: Uint8Array, random: Random): Uint8Array {
  const [from, to] = span(input, random);
  const part = input.subarray(from, to);
  const times = Math.min(random.integer(2, 80), Math.ceil(2_048 / Math.max(1, part.length)));
  const parts = Array.from({ length: times }, () => part);
  return splice([input.subarray(0, from), ...parts, input.subarray(from)]);
}
