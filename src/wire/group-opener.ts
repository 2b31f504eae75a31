import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { WatchkeeperError } from '../core/errors.ts';
import { concatBytes, utf8 } from '../security/bytes.ts';
import type { HpkeContext } from '../security/hpke.ts';
import { TAG_BYTES } from './frame.ts';
import { readGroup } from './group-body.ts';
import { groupInfo, LANE_NONCE_BYTES, writeNonce } from './seal-context.ts';

export interface OpenedGroup {
  readonly service: string;
  readonly payload: Uint8Array;
  readonly gateway: string;
  readonly epoch: number;
  readonly seq: number;
}

/** Sets up HPKE as the recipient. @throws WatchkeeperError KEY_UNKNOWN | SEAL_INVALID */
export type Receive = (keyId: string, enc: Uint8Array, info: Uint8Array) => HpkeContext;

interface GroupSession {
  readonly key: KeyObject;
  readonly baseNonce: Uint8Array;
}

/** Gateways whose keys are kept ready; more of them cost a key agreement per change. */
const MAX_SESSIONS = 64;

/** Opens `group` bodies, keeping the keys of the gateways seen last. */
export function createGroupOpener(
  site: string,
  receive: Receive,
): (body: Uint8Array) => OpenedGroup {
  const sessions = new Map<string, GroupSession>();
  const suffix = utf8(site);
  const nonce = new Uint8Array(LANE_NONCE_BYTES);
  return (body) => {
    const { header, sessionEnd, headerEnd } = readGroup(body);
    const { keyId, enc, epoch, gateway, seq, service } = header;
    const name = Buffer.from(body.buffer, body.byteOffset, sessionEnd).toString('latin1');
    let session = sessions.get(name);
    if (session === undefined) {
      const context = receive(keyId, enc, groupInfo({ site, device: gateway, epoch }));
      session = { key: createSecretKey(context.key), baseNonce: context.baseNonce };
    }
    writeNonce(nonce, session.baseNonce, seq);
    const aad = concatBytes(body.subarray(0, headerEnd), suffix);
    const payload = decrypt({ key: session.key, nonce, aad, sealed: body.subarray(headerEnd) });
    // Only what proved authentic may take a place.
    sessions.set(name, session);
    if (sessions.size > MAX_SESSIONS) sessions.delete(sessions.keys().next().value ?? '');
    return { service, payload, gateway, epoch, seq };
  };
}

interface Decrypt {
  readonly key: KeyObject;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly sealed: Uint8Array;
}

function decrypt({ key, nonce, aad, sealed }: Decrypt): Uint8Array {
  const end = sealed.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(end));
    const payload = decipher.update(sealed.subarray(0, end));
    decipher.final();
    return payload;
  } catch {
    throw new WatchkeeperError('SEAL_INVALID', 'The sealed group is not authentic.');
  }
}
