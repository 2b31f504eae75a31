import { WatchkeeperError } from '../../core/errors.ts';

/** One device in a snapshot part. */
export interface SessionRow {
  readonly device: string;
  readonly epoch: number;
  readonly urgent: number;
  readonly bulk: number;
  readonly seal: number;
  readonly signedAt: number;
}

const VERSION = 1;
/** Length of the id, epoch, four doubles. */
const FIXED = 1 + 4 + 4 * 8;

/** Rows as bytes: a version, then for each its id (length first), epoch (u32) and four doubles, big-endian. */
export function writeSessionPart(rows: readonly SessionRow[]): Uint8Array {
  const size = rows.reduce((sum, row) => sum + FIXED + Buffer.byteLength(row.device), 1);
  const bytes = Buffer.alloc(size);
  let at = bytes.writeUInt8(VERSION, 0);
  for (const row of rows) {
    at = bytes.writeUInt8(Buffer.byteLength(row.device), at);
    at += bytes.write(row.device, at);
    at = bytes.writeUInt32BE(row.epoch, at);
    for (const value of [row.urgent, row.bulk, row.seal, row.signedAt]) {
      at = bytes.writeDoubleBE(value, at);
    }
  }
  return bytes;
}

/** @throws WatchkeeperError STORE_CORRUPT when the bytes end early or have another version. */
export function readSessionPart(state: Uint8Array): readonly SessionRow[] {
  const bytes = Buffer.from(state.buffer, state.byteOffset, state.byteLength);
  if (bytes[0] !== VERSION) {
    throw new WatchkeeperError('STORE_CORRUPT', `Expected version ${VERSION} of a session part.`);
  }
  const rows: SessionRow[] = [];
  let at = 1;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    const end = at + FIXED + length;
    if (end > bytes.length) {
      throw new WatchkeeperError(
        'STORE_CORRUPT',
        `A session part ends inside a row at byte ${at}.`,
      );
    }
    rows.push(readRow(bytes, at, length));
    at = end;
  }
  return rows;
}

function readRow(bytes: Buffer, start: number, length: number): SessionRow {
  const at = start + 1 + length;
  return {
    device: bytes.toString('utf8', start + 1, at),
    epoch: bytes.readUInt32BE(at),
    urgent: bytes.readDoubleBE(at + 4),
    bulk: bytes.readDoubleBE(at + 12),
    seal: bytes.readDoubleBE(at + 20),
    signedAt: bytes.readDoubleBE(at + 28),
  };
}
