import type { KeyObject } from 'node:crypto';
import type { FrameClass } from '../../src/model/frame.ts';
import { laneOf } from '../../src/model/frame.ts';
import { AES_256_GCM, hpkeSend } from '../../src/security/hpke.ts';
import { encodeControlFrame } from '../../src/wire/control.ts';
import { encodeFrame, FRAME } from '../../src/wire/frame.ts';
import { signHello } from '../../src/wire/hello.ts';
import type { HelloContext } from '../../src/wire/hello-input.ts';
import { createLaneCipher, type LaneCipher } from '../../src/wire/lane-cipher.ts';
import { sealInfo } from '../../src/wire/seal-context.ts';

export interface SiteKeyInfo {
  readonly site: string;
  readonly keyId: string;
  readonly publicKey: Uint8Array;
}

/** One epoch of a simulated device: seals ahead of time, so that a load generator only has to send. */
export class SealedDevice {
  readonly id: string;
  readonly epoch: number;
  readonly #enc: Uint8Array;
  readonly #lanes: readonly [LaneCipher, LaneCipher];
  readonly #site: SiteKeyInfo;
  readonly #seqs: [number, number] = [0, 0];

  constructor(id: string, epoch: number, site: SiteKeyInfo) {
    this.id = id;
    this.epoch = epoch;
    this.#site = site;
    const info = sealInfo({ site: site.site, device: id, epoch });
    const { enc, context } = hpkeSend({ recipient: site.publicKey, info, aead: AES_256_GCM });
    const scope = { site: site.site, device: id };
    this.#enc = enc;
    this.#lanes = [createLaneCipher(context, 0, scope), createLaneCipher(context, 1, scope)];
  }

  seal(payload: Uint8Array, frameClass: FrameClass): Uint8Array {
    const lane = laneOf(frameClass);
    this.#seqs[lane] += 1;
    const header = { kind: FRAME.data, frameClass, lane, epoch: this.epoch, seq: this.#seqs[lane] };
    return this.#lanes[lane].seal(header, payload);
  }

  /** The same frame in clear, for the raw limit: header, payload, and 16 bytes where the tag would be. */
  clear(payload: Uint8Array, frameClass: FrameClass): Uint8Array {
    const body = new Uint8Array(payload.length + 16);
    body.set(payload);
    const lane = laneOf(frameClass);
    return encodeFrame({ kind: FRAME.data, frameClass, lane, epoch: this.epoch, seq: 1 }, body);
  }

  hello(context: HelloContext, privateKey: KeyObject): Uint8Array {
    const body = signHello(
      {
        device: this.id,
        epoch: this.epoch,
        key_id: this.#site.keyId,
        enc: this.#enc,
        acked: [0, 0],
        firmware: 'bench',
        clock: Date.now(),
      },
      context,
      privateKey,
    );
    return encodeControlFrame(FRAME.hello, body);
  }
}
