import { WatchkeeperError } from '../../core/errors.ts';
import { type Steps, atOnce } from '../../core/steps.ts';
import { MAX_DEPTH, MAX_VALUES, TYPED_ARRAYS, TYPED_ARRAY_EXT } from './plain-format.ts';

/**
 * Inverse of `writePlain`: only the forms that it writes. Nothing is made from
 * a length before the bytes for it are known to be there; depth and number of
 * values are bounded, property names are each once and never `__proto__`.
 * Typed arrays are copies with memory of their own.
 * @throws MODEL_INVALID; the message holds no content.
 */
export function readPlain(bytes: Uint8Array): unknown {
  return atOnce(plainSteps(bytes));
}

/** As `readPlain`, in parts of about a millisecond. @throws MODEL_INVALID */
export function* plainSteps(bytes: Uint8Array): Steps<unknown> {
  const reader = new PlainReader(bytes);
  const value = yield* reader.value(0);
  if (reader.left > 0) throw unreadable('it has bytes behind its end');
  return value;
}

/** Values and bytes that are read at a time. */
const VALUES = 4_096;
const COPIED = 1024 * 1024;

class PlainReader {
  readonly #bytes: Buffer;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  *value(depth: number): Steps<unknown> {
    this.#values += 1;
    if (this.#values % VALUES === 0) yield;
    if (depth > MAX_DEPTH || this.#values > MAX_VALUES) {
      throw unreadable('it is too deep or too large');
    }
    const type = this.#bytes[this.#take(1)] as number;
    if (type < 0x80) return type;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc9:
        return yield* this.#typed();
      case 0xcb:
        return this.#bytes.readDoubleBE(this.#take(8));
      case 0xdb:
        return this.#text();
      case 0xdd:
        return yield* this.#array(depth);
      case 0xdf:
        return yield* this.#object(depth);
      default:
        throw unreadable('it has a type that no model has');
    }
  }

  *#array(depth: number): Steps<unknown[]> {
    // An item takes a byte at least.
    const count = this.#count(1);
    const items: unknown[] = [];
    for (let index = 0; index < count; index += 1) items.push(yield* this.value(depth + 1));
    return items;
  }

  *#object(depth: number): Steps<Record<string, unknown>> {
    // A property takes 6 bytes at least: a text's head and a value.
    const count = this.#count(6);
    const object: Record<string, unknown> = {};
    for (let index = 0; index < count; index += 1) {
      if (this.#bytes[this.#take(1)] !== 0xdb) throw unreadable('a name is no text');
      const key = this.#text();
      if (key === '__proto__' || Object.hasOwn(object, key))
        throw unreadable('a name is not allowed');
      object[key] = yield* this.value(depth + 1);
    }
    return object;
  }

  #text(): string {
    const length = this.#count(1);
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  *#typed(): Steps<ArrayBufferView> {
    const length = this.#length();
    const start = this.#take(length + 1);
    const type = TYPED_ARRAYS[this.#bytes[start + 1] ?? 0xff];
    const isKnown = this.#bytes[start] === TYPED_ARRAY_EXT && length > 0;
    if (!isKnown || type === undefined || (length - 1) % type.BYTES_PER_ELEMENT !== 0) {
      throw unreadable('it has a typed array that cannot be read');
    }
    return new type(
      (yield* copied(this.#bytes.subarray(start + 2, start + 1 + length))) as ArrayBuffer,
    );
  }

  /** A number of items that take `size` bytes each at least. */
  #count(size: number): number {
    const count = this.#length();
    if (count * size > this.left) throw unreadable('it is cut off');
    return count;
  }

  #length(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** Where the next `count` bytes begin. */
  #take(count: number): number {
    const start = this.#at;
    if (count > this.left) throw unreadable('it is cut off');
    this.#at += count;
    return start;
  }
}

/** A copy, because typed arrays must begin at a multiple of their size; large ones are shared with the threads they are sent to. */
function* copied(bytes: Uint8Array): Steps<ArrayBufferLike> {
  const { length } = bytes;
  const buffer = length > COPIED ? new SharedArrayBuffer(length) : new ArrayBuffer(length);
  const copy = new Uint8Array(buffer);
  for (let start = 0; start < length; start += COPIED) {
    copy.set(bytes.subarray(start, start + COPIED), start);
    if (start + COPIED < length) yield;
  }
  return buffer;
}

function unreadable(what: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INVALID', `The artefact cannot be read: ${what}.`, {
    fix: 'Fetch or export it again.',
  });
}
