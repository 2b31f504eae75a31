import { WatchkeeperError } from '../../../core/errors.ts';

/** What is not zstd, or uses of it what is not understood. */
export function malformedZstd(): WatchkeeperError {
  return new WatchkeeperError('PAYLOAD_INVALID', 'The bytes are not valid zstd.', {
    fix: 'Compress them anew, without a dictionary and with a window of 128 MiB at most.',
  });
}
