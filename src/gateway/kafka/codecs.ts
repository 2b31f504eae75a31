import zlib from 'node:zlib';
import { decodeSnappy } from '../../wire/inputs/snappy.ts';
import { decodeZstd } from '../../wire/inputs/zstd/decode-zstd.ts';
import { decodeLz4 } from './lz4.ts';

interface Codec {
  compress(): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** Bytes of one batch of messages when decompressed. */
const MAX_BYTES = 67_108_864;
/** The frame that Java's snappy writes: this mark, 8 bytes of versions, then blocks with their lengths. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

/** Ways to read what kafkajs cannot, by the numbers of Kafka's protocol. */
export const CODECS: Readonly<Record<number, () => Codec>> = {
  2: () => codec(readSnappy),
  3: () => codec((bytes) => decodeLz4(bytes, MAX_BYTES)),
  4: () => codec(readZstd),
};

function codec(read: (bytes: Buffer) => Buffer | Promise<Buffer>): Codec {
  return {
    compress: () => Promise.reject(new Error('Nothing is written to Kafka.')),
    decompress: (bytes) =>
      new Promise((resolve) => {
        resolve(read(bytes));
      }),
  };
}

function readSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return decodeSnappy(bytes, MAX_BYTES);
  const blocks: Buffer[] = [];
  let room = MAX_BYTES;
  for (let at = XERIAL.length + 8; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    const block = decodeSnappy(bytes.subarray(at + 4, end), room);
    room -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
}

type Zstd = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

/** By Node where it can (22.15 and later). */
function readZstd(bytes: Buffer): Buffer | Promise<Buffer> {
  const { zstdDecompressSync } = zlib as unknown as { readonly zstdDecompressSync?: Zstd };
  if (zstdDecompressSync !== undefined) {
    return zstdDecompressSync(bytes, { maxOutputLength: MAX_BYTES });
  }
  return decodeZstd(bytes, MAX_BYTES);
}
