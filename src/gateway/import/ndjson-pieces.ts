import { WatchkeeperError } from '../../core/errors.ts';
import type { WireRecord } from '../../model/wire-record.ts';
import { IMPORT_PIECE_BYTES, type ImportPiece } from '../../wire/import-body.ts';
import { encodeRecords, readJsonItems } from '../../wire/records/intake.ts';

/** Less than a piece may have, as each record is flagged besides. */
const PAYLOAD_BYTES = IMPORT_PIECE_BYTES - 8 * 1024;
const MOST_RECORDS = 256;

/**
 * Cuts NDJSON into pieces; a position counts the lines that are not blank.
 * @throws WatchkeeperError TOO_LARGE for a record that does not fit a piece, or too many of them
 */
export function ndjsonPieces(body: Uint8Array, from: number): readonly ImportPiece[] {
  // What is no JSON is no map either, and is refused as such in its place.
  const items = readJsonItems(body, 'ndjson').map((item) =>
    typeof item === 'symbol' ? null : item,
  ) as readonly WireRecord[];
  const pieces: ImportPiece[] = [];
  let to = from;
  const add = (some: readonly WireRecord[]): void => {
    const payload = encodeRecords(some);
    if (payload.length <= PAYLOAD_BYTES) {
      to += some.length;
      pieces.push({ to, check: '', payload });
      return;
    }
    if (some.length === 1) throw tooLarge();
    const half = some.length >> 1;
    add(some.slice(0, half));
    add(some.slice(half));
  };
  for (let at = 0; at < items.length; at += MOST_RECORDS) add(items.slice(at, at + MOST_RECORDS));
  return pieces;
}

function tooLarge(): WatchkeeperError {
  return new WatchkeeperError('TOO_LARGE', `A record is above ${PAYLOAD_BYTES / 1024} KiB.`);
}
