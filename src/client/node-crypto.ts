import { createHash, sign, type KeyObject } from 'node:crypto';
import { devicePrivateKeyObject } from '../security/device-key.ts';
import { AES_256_GCM, hpkeSend } from '../security/hpke.ts';
import { createLaneCipher } from '../wire/lane-cipher.ts';
import { sealInfo } from '../wire/seal-context.ts';
import type { WatchCrypto } from './ports.ts';

/** Cryptography of a watch on node:crypto. `ephemeral` fixes the HPKE key pair; only tests and test vectors do. */
export function nodeCrypto(privateKey: Uint8Array | KeyObject, ephemeral?: KeyObject): WatchCrypto {
  const identity = devicePrivateKeyObject(privateKey);
  return {
    openEpoch(scope, recipient) {
      const fixed = ephemeral === undefined ? {} : { ephemeral };
      const info = sealInfo(scope);
      const { enc, context } = hpkeSend({ recipient, info, aead: AES_256_GCM, ...fixed });
      const lanes = [
        createLaneCipher(context, 0, scope),
        createLaneCipher(context, 1, scope),
      ] as const;
      return { enc, seal: (header, plaintext) => lanes[header.lane].seal(header, plaintext) };
    },
    sign: (input) => sign(null, input, identity),
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  };
}
