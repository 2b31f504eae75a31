import { isUtf8 } from 'node:buffer';
import { WatchkeeperError } from '../../../core/errors.ts';
import { MSGPACK_LIMITS, safeNumber } from '../../records/msgpack-limits.ts';
import { headerBytes, readLayout, type Layout } from './msgpack-layout.ts';

const EVENT_TIME = 0;
/** Senders that count seconds in a double come out up to 240 ns below the ms that they mean. */
const FRACTION_ERROR_NS = 500;

/**
 * Reads values of the forward protocol from bytes that may be hostile:
 * nothing is built from a length before its bytes are known to be there.
 * Errors tell the offset and nothing of the content.
 */
export class MsgpackCursor {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #layout: Layout = { header: 0, data: 0, values: 0 };
  #budget = 0;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** The token that comes next. @throws PAYLOAD_INVALID at the end */
  get token(): number {
    const token = this.#bytes[this.at];
    if (token === undefined) throw this.#malformed();
    return token;
  }

  /** Items of the array that begins here; -1, and nothing is read, when another type does. */
  arrayHeader(): number {
    const { token } = this;
    if (!isArray(token)) return -1;
    const { values } = this.#head();
    return values;
  }

  /** Text or binary as bytes; `undefined`, and nothing is read, when another type begins here. */
  bytes(): Buffer | undefined {
    const { token } = this;
    if (!isText(token) && !isBinary(token)) return undefined;
    const { data } = this.#head();
    return this.#take(data);
  }

  /** Text or binary as text; `undefined`, and nothing is read, when another type begins here. */
  text(): string | undefined {
    const { token } = this;
    if (!isText(token) && !isBinary(token)) return undefined;
    const { data } = this.#head();
    const from = this.#pass(data);
    return this.#bytes.toString('utf8', from, this.at);
  }

  /** An event's time in ms: whole or broken seconds, or EventTime; `undefined`, and it is passed over, when it is none. */
  time(): number | undefined {
    const { token } = this;
    const from = this.at;
    if (token === 0xd7 || (token === 0xc7 && this.#bytes[from + 1] === 8)) {
      const { header, data } = this.#head();
      this.#pass(data);
      const seconds = from + header;
      if (this.#view.getInt8(seconds - 1) !== EVENT_TIME) return undefined;
      const nanos = this.#view.getUint32(seconds + 4) + FRACTION_ERROR_NS;
      return this.#view.getUint32(seconds) * 1000 + Math.floor(nanos / 1_000_000);
    }
    const value = this.value();
    return typeof value === 'number' ? value * 1000 : undefined;
  }

  /** The end of the value that begins here, which is not built. @throws PAYLOAD_INVALID */
  skip(): void {
    for (let left = 1; left > 0; left -= 1) {
      const { data, values } = this.#head();
      this.#pass(data);
      left += values;
      if (left > this.#bytes.length) throw this.#malformed();
    }
  }

  /** Any value. @throws PAYLOAD_INVALID, also beyond the limits of nesting and number */
  value(): unknown {
    this.#budget = MSGPACK_LIMITS.values;
    return this.#value(1);
  }

  #value(depth: number): unknown {
    const { token } = this;
    if (token < 0x80) return this.#small(token);
    if (token >= 0xe0) return this.#small(token - 0x100);
    if (isText(token)) return this.text();
    if (isArray(token)) return this.#array(depth);
    if (token < 0x90 || token === 0xde || token === 0xdf) return this.#map(depth);
    if (isBinary(token)) return this.#binary();
    return this.#scalar(token);
  }

  #small(value: number): number {
    this.at += 1;
    return value;
  }

  #array(depth: number): unknown[] {
    const { values } = this.#inside(depth);
    const items: unknown[] = [];
    for (let index = 0; index < values; index += 1) items.push(this.#value(depth + 1));
    return items;
  }

  #map(depth: number): Readonly<Record<string, unknown>> {
    const entries = this.#inside(depth).values / 2;
    const map: Record<string, unknown> = {};
    for (let index = 0; index < entries; index += 1) {
      const key = this.text() ?? String(this.#value(MSGPACK_LIMITS.depth));
      // Else the key would set the map's prototype.
      map[key === '__proto__' ? '_proto_' : key] = this.#value(depth + 1);
    }
    return map;
  }

  #inside(depth: number): Layout {
    const layout = this.#head();
    this.#budget -= layout.values;
    if (this.#budget < 0 || depth > MSGPACK_LIMITS.depth) throw this.#malformed();
    return layout;
  }

  #binary(): string {
    // Binary of the forward protocol is mostly text that Ruby has no encoding for.
    const bytes = this.bytes() ?? Buffer.alloc(0);
    return bytes.toString(isUtf8(bytes) ? 'utf8' : 'base64');
  }

  #scalar(token: number): unknown {
    const { header, data } = this.#head();
    const from = this.at;
    this.#pass(data);
    if (token === 0xc0) return null;
    if (token === 0xc2 || token === 0xc3) return token === 0xc3;
    if (token >= 0xca && token <= 0xd3) return this.#number(token, from);
    const type = this.#view.getInt8(from - 1);
    if (type === EVENT_TIME && data === 8 && header > 0) return this.#view.getUint32(from) * 1000;
    return { type, data: this.#bytes.toString('base64', from, this.at) };
  }

  #number(token: number, at: number): number | string {
    const view = this.#view;
    switch (token) {
      case 0xca:
        return finite(view.getFloat32(at));
      case 0xcb:
        return finite(view.getFloat64(at));
      case 0xcc:
        return view.getUint8(at);
      case 0xcd:
        return view.getUint16(at);
      case 0xce:
        return view.getUint32(at);
      case 0xcf:
        return safeNumber(view.getBigUint64(at));
      case 0xd0:
        return view.getInt8(at);
      case 0xd1:
        return view.getInt16(at);
      case 0xd2:
        return view.getInt32(at);
      default:
        return safeNumber(view.getBigInt64(at));
    }
  }

  /** Reads a header; its `values` may not be more than the bytes that are left. The next call overwrites what it gives. */
  #head(): Layout {
    const header = headerBytes(this.token);
    if (header === 0 || this.at + header > this.#bytes.length) throw this.#malformed();
    const layout = this.#layout;
    readLayout(this.#view, this.at, layout);
    this.at += header;
    if (layout.values > this.#bytes.length - this.at) throw this.#malformed();
    return layout;
  }

  #take(length: number): Buffer {
    const from = this.#pass(length);
    return this.#bytes.subarray(from, this.at);
  }

  /** Where the bytes began that were passed over. */
  #pass(length: number): number {
    const from = this.at;
    if (length > this.#bytes.length - from) throw this.#malformed();
    this.at = from + length;
    return from;
  }

  #malformed(): WatchkeeperError {
    return new WatchkeeperError(
      'PAYLOAD_INVALID',
      `A message is not valid msgpack, or exceeds a limit, at byte ${this.at}.`,
    );
  }
}

function isText(token: number): boolean {
  return (token >= 0xa0 && token <= 0xbf) || (token >= 0xd9 && token <= 0xdb);
}

function isBinary(token: number): boolean {
  return token >= 0xc4 && token <= 0xc6;
}

function isArray(token: number): boolean {
  return (token >= 0x90 && token <= 0x9f) || token === 0xdc || token === 0xdd;
}

function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
