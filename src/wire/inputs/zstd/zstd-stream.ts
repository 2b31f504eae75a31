import { Transform } from 'node:stream';
import { ZstdDecoder } from './zstd-decoder.ts';

/** Unpacks a stream of zstd, however long, in memory of twice its window. Fails with PAYLOAD_INVALID. */
export function zstdStream(): Transform {
  const decoder = new ZstdDecoder();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        for (const block of decoder.push(chunk)) if (block.length > 0) this.push(block);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        decoder.end();
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
