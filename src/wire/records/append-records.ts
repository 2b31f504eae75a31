/** What a msgpack array begins with: how many items, and in how many bytes that is said. */
function readHead(payload: Uint8Array): { readonly count: number; readonly bytes: number } {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const tag = view.getUint8(0);
  if (tag === 0xdd) return { count: view.getUint32(1), bytes: 5 };
  if (tag === 0xdc) return { count: view.getUint16(1), bytes: 3 };
  return { count: tag & 0x0f, bytes: 1 };
}

/**
 * A payload that also holds further records, each as its own msgpack bytes and
 * as it came: what is refused can be stored beside what is accepted, for the
 * fold to refuse again.
 * @param payload a msgpack array, as `encodeRecords` makes it
 */
export function appendRecords(payload: Uint8Array, bodies: readonly Uint8Array[]): Uint8Array {
  if (bodies.length === 0) return payload;
  const { count, bytes } = readHead(payload);
  const head = Buffer.alloc(5);
  head.writeUInt8(0xdd, 0);
  head.writeUInt32BE(count + bodies.length, 1);
  return Buffer.concat([head, payload.subarray(bytes), ...bodies]);
}
