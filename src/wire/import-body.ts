import { WatchkeeperError } from '../core/errors.ts';

/** Media type of a body of pieces. */
export const IMPORT_TYPE = 'application/vnd.watchkeeper.import';

/** Records of one stretch of a file, in order; the stretch begins where the piece before it ends. */
export interface ImportPiece {
  /** Where the stretch ends, exclusive. */
  readonly to: number;
  readonly check: string;
  /** Msgpack array of records. */
  readonly payload: Uint8Array;
}

/** Bytes of one payload at most, so that a piece fits a journal entry. */
export const IMPORT_PIECE_BYTES = 56 * 1024;

/** In front of each payload: end (8 bytes), length of the check (1), length of the payload (4), check. */
const FIXED = 8 + 1 + 4;

export function encodeImport(pieces: readonly ImportPiece[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { to, check, payload } of pieces) {
    const head = Buffer.alloc(FIXED + check.length);
    head.writeBigUInt64BE(BigInt(to), 0);
    head.writeUInt8(check.length, 8);
    head.writeUInt32BE(payload.length, 9);
    head.write(check, FIXED, 'latin1');
    parts.push(head, payload);
  }
  return Buffer.concat(parts);
}

/** Payloads are views of `body`. @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE */
export function decodeImport(body: Uint8Array): readonly ImportPiece[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const pieces: ImportPiece[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + FIXED > bytes.length) throw malformed();
    const to = Number(bytes.readBigUInt64BE(at));
    const textEnd = at + FIXED + bytes.readUInt8(at + 8);
    const end = textEnd + bytes.readUInt32BE(at + 9);
    if (end > bytes.length || !Number.isSafeInteger(to)) throw malformed();
    if (end - textEnd > IMPORT_PIECE_BYTES) throw tooLarge();
    const check = bytes.toString('latin1', at + FIXED, textEnd);
    pieces.push({ to, check, payload: bytes.subarray(textEnd, end) });
    at = end;
  }
  return pieces;
}

function malformed(): WatchkeeperError {
  return new WatchkeeperError('PAYLOAD_INVALID', 'The body is not a row of whole pieces.');
}

function tooLarge(): WatchkeeperError {
  return new WatchkeeperError('TOO_LARGE', `A piece is above ${IMPORT_PIECE_BYTES / 1024} KiB.`, {
    fix: 'Cut it into smaller ones.',
  });
}
