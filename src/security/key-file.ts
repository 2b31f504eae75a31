import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WatchkeeperError } from '../core/errors.ts';
import { concatBytes } from './bytes.ts';

export interface KeyFile {
  readonly path: string;
  readonly passphrase: string | undefined;
}

/** A site key as stored; its public half and id follow from it. */
export interface StoredKey {
  /** Raw X25519 secret, 32 bytes. */
  readonly privateKey: Uint8Array;
  readonly notBefore: number;
}

export interface StoredKeys {
  readonly keys: readonly StoredKey[];
  /** Whether the file is under a passphrase. */
  readonly isSealed: boolean;
}

/** The keys in the file; `undefined` when there is no file. @throws WatchkeeperError CONFIG_INVALID */
export async function readKeyFile(file: KeyFile): Promise<StoredKeys | undefined> {
  const text = await readFile(file.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const content = parse(text, file.path);
  if (content['version'] !== 1) throw damaged(file.path, 'has an unknown version');
  const isSealed = content['sealed'] !== undefined;
  const keys = isSealed ? await unseal(content['sealed'], file) : content;
  return { keys: readKeys(keys['keys'], file.path), isSealed };
}

/** Writes beside the file, forces to disk, then renames: a crash leaves the old file or the new one. Mode 0600. */
export async function writeKeyFile(file: KeyFile, keys: readonly StoredKey[]): Promise<void> {
  const content = {
    keys: keys.map(({ privateKey, notBefore }) => ({
      private_key: Buffer.from(privateKey).toString('base64'),
      not_before: notBefore,
    })),
  };
  const { passphrase } = file;
  const body = passphrase === undefined ? content : { sealed: await seal(content, passphrase) };
  const temporary = `${file.path}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${JSON.stringify({ version: 1, ...body }, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file.path);
  const folder = await open(dirname(file.path));
  await folder.sync().finally(() => folder.close());
}

type Json = Readonly<Record<string, unknown>>;

/** 64 MiB and about 0.2 s for each guess. */
const SCRYPT = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const AAD = Buffer.from('watchkeeper.v1 key ring');

async function seal(content: unknown, passphrase: string): Promise<Json> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await stretch(passphrase, salt), nonce);
  cipher.setAAD(AAD);
  const box = concatBytes(
    cipher.update(JSON.stringify(content), 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  );
  return { salt: base64(salt), nonce: base64(nonce), box: base64(box) };
}

async function unseal(sealed: unknown, { path, passphrase }: KeyFile): Promise<Json> {
  if (passphrase === undefined) throw damaged(path, 'is sealed and no passphrase was given');
  const parts = isJson(sealed) ? sealed : {};
  const [salt, nonce, box] = [parts['salt'], parts['nonce'], parts['box']].map(fromBase64);
  if (salt === undefined || nonce === undefined || box === undefined) {
    throw damaged(path, 'has no salt, nonce or box');
  }
  const key = await stretch(passphrase, salt);
  let text: string;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(AAD);
    decipher.setAuthTag(box.subarray(-16));
    text = decipher.update(box.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw damaged(path, 'does not open: the passphrase is wrong or the file is damaged');
  }
  return parse(text, path);
}

function stretch(passphrase: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, 32, SCRYPT, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function readKeys(value: unknown, path: string): readonly StoredKey[] {
  if (!Array.isArray(value) || value.length === 0) throw damaged(path, 'has no keys');
  return value.map((each: unknown) => {
    const key = isJson(each) ? each : {};
    const privateKey = fromBase64(key['private_key']);
    const notBefore = key['not_before'];
    if (privateKey?.length !== 32 || typeof notBefore !== 'number') {
      throw damaged(path, 'has a key that cannot be read');
    }
    return { privateKey, notBefore };
  });
}

function parse(text: string, path: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isJson(value)) return value;
  } catch {
    // The parser's text would quote secrets.
  }
  throw damaged(path, 'is not a JSON object');
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function fromBase64(value: unknown): Buffer | undefined {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
}

function damaged(path: string, what: string): WatchkeeperError {
  return new WatchkeeperError('CONFIG_INVALID', `The key ring "${path}" ${what}.`, {
    fix: 'Give the passphrase it was sealed with (--key-passphrase-file or WATCHKEEPER_KEY_PASSPHRASE), or restore the file from a backup.',
  });
}
