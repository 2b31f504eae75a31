import { sign, verify, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WatchkeeperError } from '../core/errors.ts';
import type { ModelSigner } from '../model/model-shelf.ts';
import { createFile } from './create-file.ts';
import { devicePublicKey, generateDeviceKey } from './device-key.ts';
import { keyIdOf } from './key-id.ts';
import { importPrivateKey, importPublicKey } from './raw-keys.ts';

/** In the data folder, mode 0600: the key that signs the stages of models, and the keys trusted besides. */
export const MODEL_KEY_FILE = 'model-key.json';

export interface SignerKeys {
  /** Raw Ed25519 secret, 32 bytes. */
  readonly privateKey: Uint8Array;
  /** Raw Ed25519 public keys that are trusted besides its own. */
  readonly trusted?: readonly Uint8Array[];
}

/** Signs with Ed25519 (RFC 8032); trusts its own key and the given ones. */
export function createModelSigner({ privateKey, trusted = [] }: SignerKeys): ModelSigner & {
  /** Raw, 32 bytes: for another site to trust. */
  readonly publicKey: Uint8Array;
} {
  const publicKey = devicePublicKey(privateKey);
  const secret = importPrivateKey('ed25519', privateKey);
  const keys = new Map<string, KeyObject>(
    [publicKey, ...trusted].map((key) => [keyIdOf(key), importPublicKey('ed25519', key)]),
  );
  return {
    id: keyIdOf(publicKey),
    publicKey,
    sign: (bytes) => new Uint8Array(sign(null, bytes, secret)),
    verify: (signer, bytes, signature) => {
      const key = keys.get(signer);
      return key && verify(null, bytes, key, signature);
    },
  };
}

/**
 * The signer of a data folder; its key is made at first use. Processes that
 * make it at the same time end up with the same one.
 * @throws CONFIG_INVALID when the file is damaged
 */
export async function openModelSigner(
  folder: string,
  newKey: () => Uint8Array = () => generateDeviceKey().privateKey,
): Promise<ReturnType<typeof createModelSigner>> {
  const path = join(folder, MODEL_KEY_FILE);
  const found = await readKeys(path);
  if (found !== undefined) return createModelSigner(found);
  await createFile(path, `${JSON.stringify({ private_key: base64(newKey()), trusted: [] })}\n`);
  const made = await readKeys(path);
  if (made === undefined) throw damaged(path);
  return createModelSigner(made);
}

async function readKeys(path: string): Promise<SignerKeys | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { private_key: secret, trusted } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (!Array.isArray(trusted)) throw damaged(path);
    return { privateKey: rawKey(secret, path), trusted: trusted.map((key) => rawKey(key, path)) };
  } catch {
    // What the parser says would quote secrets.
    throw damaged(path);
  }
}

function rawKey(value: unknown, path: string): Uint8Array {
  const key = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  if (key?.length !== 32) throw damaged(path);
  return new Uint8Array(key);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function damaged(path: string): WatchkeeperError {
  return new WatchkeeperError('CONFIG_INVALID', `The key of the models "${path}" is damaged.`, {
    fix: 'Restore it from a backup. Without it, stages that it signed are not trusted.',
  });
}
