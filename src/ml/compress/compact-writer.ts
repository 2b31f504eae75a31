import { TYPED_ARRAYS } from '../registry/plain-format.ts';
import { KNOWN_TEXTS, MAX_DEPTH, TAG } from './compact-format.ts';
import { invalidCompressed } from './kind.ts';
import type { Packed } from './step-packer.ts';

/**
 * Plain data in few bytes: names that models have take one byte, lengths as
 * few as they need, and arrays of doubles half or less where that loses
 * nothing. Typed arrays are little-endian.
 *
 * @param packed how each Float32Array is kept; the only part that may lose something
 * @throws MODEL_INVALID for what is no plain data
 */
export function writeCompact(value: unknown, packed: (values: Float32Array) => Packed): Uint8Array {
  const writer = new CompactWriter(packed);
  writer.value(value, 0);
  return writer.bytes();
}

class CompactWriter {
  #buffer = new Uint8Array(1024);
  #at = 0;
  readonly #packed: (values: Float32Array) => Packed;

  constructor(packed: (values: Float32Array) => Packed) {
    this.#packed = packed;
  }

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#at);
  }

  value(value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) throw invalidCompressed('it is too deep');
    if (value === null) this.#byte(TAG.null);
    else if (typeof value === 'boolean') this.#byte(value ? TAG.true : TAG.false);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#text(value);
    else if (ArrayBuffer.isView(value)) this.#typed(value);
    else if (Array.isArray(value)) {
      this.#head(TAG.array, value.length);
      for (const item of value) this.value(item, depth + 1);
    } else if (typeof value === 'object') this.#object(value, depth);
    else throw invalidCompressed('it holds what is no plain data');
  }

  #object(value: object, depth: number): void {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    this.#head(TAG.object, entries.length);
    for (const [key, item] of entries) {
      this.#text(key);
      this.value(item, depth + 1);
    }
  }

  #number(value: number): void {
    if (isWhole(value)) {
      if (value < 0x80) this.#byte(value);
      else this.#head(TAG.whole, value);
      return;
    }
    const isSingle = Object.is(Math.fround(value), value);
    this.#byte(isSingle ? TAG.single : TAG.double);
    this.#view(isSingle ? Float32Array.of(value) : Float64Array.of(value));
  }

  #text(text: string): void {
    const known = KNOWN_TEXTS.indexOf(text);
    if (known >= 0) {
      this.#byte(TAG.known + known);
      return;
    }
    const bytes = Buffer.from(text, 'utf8');
    this.#head(TAG.text, bytes.length);
    this.#view(bytes);
  }

  #typed(view: ArrayBufferView): void {
    if (view instanceof Float32Array) this.#steps(this.#packed(view));
    else if (view instanceof Float64Array && view.every(isWhole)) {
      this.#head(TAG.wholes, view.length);
      for (const number of view) this.#whole(number);
    } else if (view instanceof Float64Array && view.every(isSingle)) {
      this.#head(TAG.singles, view.length);
      this.#view(Float32Array.from(view));
    } else if (view instanceof Uint8Array && view.every((byte) => byte <= 1)) {
      this.#head(TAG.bits, view.length);
      const bits = new Uint8Array(Math.ceil(view.length / 8));
      view.forEach((bit, at) => (bits[at >> 3] = (bits[at >> 3] as number) | (bit << (at & 7))));
      this.#view(bits);
    } else this.#raw(view);
  }

  #raw(view: ArrayBufferView): void {
    const code = TYPED_ARRAYS.findIndex((type) => view instanceof type);
    if (code < 0) throw invalidCompressed('it holds what is no plain data');
    this.#head(TAG.typed, view.byteLength);
    this.#byte(code);
    this.#view(view);
  }

  #steps({ length, bits, scales, steps, kept }: Packed): void {
    this.#head(TAG.packed, length);
    this.#byte(bits);
    this.#byte(kept === undefined ? 0 : 1);
    if (kept !== undefined) this.#view(kept);
    this.#view(scales);
    this.#whole(steps.length);
    this.#view(steps);
  }

  #head(tag: number, length: number): void {
    this.#byte(tag);
    this.#whole(length);
  }

  /** Seven bits a byte, lowest first. */
  #whole(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#byte(0x80 | (rest % 0x80));
      rest = Math.floor(rest / 0x80);
    }
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at] = value;
    this.#at += 1;
  }

  #view({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    this.#reserve(byteLength);
    this.#buffer.set(new Uint8Array(buffer, byteOffset, byteLength), this.#at);
    this.#at += byteLength;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

function isSingle(value: number): boolean {
  return Object.is(Math.fround(value), value);
}
