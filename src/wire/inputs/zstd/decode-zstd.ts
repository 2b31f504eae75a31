import { setImmediate as turn } from 'node:timers/promises';
import { WatchkeeperError } from '../../../core/errors.ts';
import { ZstdDecoder } from './zstd-decoder.ts';

/** Blocks that are unpacked in one turn of the event loop: some 512 KiB, a few milliseconds. */
const BLOCKS_IN_TURN = 4;

/**
 * Unpacks a whole body, giving others their turn.
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE (more than `maxBytes`, found out as soon as it is so)
 */
export async function decodeZstd(bytes: Uint8Array, maxBytes: number): Promise<Buffer> {
  const decoder = new ZstdDecoder();
  const parts: Buffer[] = [];
  let total = 0;
  let blocks = 0;
  for (const part of decoder.push(bytes)) {
    total += part.length;
    if (total > maxBytes) {
      throw new WatchkeeperError('TOO_LARGE', `Larger than ${maxBytes} bytes when decompressed.`, {
        fix: 'Send smaller batches.',
      });
    }
    if (part.length > 0) parts.push(part);
    blocks += 1;
    if (blocks % BLOCKS_IN_TURN === 0) await turn();
  }
  decoder.end();
  return Buffer.concat(parts);
}
