import { TYPED_ARRAYS } from '../registry/plain-format.ts';
import { KNOWN_TEXTS, MAX_DEPTH, TAG } from './compact-format.ts';
import { invalidCompressed } from './kind.ts';
import { MOST_NUMBERS, packProblem, unpack } from './step-packer.ts';

/**
 * Inverse of `writeCompact`. Nothing is made from a length before the bytes
 * for it are known to be there, but for packed numbers, of which there are at
 * most 2²⁴.
 * @throws MODEL_INVALID; the message holds no content.
 */
export function readCompact(bytes: Uint8Array): unknown {
  const reader = new CompactReader(bytes);
  const value = reader.value(0);
  if (!reader.isAtEnd) throw invalidCompressed('it has bytes behind its end');
  return value;
}

class CompactReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw invalidCompressed('it is too deep');
    const tag = this.#byte();
    if (tag < 0x80) return tag;
    if (tag >= TAG.known) return this.#known(tag);
    switch (tag) {
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.double:
        return new Float64Array(this.#copy(8))[0];
      case TAG.single:
        return new Float32Array(this.#copy(4))[0];
      case TAG.whole:
        return this.#whole();
      case TAG.text:
        return this.#text();
      case TAG.array:
        return Array.from({ length: this.#count(1) }, () => this.value(depth + 1));
      case TAG.object:
        return this.#object(depth);
      default:
        return this.#numbers(tag);
    }
  }

  #object(depth: number): Record<string, unknown> {
    const count = this.#count(2);
    const object: Record<string, unknown> = {};
    for (let index = 0; index < count; index += 1) {
      const key = this.value(MAX_DEPTH);
      if (typeof key !== 'string' || key === '__proto__' || Object.hasOwn(object, key)) {
        throw invalidCompressed('a name is not allowed');
      }
      object[key] = this.value(depth + 1);
    }
    return object;
  }

  #numbers(tag: number): ArrayBufferView {
    switch (tag) {
      case TAG.typed:
        return this.#typed();
      case TAG.singles:
        return Float64Array.from(new Float32Array(this.#copy(this.#count(4) * 4)));
      case TAG.wholes:
        return Float64Array.from({ length: this.#count(1) }, () => this.#whole());
      case TAG.bits:
        return this.#bits();
      case TAG.packed:
        return this.#packed();
      default:
        throw invalidCompressed('it has a type that no model has');
    }
  }

  #typed(): ArrayBufferView {
    const length = this.#count(1);
    const type = TYPED_ARRAYS[this.#byte()];
    if (type === undefined || length % type.BYTES_PER_ELEMENT !== 0) {
      throw invalidCompressed('it has a typed array that cannot be read');
    }
    return new type(this.#copy(length));
  }

  #bits(): Uint8Array {
    const count = this.#whole();
    const bits = this.#take(Math.ceil(count / 8));
    return Uint8Array.from(
      { length: count },
      (_, at) => ((bits[at >> 3] as number) >> (at & 7)) & 1,
    );
  }

  #packed(): Float32Array {
    const length = this.#whole();
    const bits = this.#byte();
    if (length > MOST_NUMBERS) throw invalidCompressed('it has too many numbers');
    const isMasked = this.#byte() !== 0;
    const kept = isMasked ? this.#take(Math.ceil(length / 8)) : undefined;
    const scales = this.#take(Math.ceil(length / 64));
    const steps = this.#take(this.#whole());
    const packed = { length, bits, scales, steps, ...(kept === undefined ? {} : { kept }) };
    const problem = packProblem(packed);
    if (problem !== undefined) throw invalidCompressed(problem);
    return unpack(packed);
  }

  #known(tag: number): string {
    const text = KNOWN_TEXTS[tag - TAG.known];
    if (text === undefined) throw invalidCompressed('it has a name that nobody knows');
    return text;
  }

  #text(): string {
    return Buffer.from(this.#take(this.#count(1))).toString('utf8');
  }

  /** A number of items that take `size` bytes each at least. */
  #count(size: number): number {
    const count = this.#whole();
    if (count * size > this.#bytes.length - this.#at) throw invalidCompressed('it is cut off');
    return count;
  }

  #whole(): number {
    let value = 0;
    for (let place = 1; place < 2 ** 53; place *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * place;
      if (byte < 0x80 && value <= Number.MAX_SAFE_INTEGER) return value;
    }
    throw invalidCompressed('it has a number that is too large');
  }

  #byte(): number {
    return this.#take(1)[0] as number;
  }

  /** Memory of its own, since typed arrays must begin at a multiple of their size. */
  #copy(length: number): ArrayBuffer {
    return new Uint8Array(this.#take(length)).buffer;
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw invalidCompressed('it is cut off');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
