import { createKeyTable } from './key-table.ts';
import type { Key } from './key-table.ts';
import { MSGPACK_LIMITS, REFUSED, malformed, safeNumber } from './msgpack-limits.ts';
import { TextReader } from './text-reader.ts';

/**
 * Reads msgpack that may be hostile: nothing is built from a length before
 * the bytes for it are known to be there, extension types yield
 * {@link REFUSED}, and any malformed byte is a PAYLOAD_INVALID error that
 * tells the offset and nothing of the content. Inline record structures of
 * msgpackr (fixext1 type 0x72, then tokens 0x40 to 0x7f) are maps.
 * See https://github.com/msgpack/msgpack/blob/master/spec.md.
 */
export class MsgpackReader {
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  readonly #texts = new TextReader();
  #at = 0;
  #end = 0;
  #definitions = 0;
  #budget = 0;
  readonly #structures: (readonly Key[] | undefined)[] = Array.from({ length: 64 });
  readonly #keys = createKeyTable();

  /** Keys of the map whose header was read last when it was an inline record; its values follow without keys. */
  structure: readonly Key[] | undefined;

  load(payload: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = payload;
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.#texts.load(this.#bytes, this.#view);
    this.#at = 0;
    this.#end = byteLength;
    if (this.#definitions > 0) this.#structures.fill(undefined);
    this.#definitions = 0;
  }

  /** Whether what was read so far defined inline structures. */
  get hasStructures(): boolean {
    return this.#definitions > 0;
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#end - this.#at;
  }

  /** Items of the array that begins here; -1, and nothing is consumed, when another type does. */
  arrayHeader(): number {
    const token = this.#peek();
    if (token >= 0x90 && token <= 0x9f) {
      this.#at += 1;
      return this.#count(token & 0x0f, 1);
    }
    if (token !== 0xdc && token !== 0xdd) return -1;
    this.#at += 1;
    return this.#count(token === 0xdc ? this.#uint(2) : this.#uint(4), 1);
  }

  /**
   * Entries of the map that begins here, -1 (nothing consumed) when another
   * type does. Sets {@link structure} when it is an inline record.
   */
  mapHeader(): number {
    const token = this.#peek();
    this.structure = undefined;
    if (token >= 0x80 && token <= 0x8f) {
      this.#at += 1;
      return this.#mapCount(token & 0x0f);
    }
    if (token === 0xde || token === 0xdf) {
      this.#at += 1;
      return this.#mapCount(token === 0xde ? this.#uint(2) : this.#uint(4));
    }
    return this.#recordHeader(token);
  }

  /** The key that begins here. */
  key(): Key {
    const token = this.#byte();
    let length = token & 0x1f;
    if (token === 0xd9) length = this.#uint(1);
    else if (token === 0xda) length = this.#uint(2);
    else if (token === 0xdb) length = this.#uint(4);
    else if (token < 0xa0 || token > 0xbf) return this.#otherKey(token);
    const from = this.#take(length);
    return this.#keys.find(this.#bytes, from, length);
  }

  /** Any value; extension types are {@link REFUSED}, also when they stand deeper inside. */
  value(): unknown {
    this.#budget = MSGPACK_LIMITS.values;
    return this.#value(1);
  }

  #value(depth: number): unknown {
    const token = this.#byte();
    if (token < 0x80) {
      if (token < 0x40 || this.#structures[token & 0x3f] === undefined) return token;
      return this.#compound(depth);
    }
    if (token >= 0xe0) return token - 0x100;
    if (token >= 0xa0 && token <= 0xbf) return this.#text(token & 0x1f);
    if (token < 0xa0) return this.#compound(depth);
    return this.#other(token, depth);
  }

  #other(token: number, depth: number): unknown {
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#uint(1 << (token - 0xc4)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(1 << (token - 0xd9)));
      case 0xdc:
      case 0xdd:
      case 0xde:
      case 0xdf:
        return this.#compound(depth);
      default:
        return token >= 0xca && token <= 0xd3 ? this.#number(token) : this.#extension(token, depth);
    }
  }

  #number(token: number): number | string {
    switch (token) {
      case 0xca:
        return this.#view.getFloat32(this.#take(4));
      case 0xcb:
        return this.#view.getFloat64(this.#take(8));
      case 0xcf:
        return safeNumber(this.#view.getBigUint64(this.#take(8)));
      case 0xd0:
        return this.#view.getInt8(this.#take(1));
      case 0xd1:
        return this.#view.getInt16(this.#take(2));
      case 0xd2:
        return this.#view.getInt32(this.#take(4));
      case 0xd3:
        return safeNumber(this.#view.getBigInt64(this.#take(8)));
      default:
        return this.#uint(1 << (token - 0xcc));
    }
  }

  /** An array or map whose first byte was just read. */
  #compound(depth: number): unknown {
    this.#at -= 1;
    if (depth > MSGPACK_LIMITS.depth) throw malformed(this.#at);
    const items = this.arrayHeader();
    if (items >= 0) return this.#array(items, depth);
    const entries = this.mapHeader();
    if (entries < 0) throw malformed(this.#at);
    return this.#map(entries, depth);
  }

  #array(items: number, depth: number): unknown {
    this.#spend(items);
    const array: unknown[] = [];
    let isRefused = false;
    for (let index = 0; index < items; index += 1) {
      const item = this.#value(depth + 1);
      if (item === REFUSED) isRefused = true;
      array.push(item);
    }
    return isRefused ? REFUSED : array;
  }

  #map(entries: number, depth: number): unknown {
    this.#spend(entries);
    const { structure } = this;
    const map: Record<string, unknown> = {};
    let isRefused = false;
    for (let index = 0; index < entries; index += 1) {
      const key = structure === undefined ? this.key() : (structure[index] as Key);
      const value = this.#value(depth + 1);
      if (value === REFUSED || !key.isAllowed) isRefused = true;
      else map[key.name] = value;
    }
    return isRefused ? REFUSED : map;
  }

  #spend(values: number): void {
    this.#budget -= values;
    if (this.#budget < 0) throw malformed(this.#at);
  }

  #recordHeader(token: number): number {
    if (token >= 0x40 && token <= 0x7f) {
      const structure = this.#structures[token & 0x3f];
      if (structure === undefined) return -1;
      this.#at += 1;
      this.structure = structure;
      return this.#count(structure.length, 1);
    }
    if (token !== 0xd4 || this.#bytes[this.#at + 1] !== 0x72) return -1;
    return this.#define();
  }

  #define(): number {
    this.#at += 2;
    const id = this.#byte() & 0x3f;
    this.#definitions += 1;
    const count = this.arrayHeader();
    const isTooMuch = count > MSGPACK_LIMITS.keys || this.#definitions > MSGPACK_LIMITS.structures;
    if (count < 0 || isTooMuch) throw malformed(this.#at);
    const keys: Key[] = [];
    for (let index = 0; index < count; index += 1) keys.push(this.key());
    this.#structures[id] = keys;
    this.structure = keys;
    return this.#count(count, 1);
  }

  #extension(token: number, depth: number): unknown {
    if (token === 0xd4 && this.#bytes[this.#at] === 0x72) return this.#compound(depth);
    let length = 1 << (token - 0xd4);
    if (token >= 0xc7 && token <= 0xc9) length = this.#uint(1 << (token - 0xc7));
    else if (token < 0xd4 || token > 0xd8) throw malformed(this.#at - 1);
    const type = this.#byte();
    const from = this.#take(length);
    // msgpackr writes `undefined` as fixext1 of type 0.
    const isUndefined = length === 1 && type === 0 && this.#bytes[from] === 0;
    return isUndefined ? null : REFUSED;
  }

  /** Keys that are numbers count as their decimal text, as in JSON. */
  #otherKey(token: number): Key {
    this.#at -= 1;
    const value = token < 0x80 || token >= 0xcc ? this.#value(MSGPACK_LIMITS.depth) : undefined;
    if (typeof value !== 'number') throw malformed(this.#at);
    const text = Buffer.from(String(value));
    return this.#keys.find(text, 0, text.length);
  }

  /**
   * The value that begins here, when it is likely one of few texts (a
   * service, a level): those are looked up and share one string, which does
   * not keep the payload in memory.
   */
  repeated(): unknown {
    const token = this.#peek();
    const isShort = token >= 0xa0 && token <= 0xbf;
    if (!isShort && token !== 0xd9) return this.value();
    this.#at += 1;
    const length = isShort ? token & 0x1f : this.#uint(1);
    const from = this.#take(length);
    return this.#keys.text(this.#bytes, from, length);
  }

  #text(length: number): string {
    const from = this.#take(length);
    return this.#texts.read(from, length);
  }

  #binary(length: number): string {
    const from = this.#take(length);
    return this.#bytes.toString('base64', from, from + length);
  }

  #mapCount(entries: number): number {
    if (entries > MSGPACK_LIMITS.keys) throw malformed(this.#at);
    return this.#count(entries, 2);
  }

  /** `items` when that many can follow, each of at least `bytesEach`. */
  #count(items: number, bytesEach: number): number {
    if (items * bytesEach > this.#end - this.#at) throw malformed(this.#at);
    return items;
  }

  #peek(): number {
    const token = this.#bytes[this.#at];
    if (token === undefined) throw malformed(this.#at);
    return token;
  }

  #byte(): number {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #uint(size: number): number {
    const from = this.#take(size);
    if (size === 1) return this.#view.getUint8(from);
    return size === 2 ? this.#view.getUint16(from) : this.#view.getUint32(from);
  }

  /** Moves past `length` bytes and gives where they begin. */
  #take(length: number): number {
    const from = this.#at;
    if (length > this.#end - from) throw malformed(from);
    this.#at = from + length;
    return from;
  }
}
