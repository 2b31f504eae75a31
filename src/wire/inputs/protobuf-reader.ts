import { malformedBody } from './input-item.ts';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Reads the fields of one protobuf message (protobuf.dev, "Encoding") in the
 * order they come. `next` steps to a field; then exactly one of the other
 * methods takes its value. Reads nothing beyond the message's own bytes.
 * Every method throws PAYLOAD_INVALID for what is not as it should be.
 */
export class ProtobufReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #wireType = VARINT;

  /** Number of the field that `next` stepped to. */
  field = 0;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  next(): boolean {
    if (this.#at >= this.#end) return false;
    const key = this.#varint();
    this.#wireType = Number(key & 7n);
    this.field = Number(key >> 3n);
    if (this.field === 0 || this.field > 536_870_911) throw malformed();
    return true;
  }

  /** uint64 as it stands; fields of the other integer types reduce it. */
  varint(): bigint {
    this.#expect(VARINT);
    return this.#varint();
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.varint());
  }

  int32(): number {
    return Number(BigInt.asIntN(32, this.varint()));
  }

  uint32(): number {
    return Number(BigInt.asUintN(32, this.varint()));
  }

  fixed64(): bigint {
    this.#expect(FIXED64);
    return this.#bytes.readBigUInt64LE(this.#advance(8));
  }

  double(): number {
    this.#expect(FIXED64);
    return this.#bytes.readDoubleLE(this.#advance(8));
  }

  fixed32(): number {
    this.#expect(FIXED32);
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  /** A view. */
  bytes(): Buffer {
    this.#expect(BYTES);
    const length = this.#length();
    const from = this.#advance(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  /** The reader of an embedded message. */
  message(): ProtobufReader {
    this.#expect(BYTES);
    const length = this.#length();
    const from = this.#advance(length);
    return new ProtobufReader(this.#bytes, from, from + length);
  }

  /** Leaves the value of a field that nobody asks for. */
  skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED64) this.#advance(8);
    else if (this.#wireType === FIXED32) this.#advance(4);
    else if (this.#wireType === BYTES) this.#advance(this.#length());
    // Groups went out of use before these schemas were written.
    else throw malformed();
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw malformed();
  }

  #length(): number {
    const length = this.#varint();
    if (length > BigInt(this.#end)) throw malformed();
    return Number(length);
  }

  #advance(length: number): number {
    const from = this.#at;
    if (from + length > this.#end) throw malformed();
    this.#at = from + length;
    return from;
  }

  #varint(): bigint {
    let low = 0;
    for (let index = 0; index < 4; index += 1) {
      const byte = this.#bytes[this.#advance(1)] ?? 0;
      low += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let index = 4; index < 10; index += 1) {
      const byte = this.#bytes[this.#advance(1)] ?? 0;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed();
  }
}

function malformed(): Error {
  return malformedBody('the protobuf message that this input takes');
}
