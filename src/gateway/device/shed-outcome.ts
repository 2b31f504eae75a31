import type { FrameClass, Lane } from '../../model/frame.ts';

/** Where a shed frame stood in its lane. */
export interface ShedFrame {
  readonly epoch: number;
  readonly lane: Lane;
  readonly seq: number;
  readonly frameClass: FrameClass;
}

const PREFIX = Buffer.concat([
  Buffer.from([0x86]),
  text('type'),
  text('shed'),
  text('epoch'),
  Buffer.from([0xce]),
]);
const EPOCH_AT = PREFIX.length;
const LANE_KEY = text('lane');
const LANE_AT = EPOCH_AT + 4 + LANE_KEY.length;
const SEQ_KEY = Buffer.concat([text('seq'), Buffer.from([0xcb])]);
const SEQ_AT = LANE_AT + 1 + SEQ_KEY.length;
const CLASS_KEY = text('frameClass');
const CLASS_AT = SEQ_AT + 8 + CLASS_KEY.length;
const DEVICE_KEY = Buffer.concat([text('device'), Buffer.from([0xd9])]);
const DEVICE_AT = CLASS_AT + 1 + DEVICE_KEY.length;

const TEMPLATE = Buffer.alloc(DEVICE_AT + 1);
PREFIX.copy(TEMPLATE, 0);
LANE_KEY.copy(TEMPLATE, EPOCH_AT + 4);
SEQ_KEY.copy(TEMPLATE, LANE_AT + 1);
CLASS_KEY.copy(TEMPLATE, SEQ_AT + 8);
DEVICE_KEY.copy(TEMPLATE, CLASS_AT + 1);

/**
 * The `shed` outcome as msgpack, always with the same layout: it is written
 * once for each dropped frame while the site is overloaded, so it must cost
 * next to nothing, and the numbers can be read back without a decoder.
 */
export function encodeShed(device: string, frame: ShedFrame): Uint8Array {
  const length = Buffer.byteLength(device);
  const bytes = Buffer.allocUnsafe(DEVICE_AT + 1 + length);
  TEMPLATE.copy(bytes, 0);
  bytes.writeUInt32BE(frame.epoch, EPOCH_AT);
  bytes[LANE_AT] = frame.lane;
  bytes.writeDoubleBE(frame.seq, SEQ_AT);
  bytes[CLASS_AT] = frame.frameClass;
  bytes[DEVICE_AT] = length;
  bytes.write(device, DEVICE_AT + 1);
  return bytes;
}

/** Reads what {@link encodeShed} wrote; `undefined` for any other outcome. */
export function decodeShed(body: Uint8Array): ShedFrame | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (
    bytes.length <= DEVICE_AT ||
    bytes.compare(PREFIX, 0, PREFIX.length, 0, PREFIX.length) !== 0
  ) {
    return undefined;
  }
  return {
    epoch: bytes.readUInt32BE(EPOCH_AT),
    lane: bytes[LANE_AT] === 0 ? 0 : 1,
    seq: bytes.readDoubleBE(SEQ_AT),
    frameClass: (bytes[CLASS_AT] ?? 3) as FrameClass,
  };
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([0xa0 | value.length]), Buffer.from(value)]);
}
