import { createHash, sign, type KeyObject } from 'node:crypto';
import { devicePrivateKeyObject } from '../security/device-key.ts';
import { AES_256_GCM, hpkeSend } from '../security/hpke.ts';
import type { Lane } from '../model/frame.ts';
import { createLaneCipher, type LaneCipher } from '../wire/lane-cipher.ts';
import {
  exporterContexts,
  LANE_KEY_BYTES,
  LANE_NONCE_BYTES,
  sealInfo,
  type SealScope,
} from '../wire/seal-context.ts';
import { joinSecrets, splitSecrets } from './lane-secrets.ts';
import type { EpochSeal, WatchCrypto } from './ports.ts';

/** Cryptography of a watch on node:crypto. `ephemeral` fixes the HPKE key pair; only tests and test vectors do. */
export function nodeCrypto(privateKey: Uint8Array | KeyObject, ephemeral?: KeyObject): WatchCrypto {
  const identity = devicePrivateKeyObject(privateKey);
  return {
    openEpoch(scope, recipient) {
      const fixed = ephemeral === undefined ? {} : { ephemeral };
      const info = sealInfo(scope);
      const { enc, context } = hpkeSend({ recipient, info, aead: AES_256_GCM, ...fixed });
      const secrets = ([0, 1] as const).map((lane) => {
        const names = exporterContexts(lane);
        return {
          key: context.export(names.key, LANE_KEY_BYTES),
          baseNonce: context.export(names.nonce, LANE_NONCE_BYTES),
        };
      });
      return epochSeal(scope, enc, joinSecrets(secrets));
    },
    resumeEpoch: (scope, { enc, secrets }) => epochSeal(scope, enc, secrets),
    sign: (input) => sign(null, input, identity),
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  };
}

function epochSeal(scope: SealScope, enc: Uint8Array, secrets: Uint8Array): EpochSeal {
  const lanes = [laneCipher(scope, secrets, 0), laneCipher(scope, secrets, 1)] as const;
  const seal: EpochSeal['seal'] = (header, plaintext) => lanes[header.lane].seal(header, plaintext);
  return { enc, secrets, seal };
}

function laneCipher(scope: SealScope, secrets: Uint8Array, lane: Lane): LaneCipher {
  const { key, baseNonce } = splitSecrets(secrets, lane);
  const exported = (_: Uint8Array, length: number): Uint8Array =>
    length === LANE_KEY_BYTES ? key : baseNonce;
  return createLaneCipher({ export: exported }, lane, scope);
}
