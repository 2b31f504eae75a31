import type { Lane } from '../model/frame.ts';
import { utf8 } from '../security/bytes.ts';

/** Which sealing session: its parts are the HPKE `info`. */
export interface SealScope {
  readonly site: string;
  /** Device id, or for service groups the gateway's id. */
  readonly device: string;
  readonly epoch: number;
}

/** HPKE `info` of a watch's epoch. */
export function sealInfo({ site, device, epoch }: SealScope): Uint8Array {
  return utf8(`watchkeeper.v1\0${site}\0${device}\0${epoch}`);
}

/** HPKE `info` of a gateway's epoch; never equal to that of a watch. */
export function groupInfo({ site, device, epoch }: SealScope): Uint8Array {
  return utf8(`watchkeeper.v1 group\0${site}\0${device}\0${epoch}`);
}

/** What follows the 20 header bytes in the associated data. */
export function aadSuffix({ site, device }: Pick<SealScope, 'site' | 'device'>): Uint8Array {
  return utf8(`${site}\0${device}`);
}

/** Exporter contexts of a lane, in HPKE's words. */
export function exporterContexts(lane: Lane): {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
} {
  const name = lane === 0 ? 'urgent' : 'bulk';
  return { key: utf8(`${name} key`), nonce: utf8(`${name} nonce`) };
}

export const LANE_KEY_BYTES = 32;
export const LANE_NONCE_BYTES = 12;

/** Writes `base` XOR `seq` (96-bit big-endian) to `target`; a nonce per (lane, seq). */
export function writeNonce(target: Uint8Array, base: Uint8Array, seq: number): void {
  target.set(base);
  let rest = seq;
  for (let index = LANE_NONCE_BYTES - 1; rest > 0; index -= 1) {
    target[index] = (target[index] ?? 0) ^ (rest % 256);
    rest = Math.floor(rest / 256);
  }
}
