import { equalBytes, hex } from '../security/bytes.ts';
import type { SiteKeyInfo, WatchCrypto } from './ports.ts';

export interface TrustOptions {
  /** Refuse any other site. */
  readonly site?: string;
  /** Raw X25519 keys to seal to. Without them the first key that the gateway names is believed. */
  readonly siteKeys?: readonly Uint8Array[];
}

/** `named` as a key that records may be sealed to: of the right site, pinned, and with the id that follows from it. */
export async function trustedKey(
  named: { readonly site: string; readonly key_id: string; readonly public_key: Uint8Array },
  { site, siteKeys, crypto }: TrustOptions & { readonly crypto: WatchCrypto },
): Promise<SiteKeyInfo | undefined> {
  const { key_id: keyId, public_key: publicKey } = named;
  const isPinned = siteKeys?.some((pinned) => equalBytes(pinned, publicKey)) ?? true;
  if (!isPinned || (site !== undefined && site !== named.site)) return undefined;
  const isGenuine = (await siteKeyId(publicKey, crypto)) === keyId;
  return isGenuine ? { site: named.site, keyId, publicKey } : undefined;
}

/** The first 32 hex digits of the key's SHA-256. */
export async function siteKeyId(publicKey: Uint8Array, crypto: WatchCrypto): Promise<string> {
  return hex((await crypto.sha256(publicKey)).subarray(0, 16));
}
