import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { WatchkeeperError } from '../../core/errors.ts';

const NONCE = 12;
const TAG = 16;

/**
 * Cursors that say nothing to who holds them and work for nobody else: plain
 * ones name the last item of a page, which its reader may not be allowed to
 * see. AES-256-GCM under a key of this process: after a restart a listing
 * starts anew.
 */
export class SealedCursors {
  readonly #key: Uint8Array;
  readonly #random: (bytes: number) => Uint8Array;

  constructor(random: (bytes: number) => Uint8Array = randomBytes) {
    this.#random = random;
    this.#key = random(32);
  }

  /** @param owner whose it is, and of which listing */
  seal(cursor: string, owner: string): string {
    const nonce = this.#random(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(owner));
    const body = Buffer.concat([cipher.update(cursor, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws QUERY_INVALID for a cursor that was not sealed here for this owner */
  open(sealed: string, owner: string): string {
    const bytes = Buffer.from(sealed, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE), {
        authTagLength: TAG,
      })
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(-TAG));
      const body = bytes.subarray(NONCE, -TAG);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new WatchkeeperError('QUERY_INVALID', 'This cursor is not one of this token.', {
        fix: 'Start the listing again without a cursor.',
        cause,
      });
    }
  }
}
