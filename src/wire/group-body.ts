import { WatchkeeperError } from '../core/errors.ts';
import { bigEndian, concatBytes, fromHex, hex, utf8, utf8Text } from '../security/bytes.ts';
import { MAX_FRAME_BYTES } from './frame.ts';

/**
 * Clear part of a `group` journal body, in order: version (1 byte), key id
 * (16), HPKE enc (32), gateway epoch (4), gateway (1 + n), sequence number
 * (8), service (1 + n). Ciphertext and tag follow.
 */
export interface GroupHeader {
  readonly keyId: string;
  readonly enc: Uint8Array;
  readonly epoch: number;
  readonly gateway: string;
  readonly seq: number;
  readonly service: string;
}

export const MAX_GROUP_BYTES = MAX_FRAME_BYTES;

const VERSION = 1;
const FIXED = 1 + 16 + 32 + 4;

/** The part that is the same for all groups of one sealer. */
export function encodeGroupSession(header: Omit<GroupHeader, 'seq' | 'service'>): Uint8Array {
  return concatBytes(
    Uint8Array.of(VERSION),
    fromHex(header.keyId),
    header.enc,
    bigEndian(header.epoch, 4),
    sized(header.gateway),
  );
}

/** The part that follows it. */
export function encodeGroupTurn(seq: number, service: string): Uint8Array {
  return concatBytes(bigEndian(seq, 8), sized(service));
}

/** @throws WatchkeeperError FRAME_MALFORMED | FRAME_TOO_LARGE */
export function readGroup(body: Uint8Array): {
  readonly header: GroupHeader;
  /** Bytes of the part that is the same for all groups of one sealer. */
  readonly sessionEnd: number;
  /** Where the ciphertext begins. */
  readonly headerEnd: number;
} {
  if (body.length > MAX_GROUP_BYTES) {
    throw new WatchkeeperError('FRAME_TOO_LARGE', `The group has ${body.length} bytes.`);
  }
  if (body[0] !== VERSION) throw malformed();
  const gateway = readText(body, FIXED);
  const service = readText(body, gateway.end + 8);
  const header = {
    keyId: hex(body.subarray(1, 17)),
    enc: body.slice(17, 49),
    epoch: readNumber(body.subarray(49, FIXED)),
    gateway: gateway.text,
    seq: readNumber(body.subarray(gateway.end, gateway.end + 8)),
    service: service.text,
  };
  return { header, sessionEnd: gateway.end, headerEnd: service.end };
}

function readText(body: Uint8Array, at: number): { readonly text: string; readonly end: number } {
  const length = body[at] ?? 0;
  const end = at + 1 + length;
  if (length === 0 || end > body.length) throw malformed();
  try {
    return { text: utf8Text(body.subarray(at + 1, end)), end };
  } catch {
    throw malformed();
  }
}

function readNumber(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  if (!Number.isSafeInteger(value)) throw malformed();
  return value;
}

function sized(text: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.length > 0 && bytes.length <= 255)
    return concatBytes(Uint8Array.of(bytes.length), bytes);
  throw new WatchkeeperError(
    'BAD_REQUEST',
    `Expected a name of 1 to 255 bytes, got ${bytes.length}.`,
  );
}

function malformed(): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', 'The sealed group cannot be read.');
}
