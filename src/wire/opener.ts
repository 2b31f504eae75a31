import { WatchkeeperError } from '../core/errors.ts';
import type { KeyObject } from 'node:crypto';
import { AES_256_GCM, hpkeReceive, type HpkeContext } from '../security/hpke.ts';
import type { KeyRing } from '../security/key-ring.ts';
import { FRAME, HEADER_BYTES, readHeader } from './frame.ts';
import { createGroupOpener, type OpenedGroup } from './group-opener.ts';
import { verifyHello } from './hello.ts';
import { decodeJournalHello } from './journal-hello.ts';
import { createLaneCipher, type LaneCipher } from './lane-cipher.ts';
import { sealInfo } from './seal-context.ts';

/** What a snapshot keeps of a watch's epoch; plain data without secrets. */
export interface SealedSession {
  readonly epoch: number;
  readonly keyId: string;
  /** HPKE encapsulated key. */
  readonly enc: Uint8Array;
}

/** Lane keys of (device, epoch), in memory only. */
export interface OpenSession {
  readonly device: string;
  readonly epoch: number;
  readonly lanes: readonly [LaneCipher, LaneCipher];
}

/** The worker's end of end-to-end: the only place where what watches and gateways sealed becomes readable. */
export interface Opener {
  /**
   * Checks a journalled hello again, as the gateway is not trusted to have done so.
   * @throws WatchkeeperError SIGNATURE_INVALID | KEY_UNKNOWN | FRAME_MALFORMED
   */
  verifyHello(body: Uint8Array, device: string, publicKey: Uint8Array | KeyObject): SealedSession;
  /** Derives the lane keys. @throws WatchkeeperError KEY_UNKNOWN when the key was destroyed, SEAL_INVALID */
  session(device: string, sealed: SealedSession): OpenSession;
  /**
   * The plaintext of a whole data or gap frame. Does not check the order of sequence numbers.
   * @throws WatchkeeperError SEAL_INVALID | EPOCH_INVALID | FRAME_MALFORMED | FRAME_TOO_LARGE
   */
  open(session: OpenSession, frame: Uint8Array): Uint8Array;
  /** Opens the body of a `group` journal entry. @throws WatchkeeperError SEAL_INVALID | KEY_UNKNOWN | FRAME_MALFORMED */
  openGroup(body: Uint8Array): OpenedGroup;
}

export interface OpenerOptions {
  readonly site: string;
  readonly keyRing: Pick<KeyRing, 'find' | 'privateKey'>;
}

export function createOpener({ site, keyRing }: OpenerOptions): Opener {
  const receive = (keyId: string, enc: Uint8Array, info: Uint8Array): HpkeContext => {
    const publicKey = keyRing.find(keyId)?.publicKey;
    const privateKey = keyRing.privateKey(keyId);
    if (publicKey === undefined || privateKey === undefined) throw unknownKey(keyId);
    return hpkeReceive({ privateKey, publicKey, enc, info, aead: AES_256_GCM });
  };
  return {
    verifyHello(bytes, device, publicKey) {
      const { body, context } = decodeJournalHello(bytes);
      if (body.device !== device || !verifyHello(body, context, publicKey)) {
        throw new WatchkeeperError(
          'SIGNATURE_INVALID',
          `The hello of "${device}" is not signed by it.`,
        );
      }
      if (keyRing.find(body.key_id) === undefined) throw unknownKey(body.key_id);
      return { epoch: body.epoch, keyId: body.key_id, enc: body.enc };
    },
    session(device, { epoch, keyId, enc }) {
      const context = receive(keyId, enc, sealInfo({ site, device, epoch }));
      const scope = { site, device };
      const lanes = [
        createLaneCipher(context, 0, scope),
        createLaneCipher(context, 1, scope),
      ] as const;
      return { device, epoch, lanes };
    },
    open: openFrame,
    openGroup: createGroupOpener(site, receive),
  };
}

function openFrame(session: OpenSession, frame: Uint8Array): Uint8Array {
  const header = readHeader(frame);
  const isSealed = header.kind === FRAME.data || header.kind === FRAME.gap;
  if (!isSealed || frame.length !== HEADER_BYTES + header.length) {
    throw new WatchkeeperError('FRAME_MALFORMED', 'Expected one whole data or gap frame.');
  }
  if (header.epoch !== session.epoch) {
    throw new WatchkeeperError(
      'EPOCH_INVALID',
      `The frame is of epoch ${header.epoch}, the session of ${session.epoch}.`,
    );
  }
  return session.lanes[header.lane].open(frame, header.seq);
}

function unknownKey(keyId: string): WatchkeeperError {
  return new WatchkeeperError('KEY_UNKNOWN', `There is no site key "${keyId}".`, {
    fix: 'It was destroyed or belongs to another site; the watch opens a new epoch with the current key.',
  });
}
