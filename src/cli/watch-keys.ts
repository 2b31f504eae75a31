import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WatchkeeperError } from '../core/errors.ts';
import { devicePublicKey, generateDeviceKey, type DeviceKey } from '../security/device-key.ts';
import { replaceFile } from '../security/replace-file.ts';

/** A watch's identity as a file (`<folder>/<id>.json`, mode 0600); raw keys in base64url. */
interface WatchKeyFile {
  readonly device: string;
  readonly private_key: string;
  readonly public_key: string;
  /** The site it is enrolled at, and the X25519 key that it may seal to. */
  readonly site?: string;
  readonly site_key_id?: string;
  readonly site_public_key?: string;
}

/** A site's name and key as its API shows them. */
export interface SiteView {
  readonly site: string;
  readonly key_id: string;
  /** base64url */
  readonly public_key: string;
}

export function watchKeyPath(folder: string, device: string): string {
  // A colon may be in an id, but not in a file name on Windows.
  return join(folder, `${device.replaceAll(':', '%3A')}.json`);
}

/** The key of a watch: the one in the folder, else a new one that is written there. @throws CONFIG_INVALID when the file is not a key. */
export async function loadOrCreateWatchKey(folder: string, device: string): Promise<DeviceKey> {
  const path = watchKeyPath(folder, device);
  if (existsSync(path)) return readWatchKey(path);
  const key = generateDeviceKey();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file: WatchKeyFile = {
    device,
    private_key: toText(key.privateKey),
    public_key: toText(key.publicKey),
  };
  await replaceFile(path, `${JSON.stringify(file, undefined, 2)}\n`);
  return key;
}

/** Writes the site's key into the file of a watch, for the watch to pin. */
export async function pinSite(folder: string, device: string, site: SiteView): Promise<void> {
  const path = watchKeyPath(folder, device);
  const file: WatchKeyFile = {
    ...(JSON.parse(readFileSync(path, 'utf8')) as WatchKeyFile),
    site: site.site,
    site_key_id: site.key_id,
    site_public_key: site.public_key,
  };
  await replaceFile(path, `${JSON.stringify(file, undefined, 2)}\n`);
}

function readWatchKey(path: string): DeviceKey {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as Partial<WatchKeyFile>;
    const privateKey = new Uint8Array(Buffer.from(file.private_key ?? '', 'base64url'));
    return { privateKey, publicKey: devicePublicKey(privateKey) };
  } catch {
    // The parser's own message would quote the file, and with it a private key.
    throw new WatchkeeperError('CONFIG_INVALID', `"${path}" does not hold the key of a watch.`, {
      fix: 'Move it away, revoke the watch, and enrol it again under another id.',
    });
  }
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
