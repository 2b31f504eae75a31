import type { Random } from '../../../src/core/random.ts';
import { MARKER, type Mutator } from '../target.ts';
import { splice } from './bytes.ts';

/** A number as protobuf writes it, seven bits a byte. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.of(...bytes, rest);
    bytes.push((rest % 128) | 0x80);
  }
}

/** A field of a message: bytes, text or a message. */
export function field(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return splice([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A field of eight bytes. */
export function fixed64(number: number, value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return splice([varint(number * 8 + 1), bytes]);
}

export const PROTOBUF_MUTATORS: readonly Mutator[] = [
  (input, random) => insert(input, random, message(random, 0)),
  (_, random) => message(random, 0),
  (input, random) => field(random.integer(1, 9), input),
  (input, random) => insert(input, random, Uint8Array.of(...new Array(10).fill(0xff), 0x7f)),
];

function insert(input: Uint8Array, random: Random, part: Uint8Array): Uint8Array {
  const at = random.integer(0, input.length);
  return splice([input.subarray(0, at), part, input.subarray(at)]);
}

function message(random: Random, depth: number): Uint8Array {
  const fields = Array.from({ length: random.integer(1, 4) }, () => {
    const number = random.integer(1, 12);
    const kind = random.integer(0, depth > 5 ? 3 : 5);
    if (kind === 0) return splice([varint(number * 8), varint(random.uint32())]);
    if (kind === 1) return fixed64(number, BigInt(random.uint32()) << 32n);
    if (kind === 2) return field(number, random.pick([MARKER, '', 'service.name', 'é']));
    if (kind === 3) return splice([varint(number * 8 + 5), new Uint8Array(4)]);
    return field(number, message(random, depth + 1));
  });
  return splice(fields);
}
