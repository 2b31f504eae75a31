import { WatchkeeperError } from '../core/errors.ts';
import { laneOf, type FrameClass, type Lane } from '../model/frame.ts';

/** Frame kinds; the numbers are on the wire. */
export const FRAME = Object.freeze({
  challenge: 1,
  hello: 2,
  welcome: 3,
  data: 4,
  gap: 5,
  ack: 6,
  nack: 7,
  note: 8,
  flow: 9,
  beat: 10,
  cmd: 11,
  res: 12,
  key: 13,
  bye: 14,
} as const);

export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

export const PROTOCOL_VERSION = 1;
export const SUBPROTOCOL = 'watchkeeper.v1';
export const HEADER_BYTES = 20;
/** A whole frame, header included; also the largest WebSocket message. */
export const MAX_FRAME_BYTES = 65_536;
/** Largest body of a frame that is neither data nor gap. */
export const MAX_CONTROL_BYTES = 4_096;
/** GCM's tag at the end of a sealed body. */
export const TAG_BYTES = 16;

/** The clear header. For frames other than data and gap: class, lane, epoch and seq are 0. */
export interface FrameHeader {
  readonly kind: FrameKind;
  readonly frameClass: FrameClass;
  readonly lane: Lane;
  readonly epoch: number;
  /** 1 to 2^53 − 1 in data and gap frames. */
  readonly seq: number;
  /** Bytes of the body. */
  readonly length: number;
}

export interface Frame {
  readonly header: FrameHeader;
  /** Header and body, a view of the bytes that were split. */
  readonly frame: Uint8Array;
}

/**
 * Reads and checks the header at `offset`; the body need not be there.
 * @throws WatchkeeperError FRAME_MALFORMED | FRAME_TOO_LARGE
 */
export function readHeader(bytes: Uint8Array, offset = 0): FrameHeader {
  if (offset + HEADER_BYTES > bytes.length) throw malformed('is shorter than its header');
  if (bytes[offset] !== PROTOCOL_VERSION) throw malformed('has an unknown version');
  const kind = bytes[offset + 1] ?? 0;
  const frameClass = bytes[offset + 2] ?? 0;
  const lane = bytes[offset + 3] ?? 0;
  const high = u32(bytes, offset + 8);
  const header = {
    kind: kind as FrameKind,
    frameClass: frameClass as FrameClass,
    lane: lane as Lane,
    epoch: u32(bytes, offset + 4),
    seq: high * 0x1_0000_0000 + u32(bytes, offset + 12),
    length: u32(bytes, offset + 16),
  };
  if (high > 0x1f_ffff) throw malformed('has a sequence number above 2^53 − 1');
  if (kind === FRAME.data || kind === FRAME.gap) checkSealed(header);
  else checkControl(header);
  return header;
}

/** One frame of `header` and `body`. @throws WatchkeeperError FRAME_TOO_LARGE */
export function encodeFrame(header: Omit<FrameHeader, 'length'>, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + body.length);
  writeHeader(frame, { ...header, length: body.length });
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** Writes the 20 bytes of `header` at the start of `target`. @throws WatchkeeperError FRAME_TOO_LARGE */
export function writeHeader(target: Uint8Array, header: FrameHeader): void {
  if (header.length > MAX_FRAME_BYTES - HEADER_BYTES) throw tooLarge(header.length);
  target[0] = PROTOCOL_VERSION;
  target[1] = header.kind;
  target[2] = header.frameClass;
  target[3] = header.lane;
  writeU32(target, 4, header.epoch);
  writeU32(target, 8, Math.floor(header.seq / 0x1_0000_0000));
  writeU32(target, 12, header.seq);
  writeU32(target, 16, header.length);
}

/**
 * Splits a message into its frames: one or more, whole, nothing behind the last.
 * @throws WatchkeeperError FRAME_MALFORMED | FRAME_TOO_LARGE
 */
export function splitFrames(bytes: Uint8Array): readonly Frame[] {
  const frames: Frame[] = [];
  let offset = 0;
  do {
    const header = readHeader(bytes, offset);
    const end = offset + HEADER_BYTES + header.length;
    if (end > bytes.length) throw malformed('is shorter than its header says');
    frames.push({ header, frame: bytes.subarray(offset, end) });
    offset = end;
  } while (offset < bytes.length);
  return frames;
}

/** The body of a whole frame, as a view. */
export function bodyOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(HEADER_BYTES);
}

function checkSealed({ frameClass, lane, epoch, seq, length }: FrameHeader): void {
  if (frameClass > 3) throw malformed('has an unknown class');
  if (lane !== laneOf(frameClass)) throw malformed('has a lane that is not that of its class');
  if (epoch === 0 || seq === 0) throw malformed('has no epoch or sequence number');
  if (length < TAG_BYTES) throw malformed('has a body shorter than a tag');
  if (length > MAX_FRAME_BYTES - HEADER_BYTES) throw tooLarge(length);
}

function checkControl({ kind, frameClass, lane, epoch, seq, length }: FrameHeader): void {
  if (kind < FRAME.challenge || kind > FRAME.bye) throw malformed('has an unknown kind');
  if (frameClass !== 0 || lane !== 0 || epoch !== 0 || seq !== 0) {
    throw malformed('is a control frame with a class, lane, epoch or sequence number');
  }
  if (length > MAX_CONTROL_BYTES) throw tooLarge(length);
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

function malformed(what: string): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', `The frame ${what}.`);
}

function tooLarge(length: number): WatchkeeperError {
  return new WatchkeeperError(
    'FRAME_TOO_LARGE',
    `The frame's body of ${length} bytes is above the limit.`,
    { fix: 'Send at most 64 KiB in a frame and 4 KiB in a control frame.' },
  );
}
