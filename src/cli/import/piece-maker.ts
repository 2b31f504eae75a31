import type { WireRecord } from '../../model/wire-record.ts';
import { IMPORT_PIECE_BYTES, type ImportPiece } from '../../wire/import-body.ts';
import { encodeRecords } from '../../wire/records/intake.ts';

/** What a piece aims at, in characters of its lines: encoded it is about half as much again. */
const AIM = 28 * 1024;
const MOST_RECORDS = 1_000;

interface Placed {
  readonly record: WireRecord;
  readonly end: number;
}

/** Gathers records into pieces that fit a journal entry. */
export class PieceMaker {
  readonly #check: (end: number) => string;
  #placed: Placed[] = [];
  #size = 0;

  /** @param check tells a file by what stands before a position */
  constructor(check: (end: number) => string) {
    this.#check = check;
  }

  /** Adds the record of a line of `length` characters that ends at `end`; the pieces that are complete by it. */
  add(record: WireRecord, end: number, length: number): readonly ImportPiece[] {
    this.#placed.push({ record: flagged(record), end });
    this.#size += length + 60;
    return this.#size >= AIM || this.#placed.length >= MOST_RECORDS ? this.cut() : NONE;
  }

  /** What was gathered. To be called before the source of `check` lets go of the bytes. */
  cut(): readonly ImportPiece[] {
    const pieces: ImportPiece[] = [];
    if (this.#placed.length > 0) this.#encode(this.#placed, pieces);
    this.#placed = [];
    this.#size = 0;
    return pieces;
  }

  #encode(placed: readonly Placed[], pieces: ImportPiece[]): void {
    const payload = encodeRecords(placed.map(({ record }) => record));
    const to = placed.at(-1)?.end ?? 0;
    if (payload.length <= IMPORT_PIECE_BYTES) {
      pieces.push({ to, check: this.#check(to), payload });
    } else if (placed.length === 1) {
      this.#encode(
        placed.map(({ record, end }) => ({ record: shortened(record), end })),
        pieces,
      );
    } else {
      const half = placed.length >> 1;
      this.#encode(placed.slice(0, half), pieces);
      this.#encode(placed.slice(half), pieces);
    }
  }
}

const NONE: readonly ImportPiece[] = [];

function flagged(record: WireRecord): WireRecord {
  return { ...record, attributes: { ...record.attributes, backfill: true } };
}

/** Three bytes of UTF-8 each, this fits. */
const SHORT = 16_000;

function shortened({ message, attributes: _, ...record }: WireRecord): WireRecord {
  const cut = { backfill: true, cut_from: message.length };
  return { ...record, message: message.slice(0, SHORT), attributes: cut };
}
