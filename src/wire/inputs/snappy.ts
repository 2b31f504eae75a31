import { WatchkeeperError } from '../../core/errors.ts';

/** The most that input can grow by: an element of 3 bytes copies at most 64. */
const MAX_RATIO = 22;

/**
 * Decodes one snappy block (github.com/google/snappy, format_description.txt):
 * the length as a varint, then literals and copies. Nothing is allocated for a
 * length that is over `maxBytes`, or that the input cannot come to.
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE
 */
export function decodeSnappy(bytes: Uint8Array, maxBytes: number): Buffer {
  const { length, at } = readLength(bytes);
  if (length > maxBytes) {
    throw new WatchkeeperError('TOO_LARGE', `Larger than ${maxBytes} bytes when decompressed.`, {
      fix: 'Send smaller batches.',
    });
  }
  if (length > bytes.length * MAX_RATIO) throw malformed();
  const out = Buffer.allocUnsafe(length);
  const written = decodeElements(bytes, at, out);
  if (written !== length) throw malformed();
  return out;
}

function readLength(bytes: Uint8Array): { readonly length: number; readonly at: number } {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = byteAt(bytes, at);
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, at: at + 1 };
  }
  throw malformed();
}

function decodeElements(bytes: Uint8Array, from: number, out: Buffer): number {
  let at = from;
  let written = 0;
  while (at < bytes.length) {
    const tag = byteAt(bytes, at);
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const length = extra === 0 ? (tag >> 2) + 1 : readLittle(bytes, at + 1, extra) + 1;
      at += 1 + extra;
      if (at + length > bytes.length || written + length > out.length) throw malformed();
      out.set(bytes.subarray(at, at + length), written);
      at += length;
      written += length;
    } else {
      const size = (tag & 3) === 1 ? 1 : (tag & 3) === 2 ? 2 : 4;
      const low = readLittle(bytes, at + 1, size);
      const isShort = size === 1;
      const offset = isShort ? ((tag >> 5) << 8) + low : low;
      copyBack(out, written, { offset, length: isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1 });
      written += isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      at += 1 + size;
    }
  }
  return written;
}

/** Byte by byte, as what is copied may reach into the copy. */
function copyBack(
  out: Buffer,
  to: number,
  { offset, length }: { readonly offset: number; readonly length: number },
): void {
  if (offset === 0 || offset > to || to + length > out.length) throw malformed();
  for (let index = to; index < to + length; index += 1) out[index] = out[index - offset] ?? 0;
}

function readLittle(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = 0; index < size; index += 1) value += byteAt(bytes, at + index) * 256 ** index;
  return value;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw malformed();
  return byte;
}

function malformed(): WatchkeeperError {
  return new WatchkeeperError('PAYLOAD_INVALID', 'The body is not a snappy block.', {
    fix: 'Send a snappy block (not the framing format), or JSON.',
  });
}
