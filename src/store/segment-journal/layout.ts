import { crc32 } from 'node:zlib';

/*
 * A segment file, all numbers big-endian:
 *
 *   0    header    'WKJOURNL' · u32 format · 16 B journal id · zeros · u32 CRC of 0..60
 *   64   close     zeros, or 'WKCLOSED' · u64 last lsn · u64 end · zeros · u32 CRC of 64..124
 *   128  groups    one per commit, end to end (group.ts)
 *   end  zeros     reserved for the groups to come
 *
 * The file's name is the lsn of its first entry.
 */
export const FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 128;
export const CLOSE_MARK_AT = 64;
const BLOCK = 64;
const HEADER_MAGIC = 'WKJOURNL';
const CLOSE_MAGIC = 'WKCLOSED';

/**
 * What ties groups to one journal. Both come from the random id, so that no
 * body can hold bytes that pass for a group of this journal.
 */
export interface Identity {
  readonly id: Uint8Array;
  /** The first 8 bytes of every group. */
  readonly mark: Buffer;
  /** Start value of every group's checksum. */
  readonly seed: number;
}

/** Evidence, left by a clean close, of how far the segment's durable entries reach. */
export interface CloseMark {
  readonly lastLsn: number;
  readonly end: number;
}

export type SegmentHeader =
  | {
      readonly ok: true;
      readonly id: Uint8Array;
      readonly closed: CloseMark | undefined | 'damaged';
    }
  | { readonly ok: false; readonly reason: string };

export function identityOf(id: Uint8Array): Identity {
  return { id, mark: Buffer.from(id.subarray(0, 8)), seed: crc32(id) };
}

export function segmentName(firstLsn: number): string {
  return `${String(firstLsn).padStart(16, '0')}.wkj`;
}

/** The first lsn in a segment's name; undefined for other files. */
export function lsnOfName(name: string): number | undefined {
  return /^\d{16}\.wkj$/.test(name) ? Number(name.slice(0, 16)) : undefined;
}

/** Header and empty close mark of a new segment. */
export function encodeSegmentHeader(id: Uint8Array): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.write(HEADER_MAGIC, 0, 'latin1');
  bytes.writeUInt32BE(FORMAT_VERSION, 8);
  bytes.set(id, 12);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, BLOCK - 4)), BLOCK - 4);
  return bytes;
}

export function decodeSegmentHeader(bytes: Buffer): SegmentHeader {
  if (bytes.length < SEGMENT_HEADER_BYTES) return { ok: false, reason: 'the header is cut off' };
  if (bytes.toString('latin1', 0, 8) !== HEADER_MAGIC) {
    return { ok: false, reason: 'it does not start as a segment does' };
  }
  if (bytes.readUInt32BE(BLOCK - 4) !== crc32(bytes.subarray(0, BLOCK - 4))) {
    return { ok: false, reason: 'the header does not match its checksum' };
  }
  const format = bytes.readUInt32BE(8);
  if (format !== FORMAT_VERSION) return { ok: false, reason: `its format "${format}" is unknown` };
  return { ok: true, id: Uint8Array.from(bytes.subarray(12, 28)), closed: decodeCloseMark(bytes) };
}

/** The 64 bytes at `CLOSE_MARK_AT`. They lie in one sector, so they are written whole or not at all. */
export function encodeCloseMark({ lastLsn, end }: CloseMark): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.write(CLOSE_MAGIC, 0, 'latin1');
  bytes.writeBigUInt64BE(BigInt(lastLsn), 8);
  bytes.writeBigUInt64BE(BigInt(end), 16);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, BLOCK - 4)), BLOCK - 4);
  return bytes;
}

function decodeCloseMark(header: Buffer): CloseMark | undefined | 'damaged' {
  const bytes = header.subarray(CLOSE_MARK_AT, CLOSE_MARK_AT + BLOCK);
  if (bytes.every((byte) => byte === 0)) return undefined;
  const isWhole =
    bytes.toString('latin1', 0, 8) === CLOSE_MAGIC &&
    bytes.readUInt32BE(BLOCK - 4) === crc32(bytes.subarray(0, BLOCK - 4));
  if (!isWhole) return 'damaged';
  return { lastLsn: Number(bytes.readBigUInt64BE(8)), end: Number(bytes.readBigUInt64BE(16)) };
}
