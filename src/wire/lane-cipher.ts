import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { WatchkeeperError } from '../core/errors.ts';
import type { Lane } from '../model/frame.ts';
import type { HpkeContext } from '../security/hpke.ts';
import { HEADER_BYTES, TAG_BYTES, writeHeader, type FrameHeader } from './frame.ts';
import {
  aadSuffix,
  exporterContexts,
  LANE_KEY_BYTES,
  LANE_NONCE_BYTES,
  writeNonce,
  type SealScope,
} from './seal-context.ts';

/** AES-256-GCM of one lane of one epoch. Not safe across threads; reuses its scratch space. */
export interface LaneCipher {
  /** A whole frame: header, ciphertext, tag. Sealing another plaintext under the same seq breaks the cipher: never do. */
  seal(header: Omit<FrameHeader, 'length'>, plaintext: Uint8Array): Uint8Array;
  /** The plaintext of a whole frame with sequence number `seq`. @throws WatchkeeperError SEAL_INVALID */
  open(frame: Uint8Array, seq: number): Uint8Array;
}

/** Derives a lane's key and base nonce from an HPKE context. */
export function createLaneCipher(
  context: Pick<HpkeContext, 'export'>,
  lane: Lane,
  scope: Pick<SealScope, 'site' | 'device'>,
): LaneCipher {
  const names = exporterContexts(lane);
  return laneCipherFromKey({
    key: createSecretKey(context.export(names.key, LANE_KEY_BYTES)),
    baseNonce: context.export(names.nonce, LANE_NONCE_BYTES),
    suffix: aadSuffix(scope),
  });
}

interface LaneSecrets {
  readonly key: KeyObject;
  readonly baseNonce: Uint8Array;
  readonly suffix: Uint8Array;
}

const OPTIONS = { authTagLength: TAG_BYTES };

function laneCipherFromKey({ key, baseNonce, suffix }: LaneSecrets): LaneCipher {
  const nonce = new Uint8Array(LANE_NONCE_BYTES);
  const aad = new Uint8Array(HEADER_BYTES + suffix.length);
  aad.set(suffix, HEADER_BYTES);
  return {
    seal(header, plaintext) {
      const length = plaintext.length + TAG_BYTES;
      const frame = new Uint8Array(HEADER_BYTES + length);
      writeHeader(frame, { ...header, length });
      aad.set(frame.subarray(0, HEADER_BYTES));
      writeNonce(nonce, baseNonce, header.seq);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, OPTIONS);
      cipher.setAAD(aad);
      frame.set(cipher.update(plaintext), HEADER_BYTES);
      cipher.final();
      frame.set(cipher.getAuthTag(), frame.length - TAG_BYTES);
      return frame;
    },
    open(frame, seq) {
      const end = frame.length - TAG_BYTES;
      aad.set(frame.subarray(0, HEADER_BYTES));
      writeNonce(nonce, baseNonce, seq);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, OPTIONS);
        decipher.setAAD(aad);
        decipher.setAuthTag(frame.subarray(end));
        const plaintext = decipher.update(frame.subarray(HEADER_BYTES, end));
        decipher.final();
        return plaintext;
      } catch {
        throw new WatchkeeperError('SEAL_INVALID', 'The sealed frame is not authentic.');
      }
    },
  };
}
