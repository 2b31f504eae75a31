import { join } from 'node:path';

import { SEGMENT_HEADER_BYTES, segmentName } from './layout.ts';

const POINT_EVERY_BYTES = 1024 * 1024;

interface Point {
  readonly lsn: number;
  readonly offset: number;
}

/** One file of the journal, with a sparse index (a point for each MiB) of what was read or written of it. */
export class Segment {
  readonly firstLsn: number;
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Where its first group is. */
  readonly dataStart = SEGMENT_HEADER_BYTES;
  readonly #points: Point[];

  constructor(folder: string, firstLsn: number, size: number) {
    this.firstLsn = firstLsn;
    this.path = join(folder, segmentName(firstLsn));
    this.size = size;
    this.#points = [{ lsn: firstLsn, offset: SEGMENT_HEADER_BYTES }];
  }

  /** Remembers where a group starts. */
  note(lsn: number, offset: number): void {
    const last = this.#points.at(-1);
    if (last !== undefined && offset < last.offset + POINT_EVERY_BYTES) return;
    this.#points.push({ lsn, offset });
  }

  /** A place at or before the group that holds `lsn`. */
  pointBefore(lsn: number): Point {
    const found = this.#points.findLast((point) => point.lsn <= lsn);
    return found ?? { lsn: this.firstLsn, offset: SEGMENT_HEADER_BYTES };
  }
}
