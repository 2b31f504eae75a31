/** Place of a record in the order of queries: time, then journal order. No two records share one. */
export interface Position {
  /** On the query's axis. */
  readonly timestamp: number;
  readonly lsn: number;
  readonly ordinal: number;
}

/** Negative when `a` comes before `b` in ascending order. */
export function comparePositions(a: Position, b: Position): number {
  return a.timestamp - b.timestamp || a.lsn - b.lsn || a.ordinal - b.ordinal;
}
