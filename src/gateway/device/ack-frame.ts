import type { Lane } from '../../model/frame.ts';
import { FRAME, HEADER_BYTES, PROTOCOL_VERSION } from '../../wire/frame.ts';

/** At most this many shed marks go into one ack. */
export const MAX_SHED_MARKS = 256;

const ACKS_KEY = Buffer.concat([Buffer.from([0xa4]), Buffer.from('acks')]);
const SHED_KEY = Buffer.concat([Buffer.from([0xa4]), Buffer.from('shed')]);
/** A pair: array of two, lane, and an integer of up to nine bytes. */
const PAIR_BYTES = 11;
const FIXED_BYTES = HEADER_BYTES + 1 + ACKS_KEY.length + 1 + SHED_KEY.length + 3;

/** The last sequence numbers to acknowledge; 0 leaves the lane out. */
export interface Acked {
  readonly urgent: number;
  readonly bulk: number;
}

export interface ShedMark {
  readonly lane: Lane;
  readonly seq: number;
}

/**
 * A whole ack frame. It says the same as the general codec of control frames
 * and is written by hand because it is the one frame sent for every commit.
 */
export function encodeAck({ urgent, bulk }: Acked, shed: readonly ShedMark[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(FIXED_BYTES + (2 + shed.length) * PAIR_BYTES);
  let at = HEADER_BYTES;
  bytes[at] = shed.length > 0 ? 0x82 : 0x81;
  at += 1 + ACKS_KEY.copy(bytes, at + 1);
  bytes[at] = 0x90 | ((urgent > 0 ? 1 : 0) + (bulk > 0 ? 1 : 0));
  at += 1;
  if (urgent > 0) at = writePair(bytes, at, { lane: 0, seq: urgent });
  if (bulk > 0) at = writePair(bytes, at, { lane: 1, seq: bulk });
  if (shed.length > 0) at = writeShed(bytes, at, shed);
  writeAckHeader(bytes, at - HEADER_BYTES);
  return bytes.subarray(0, at);
}

function writeShed(bytes: Buffer, start: number, shed: readonly ShedMark[]): number {
  let at = start + SHED_KEY.copy(bytes, start);
  bytes[at] = 0xdc;
  at = bytes.writeUInt16BE(shed.length, at + 1);
  for (const mark of shed) at = writePair(bytes, at, mark);
  return at;
}

function writePair(bytes: Buffer, at: number, { lane, seq }: ShedMark): number {
  bytes[at] = 0x92;
  bytes[at + 1] = lane;
  if (seq < 0x80) {
    bytes[at + 2] = seq;
    return at + 3;
  }
  if (seq <= 0xffff_ffff) {
    bytes[at + 2] = 0xce;
    return bytes.writeUInt32BE(seq, at + 3);
  }
  bytes[at + 2] = 0xcf;
  bytes.writeUInt32BE(Math.floor(seq / 0x1_0000_0000), at + 3);
  return bytes.writeUInt32BE(seq % 0x1_0000_0000, at + 7);
}

function writeAckHeader(bytes: Buffer, length: number): void {
  bytes.fill(0, 0, HEADER_BYTES);
  bytes[0] = PROTOCOL_VERSION;
  bytes[1] = FRAME.ack;
  bytes.writeUInt32BE(length, 16);
}
