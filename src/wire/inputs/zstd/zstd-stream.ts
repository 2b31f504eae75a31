import { Duplex } from 'node:stream';
import { ZstdDecoder } from './zstd-decoder.ts';

/**
 * Unpacks a stream of zstd, however long, in memory of twice its window: a
 * block is unpacked when its reader has room for it. Fails with PAYLOAD_INVALID.
 */
export function zstdStream(): Duplex {
  return Duplex.from(unpacked);
}

async function* unpacked(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new ZstdDecoder();
  for await (const bytes of packed) {
    for (const block of decoder.push(bytes)) if (block.length > 0) yield block;
  }
  decoder.end();
}
