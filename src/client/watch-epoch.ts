import { WatchkeeperError } from '../core/errors.ts';
import type { SavedEpoch } from './buffer-store.ts';
import type { EpochSeal, EpochStorage, SiteKeyInfo, WatchCrypto } from './ports.ts';

/** An epoch that is open. */
export interface WatchEpoch extends SiteKeyInfo {
  readonly epoch: number;
  readonly seal: EpochSeal;
}

const HIGHEST = 0xffff_ffff;

/** Opens epochs, each with a number above all before it, which is stored before it is used. */
export class EpochSource {
  readonly #device: string;
  readonly #crypto: WatchCrypto;
  readonly #storage: EpochStorage;
  #highest = 0;

  constructor(device: string, crypto: WatchCrypto, storage: EpochStorage) {
    this.#device = device;
    this.#crypto = crypto;
    this.#storage = storage;
  }

  /** The highest epoch that this client knows to be used. */
  get highest(): number {
    return this.#highest;
  }

  /** The epoch that was open when the process ended. */
  async resume({ enc, secrets, ...saved }: SavedEpoch): Promise<WatchEpoch> {
    const { site, epoch } = saved;
    const scope = { site, device: this.#device, epoch };
    return { ...saved, seal: await this.#crypto.resumeEpoch(scope, { enc, secrets }) };
  }

  /** The next epoch will be at least `epoch`. */
  raiseTo(epoch: number): void {
    this.#highest = Math.max(this.#highest, epoch - 1);
  }

  /** @throws WatchkeeperError EPOCH_INVALID when no number is left. */
  async open(key: SiteKeyInfo): Promise<WatchEpoch> {
    const stored = (await this.#storage.load())?.epoch ?? 0;
    const epoch = Math.max(stored, this.#highest) + 1;
    if (epoch > HIGHEST) {
      throw new WatchkeeperError('EPOCH_INVALID', 'The watch has used its last epoch.', {
        fix: 'Enrol it again under a new id.',
      });
    }
    await this.#storage.save({ epoch });
    this.#highest = epoch;
    const scope = { site: key.site, device: this.#device, epoch };
    return { ...key, epoch, seal: await this.#crypto.openEpoch(scope, key.publicKey) };
  }
}

/** What a buffer store keeps of an epoch. */
export function savedEpoch({ epoch, site, keyId, publicKey, seal }: WatchEpoch): SavedEpoch {
  return { epoch, site, keyId, publicKey, enc: seal.enc, secrets: seal.secrets };
}
