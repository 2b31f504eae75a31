import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { WatchkeeperError } from '../core/errors.ts';
import { readKeyFile, writeKeyFile, type StoredKey } from './key-file.ts';
import { keyIdOf } from './key-id.ts';
import { importPrivateKey, rawPrivateKey, rawPublicKey } from './raw-keys.ts';

/** A site key without its secret half. */
export interface SiteKey {
  /** 32 hex digits, from the public key. */
  readonly id: string;
  /** Raw X25519 key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Wall-clock ms from which watches seal to it. */
  readonly notBefore: number;
}

/** The site's X25519 keys: new epochs are sealed to the current one, old ones stay until they are destroyed. */
export interface KeyRing {
  /** The key that is in force now. */
  current(): SiteKey;
  find(id: string): SiteKey | undefined;
  /** All keys, oldest first. */
  list(): readonly SiteKey[];
  /** The secret half, while it has not been destroyed. */
  privateKey(id: string): KeyObject | undefined;
  /** Adds a key that comes into force at `notBefore` (wall-clock ms, by default now); durable when it resolves. */
  rotate(options?: { readonly notBefore?: number }): Promise<SiteKey>;
  /**
   * Forgets a key for good: what was sealed to it cannot be opened any more.
   * @throws WatchkeeperError CONFLICT for the key in force, NOT_FOUND for one that is not there.
   */
  destroy(id: string): Promise<void>;
}

/** A key ring that holds no secret, for a process that must not be able to open anything. */
export function publicKeyRing(
  keys: readonly SiteKey[],
  clock: Pick<Clock, 'wall'>,
): Pick<KeyRing, 'current' | 'find'> {
  return {
    current: () => inForce(keys, clock.wall()),
    find: (id) => keys.find((key) => key.id === id),
  };
}

/** What of a key ring the gateway is handed. */
export function publicHalf({ current, find }: KeyRing): Pick<KeyRing, 'current' | 'find'> {
  return { current, find };
}

export interface KeyRingOptions {
  readonly folder: string;
  readonly clock: Pick<Clock, 'wall'>;
  /** Seals the file with AES-256-GCM under a key derived by scrypt. */
  readonly passphrase?: string;
}

export const KEY_FILE = 'site-keys.json';

/**
 * Opens the key ring in `folder`, which must exist; makes the first key when there is none. The file has mode 0600.
 * @throws WatchkeeperError CONFIG_INVALID when the file is damaged or the passphrase is wrong or missing.
 */
export async function openKeyRing({ folder, clock, passphrase }: KeyRingOptions): Promise<KeyRing> {
  const file = { path: join(folder, KEY_FILE), passphrase };
  const keys = new Map<string, RingKey>();
  const stored = await readKeyFile(file);
  for (const each of stored?.keys ?? []) add(keys, fromStored(each));
  const save = (next: ReadonlyMap<string, RingKey>): Promise<void> =>
    writeKeyFile(file, [...next.values()].map(toStored));
  if (keys.size === 0) add(keys, newKey(clock.wall()));
  // A passphrase that is given for the first time seals what was there.
  if (stored === undefined || (passphrase !== undefined && !stored.isSealed)) await save(keys);
  return ringOf({ keys, clock, save });
}

interface RingKey extends SiteKey {
  readonly privateKey: KeyObject;
}

interface Ring {
  readonly keys: Map<string, RingKey>;
  readonly clock: Pick<Clock, 'wall'>;
  save(keys: ReadonlyMap<string, RingKey>): Promise<void>;
}

function ringOf({ keys, clock, save }: Ring): KeyRing {
  const find = (id: string): SiteKey | undefined => publicPart(keys.get(id));
  const current = (): SiteKey => inForce([...keys.values()], clock.wall());
  return {
    current,
    find,
    list: () => [...keys.keys()].flatMap((id) => find(id) ?? []),
    privateKey: (id) => keys.get(id)?.privateKey,
    async rotate({ notBefore = clock.wall() } = {}) {
      const key = newKey(notBefore);
      await save(new Map(keys).set(key.id, key));
      add(keys, key);
      return { id: key.id, publicKey: key.publicKey, notBefore };
    },
    async destroy(id) {
      if (!keys.has(id)) throw new WatchkeeperError('NOT_FOUND', `There is no site key "${id}".`);
      if (current().id === id) {
        throw new WatchkeeperError('CONFLICT', `The site key "${id}" is in force.`, {
          fix: 'Rotate the key first.',
        });
      }
      const rest = new Map(keys);
      rest.delete(id);
      await save(rest);
      keys.delete(id);
    },
  };
}

/** The youngest key whose time has come; the oldest when the clock stands before all of them. */
function inForce(keys: readonly SiteKey[], now: number): SiteKey {
  const [first, ...others] = keys;
  if (first === undefined) throw new WatchkeeperError('INTERNAL', 'The key ring is empty.');
  let best = first;
  for (const key of others) {
    if (key.notBefore <= now && key.notBefore >= best.notBefore) best = key;
  }
  return { id: best.id, publicKey: best.publicKey, notBefore: best.notBefore };
}

function publicPart(key: RingKey | undefined): SiteKey | undefined {
  return key && { id: key.id, publicKey: key.publicKey, notBefore: key.notBefore };
}

function add(keys: Map<string, RingKey>, key: RingKey): void {
  keys.set(key.id, key);
}

function newKey(notBefore: number): RingKey {
  const { privateKey } = generateKeyPairSync('x25519');
  const publicKey = rawPublicKey(privateKey);
  return { id: keyIdOf(publicKey), publicKey, notBefore, privateKey };
}

function fromStored({ privateKey: raw, notBefore }: StoredKey): RingKey {
  const privateKey = importPrivateKey('x25519', raw);
  const publicKey = rawPublicKey(privateKey);
  return { id: keyIdOf(publicKey), publicKey, notBefore, privateKey };
}

function toStored({ privateKey, notBefore }: RingKey): StoredKey {
  return { privateKey: rawPrivateKey(privateKey), notBefore };
}
