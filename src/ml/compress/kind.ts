import { invalidSnapshot } from '../model.ts';
import type { WatchkeeperError } from '../../core/errors.ts';

/** Of a compressed snapshot. */
export const COMPRESSED_KIND = 'compressed';

export function invalidCompressed(what: string): WatchkeeperError {
  return invalidSnapshot(COMPRESSED_KIND, what);
}
