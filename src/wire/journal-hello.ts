import { WatchkeeperError } from '../core/errors.ts';
import { bigEndian, concatBytes } from '../security/bytes.ts';
import { decodeControl } from './control.ts';
import type { HelloBody } from './control-bodies.ts';
import { bodyOf, FRAME, readHeader, splitFrames } from './frame.ts';
import type { HelloContext } from './hello-input.ts';

/** A hello as journalled: the frame as it was received and what its signature is bound to. */
export type JournalHello = HelloContext & { readonly frame: Uint8Array };

const VERSION = 1;
const NONCE_BYTES = 32;
const TIME_BYTES = 8;

/** The body of a `hello` journal entry: version, form (0 challenge, 1 POST), what it is bound to, the frame. */
export function encodeJournalHello(hello: JournalHello): Uint8Array {
  return 'challenge' in hello
    ? concatBytes(Uint8Array.of(VERSION, 0), hello.challenge, hello.frame)
    : concatBytes(
        Uint8Array.of(VERSION, 1),
        bigEndian(hello.signedAt, TIME_BYTES),
        hello.bodyHash,
        hello.frame,
      );
}

/** @throws WatchkeeperError FRAME_MALFORMED */
export function decodeJournalHello(
  bytes: Uint8Array,
): JournalHello & { readonly body: HelloBody; readonly context: HelloContext } {
  const form = bytes[1];
  if (bytes[0] !== VERSION || (form !== 0 && form !== 1)) throw malformed();
  const start = 2 + (form === 1 ? TIME_BYTES : 0);
  const frame = bytes.subarray(start + NONCE_BYTES);
  const header = readHeader(frame);
  if (header.kind !== FRAME.hello || splitFrames(frame).length !== 1) throw malformed();
  const bound = bytes.subarray(start, start + NONCE_BYTES);
  const context: HelloContext =
    form === 0 ? { challenge: bound } : { signedAt: readTime(bytes), bodyHash: bound };
  return { ...context, context, frame, body: decodeControl(FRAME.hello, bodyOf(frame)) };
}

function readTime(bytes: Uint8Array): number {
  let value = 0;
  for (let index = 0; index < TIME_BYTES; index += 1) value = value * 256 + (bytes[2 + index] ?? 0);
  if (!Number.isSafeInteger(value)) throw malformed();
  return value;
}

function malformed(): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', 'The journalled hello cannot be read.');
}
