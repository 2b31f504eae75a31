import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { WatchkeeperError } from '../../core/errors.ts';
import { decodeZstd } from '../../wire/inputs/zstd/decode-zstd.ts';

type Decode = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const gunzip: Decode = promisify(zlib.gunzip);
const inflate: Decode = promisify(zlib.inflate);
const inflateRaw: Decode = promisify(zlib.inflateRaw);
/** Newer versions of Node only. */
const { zstdDecompress } = zlib as { readonly zstdDecompress?: typeof zlib.gunzip };
const unzstd: Decode =
  zstdDecompress === undefined
    ? (bytes, { maxOutputLength }) => decodeZstd(bytes, maxOutputLength)
    : promisify(zstdDecompress);

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', (bytes, options) => (hasZlibHeader(bytes) ? inflate : inflateRaw)(bytes, options)],
  ['zstd', unzstd],
]);

/** Content codings that a body may have. */
export const CODINGS: readonly string[] = [...DECODERS.keys()];

/** Repetitive logs shrink to a hundredth; beyond {@link FREE_BYTES} more than this is a bomb. */
const MAX_RATIO = 500;
const FREE_BYTES = 1_048_576;
/** Bodies that are decompressed at the same time, which bounds memory and threads. */
const MAX_AT_ONCE = 64;

/** Undoes the content codings of bodies, a bounded number at a time. */
export class ContentDecoder {
  #atOnce = 0;

  /**
   * The body as it was before its coding; itself when it has none of
   * {@link CODINGS}. Output is produced piece by piece, and given up at once
   * when it exceeds the limit or the ratio.
   * @throws WatchkeeperError BAD_REQUEST | TOO_LARGE | RATE_LIMITED
   */
  async decode(body: Buffer, coding: string | undefined, maxBytes: number): Promise<Buffer> {
    const decode = DECODERS.get(coding?.trim().toLowerCase() ?? '');
    if (decode === undefined) return body;
    if (this.#atOnce >= MAX_AT_ONCE) throw tooManyAtOnce();
    const maxOutputLength = Math.min(maxBytes, Math.max(FREE_BYTES, body.length * MAX_RATIO));
    this.#atOnce += 1;
    try {
      return await decode(body, { maxOutputLength });
    } catch (error) {
      // What zlib says beyond this may quote the body.
      const { code } = error as NodeJS.ErrnoException;
      const isTooLarge = code === 'ERR_BUFFER_TOO_LARGE' || code === 'TOO_LARGE';
      throw isTooLarge ? tooLarge(maxOutputLength) : notAsStated();
    } finally {
      this.#atOnce -= 1;
    }
  }
}

function notAsStated(): WatchkeeperError {
  return new WatchkeeperError('BAD_REQUEST', 'The body is not what its Content-Encoding says.', {
    fix: 'Send it whole and compressed as stated.',
  });
}

/** `deflate` is zlib's format (RFC 9110, section 8.4.1.2), but some senders leave its header out. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

function tooLarge(maxBytes: number): WatchkeeperError {
  return new WatchkeeperError('TOO_LARGE', `Larger than ${maxBytes} bytes when decompressed.`, {
    fix: 'Send smaller batches.',
  });
}

function tooManyAtOnce(): WatchkeeperError {
  return new WatchkeeperError('RATE_LIMITED', 'Too many bodies are being decompressed.', {
    fix: 'Send the same body again after the time in Retry-After.',
  });
}
