import { sign, verify, type KeyObject } from 'node:crypto';
import { devicePrivateKeyObject, devicePublicKeyObject } from '../security/device-key.ts';
import type { HelloBody } from './control-bodies.ts';
import { helloInput, type HelloContext, type UnsignedHello } from './hello-input.ts';

/** `body` with its Ed25519 signature. By POST, `context.signedAt` becomes its `signed_at`. */
export function signHello(
  body: UnsignedHello,
  context: HelloContext,
  privateKey: Uint8Array | KeyObject,
): HelloBody {
  const full = 'signedAt' in context ? { ...body, signed_at: context.signedAt } : body;
  const input = helloInput(full, context);
  return { ...full, signature: sign(null, input, devicePrivateKeyObject(privateKey)) };
}

/**
 * Whether the device of `publicKey` signed `body` for this very context. By
 * POST also whether `signed_at` is the context's time; how old that may be is
 * for the caller to say.
 */
export function verifyHello(
  body: HelloBody,
  context: HelloContext,
  publicKey: Uint8Array | KeyObject,
): boolean {
  const signedAt = 'signedAt' in context ? context.signedAt : undefined;
  if (body.signed_at !== signedAt) return false;
  const key = devicePublicKeyObject(publicKey);
  return verify(null, helloInput(body, context), key, body.signature);
}
