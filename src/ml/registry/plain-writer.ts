import { WatchkeeperError } from '../../core/errors.ts';
import { MAX_DEPTH, MAX_VALUES, TYPED_ARRAYS, TYPED_ARRAY_EXT } from './plain-format.ts';

/**
 * Plain data as msgpack: null, booleans, numbers, texts, arrays, objects and
 * typed arrays. Numbers keep every bit, −0 included; typed arrays are extension
 * 0x74 as msgpackr writes them (a byte for the type, then the memory,
 * little-endian). Properties that are `undefined` are left out.
 * @throws MODEL_INVALID for anything else, and beyond the reader's limits.
 */
export function writePlain(value: unknown): Uint8Array {
  const writer = new PlainWriter();
  writer.value(value, 0);
  return writer.bytes();
}

const REPLACEMENT = Buffer.from('\ufffd', 'utf8');

class PlainWriter {
  #buffer = Buffer.allocUnsafe(4096);
  #at = 0;
  #values = 0;

  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(0, this.#at));
  }

  value(value: unknown, depth: number): void {
    this.#values += 1;
    if (depth > MAX_DEPTH || this.#values > MAX_VALUES) throw unfit('it is too deep or too large');
    if (value === null) this.#byte(0xc0);
    else if (typeof value === 'boolean') this.#byte(value ? 0xc3 : 0xc2);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#text(value);
    else if (Array.isArray(value)) this.#array(value, depth);
    else if (ArrayBuffer.isView(value)) this.#typed(value);
    else if (isPlainObject(value)) this.#object(value, depth);
    else throw unfit(`it holds a ${typeof value}, which is no plain data`);
  }

  #array(items: readonly unknown[], depth: number): void {
    this.#head(0xdd, items.length);
    // By index: a hole is `undefined`, and refused as such.
    for (let index = 0; index < items.length; index += 1) this.value(items[index], depth + 1);
  }

  #object(object: Readonly<Record<string, unknown>>, depth: number): void {
    const entries = Object.entries(object).filter(([, value]) => value !== undefined);
    this.#head(0xdf, entries.length);
    for (const [key, value] of entries) {
      if (key === '__proto__') throw unfit('it has a property "__proto__"');
      this.#text(key);
      this.value(value, depth + 1);
    }
  }

  #typed(view: ArrayBufferView): void {
    const code = TYPED_ARRAYS.findIndex((type) => view instanceof type);
    if (code < 0) throw unfit('it holds a view that is no typed array');
    this.#head(0xc9, view.byteLength + 1);
    this.#byte(TYPED_ARRAY_EXT);
    this.#byte(code);
    this.#raw(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }

  #number(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < 128 && !Object.is(value, -0)) {
      this.#byte(value);
      return;
    }
    this.#reserve(9);
    this.#buffer[this.#at] = 0xcb;
    this.#buffer.writeDoubleBE(value, this.#at + 1);
    this.#at += 9;
  }

  #text(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    // Half of a surrogate pair has no UTF-8 and would come back as another text.
    if (bytes.includes(REPLACEMENT) && bytes.toString('utf8') !== text) {
      throw unfit('it holds a text that is no Unicode');
    }
    this.#head(0xdb, bytes.length);
    this.#raw(bytes);
  }

  /** A type byte and a length of 32 bits. */
  #head(type: number, length: number): void {
    this.#reserve(5);
    this.#buffer[this.#at] = type;
    this.#buffer.writeUInt32BE(length, this.#at + 1);
    this.#at += 5;
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at] = value;
    this.#at += 1;
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function unfit(why: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INVALID', `The model cannot be written: ${why}.`, {
    fix: 'Its snapshot must be plain data: numbers, texts, arrays, typed arrays and objects of these.',
  });
}
