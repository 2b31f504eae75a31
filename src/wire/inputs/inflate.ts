import { gunzipSync, inflateSync } from 'node:zlib';
import { WatchkeeperError } from '../../core/errors.ts';

/** How far a compressed body may grow. */
export interface InflateLimits {
  /** Bytes after decompression. */
  readonly maxBytes: number;
}

/** No log compresses better than this; a body below {@link FREE_BYTES} may. */
const MAX_RATIO = 64;
const FREE_BYTES = 1_048_576;

/**
 * Decompresses a body, and stops at the limit before it is passed: a bomb
 * costs no more memory than the largest body that is allowed. Members of gzip
 * that follow one another count as one body.
 * @throws WatchkeeperError FRAME_MALFORMED | FRAME_TOO_LARGE
 */
export function inflateBody(
  body: Uint8Array,
  format: 'gzip' | 'zlib',
  { maxBytes }: InflateLimits,
): Uint8Array {
  const most = Math.min(maxBytes, Math.max(FREE_BYTES, body.length * MAX_RATIO));
  try {
    const options = { maxOutputLength: most };
    return format === 'gzip' ? gunzipSync(body, options) : inflateSync(body, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new WatchkeeperError(
        'FRAME_TOO_LARGE',
        `A compressed body grows to more than ${most} bytes.`,
        { fix: 'Let the sender write smaller batches, or raise the limit of the input.' },
      );
    }
    throw new WatchkeeperError('FRAME_MALFORMED', `A compressed body is not valid ${format}.`);
  }
}
