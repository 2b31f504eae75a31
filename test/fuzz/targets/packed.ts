import assert from 'node:assert/strict';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { decodeLz4 } from '../../../src/gateway/kafka/lz4.ts';
import { decodeZstd } from '../../../src/wire/inputs/zstd/decode-zstd.ts';
import { zstdStream } from '../../../src/wire/inputs/zstd/zstd-stream.ts';
import type { FuzzTarget } from '../target.ts';

/** What an unpacked body may hold here. */
const MOST = 1_048_576;

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** Six lines of JSON, packed by the programs zstd -19 and lz4. */
const ZSTD_LINES =
  'KLUv/WQhASUEACKHGBlwzwNQiva28TbyJXJNAMCWlDKR8+XTW08EDx2Eb3hv6Oact2/NPf8HLrZ2skphMbKlmRCLyDKfWk2jutPOgogSlsxIDgd8n3spS66UopUDTrxlt3w/vAVvAX4/S6ZOM7EVEKAQuLv+3wHQuwPbEVFMOC+YIyKMY4l7zBGI0jpPplnIKjY=';
const ZSTD_REPEATED = 'KLUv/QRYRQAAEGFhAQA/ARawyV/B';
const LZ4_LINES =
  'BCJNGGRAp7QAAAD+S3sidGltZSI6IjIwMjYtMDEtMDFUMTI6MDA6MDFaIiwibGV2ZWwiOiJlcnJvciIsIm1zZyI6IlpxOUNhbmFyeVBheWxvYWRYNyBwYWlkIDc3IGJ5IGFubiJ9CloAFDJaAB8yWgAfPzE1NFsACRQzWwAfM1sAHz8yMzFbAAkUNFsAHzRbAB8/MzA4WwAJFDVbAB81WwAgLzg1WwAJFDZbAB82WwAf0DQ2MiBieSBhbm4ifQoAAAAABI9law==';

/** Bodies and batches of zstd at once, and the same bytes as a file. */
export const zstd: FuzzTarget = {
  seeds: [base64(ZSTD_LINES), base64(ZSTD_REPEATED)],
  run: async (input) => {
    const whole = await decodeZstd(input, MOST).catch((error: unknown) => error);
    const streamed = await unpackedStream(input).catch((error: unknown) => error);
    if (isWatchkeeperError(whole, 'TOO_LARGE')) return 'too large';
    if (!Buffer.isBuffer(whole)) throw whole;
    assert.ok(Buffer.isBuffer(streamed) && whole.equals(streamed));
    return whole.length;
  },
};

/** What a reader of a file gets, until it has had enough. */
async function unpackedStream(input: Uint8Array): Promise<Buffer> {
  const stream = zstdStream();
  stream.end(input);
  const parts: Buffer[] = [];
  let total = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part);
    total += part.length;
    if (total > MOST) break;
  }
  return Buffer.concat(parts);
}

/** Batches of Kafka. */
export const lz4: FuzzTarget = {
  seeds: [base64(LZ4_LINES)],
  run: (input) => decodeLz4(Buffer.from(input), MOST).length,
};
