import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { WatchkeeperError } from '../core/errors.ts';
import { concatBytes, utf8 } from '../security/bytes.ts';
import { AES_256_GCM, hpkeSend } from '../security/hpke.ts';
import { TAG_BYTES } from './frame.ts';
import { encodeGroupSession, encodeGroupTurn, MAX_GROUP_BYTES } from './group-body.ts';
import { groupInfo, LANE_NONCE_BYTES, writeNonce } from './seal-context.ts';

export interface GroupSealerOptions {
  readonly site: string;
  readonly recipient: { readonly id: string; readonly publicKey: Uint8Array };
  /** Id of this gateway. */
  readonly gateway: string;
  /** Grows with every start of the gateway. */
  readonly epoch: number;
  /** X25519 private key to use once; a fresh one by default. Only tests fix it. */
  readonly ephemeral?: KeyObject;
}

export interface GroupSealer {
  /**
   * The body of a `group` journal entry, which names all that is needed to open it.
   * @throws WatchkeeperError TOO_LARGE when it has over 64 KiB.
   */
  seal(service: string, payload: Uint8Array): Uint8Array;
}

/** Seals what services send in clear to the site's key. Every sealer has keys of its own, so its counter starts at 1. */
export function createGroupSealer(options: GroupSealerOptions): GroupSealer {
  const { site, recipient, gateway, epoch, ephemeral } = options;
  const { enc, context } = hpkeSend({
    recipient: recipient.publicKey,
    info: groupInfo({ site, device: gateway, epoch }),
    aead: AES_256_GCM,
    ...(ephemeral === undefined ? {} : { ephemeral }),
  });
  const session = encodeGroupSession({ keyId: recipient.id, enc, epoch, gateway });
  const key = createSecretKey(context.key);
  const nonce = new Uint8Array(LANE_NONCE_BYTES);
  const suffix = utf8(site);
  let seq = 0;
  return {
    seal(service, payload) {
      const header = concatBytes(session, encodeGroupTurn(seq + 1, service));
      const size = header.length + payload.length + TAG_BYTES;
      if (size > MAX_GROUP_BYTES) {
        throw new WatchkeeperError('TOO_LARGE', `A group of ${size} bytes is above 64 KiB.`);
      }
      seq += 1;
      writeNonce(nonce, context.baseNonce, seq);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(concatBytes(header, suffix));
      const sealed = cipher.update(payload);
      cipher.final();
      return concatBytes(header, sealed, cipher.getAuthTag());
    },
  };
}
