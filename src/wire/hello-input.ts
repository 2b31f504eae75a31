import { bigEndian, concatBytes, utf8 } from '../security/bytes.ts';
import type { HelloBody } from './control-bodies.ts';

/** What a hello is bound to: the gateway's challenge, or by POST the watch's time and the rest of the body. */
export type HelloContext =
  | { readonly challenge: Uint8Array }
  /** `bodyHash`: SHA-256 of everything behind the hello frame. */
  | { readonly signedAt: number; readonly bodyHash: Uint8Array };

/** A hello before it is signed. */
export type UnsignedHello = Omit<HelloBody, 'signature'>;

/**
 * The bytes that a watch signs: a domain label, the context, then the fields
 * of the hello in order; variable parts carry their length in two bytes. It
 * does not depend on how the msgpack was written.
 */
export function helloInput(body: UnsignedHello, context: HelloContext): Uint8Array {
  const bound =
    'challenge' in context
      ? [Uint8Array.of(0), sized(context.challenge)]
      : [Uint8Array.of(1), bigEndian(context.signedAt, 8), sized(context.bodyHash)];
  return concatBytes(
    utf8('watchkeeper.v1 hello\0'),
    ...bound,
    sized(utf8(body.device)),
    bigEndian(body.epoch, 4),
    sized(utf8(body.key_id)),
    sized(body.enc),
    bigEndian(body.acked[0], 8),
    bigEndian(body.acked[1], 8),
    sized(utf8(body.firmware)),
    bigEndian(body.clock, 8),
  );
}

function sized(bytes: Uint8Array): Uint8Array {
  return concatBytes(bigEndian(bytes.length, 2), bytes);
}
