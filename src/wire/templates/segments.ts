import { ELEMENT, VARIABLE } from './element.ts';
import { computeKeys, type ScannedLine } from './scanned-line.ts';

/** Elements without a blank between them that may be one value. */
export interface Segment {
  readonly start: number;
  readonly length: number;
}

/** Segments of a line that are looked at. */
const MAX_SEGMENTS = 8;
const COLON = 58;
const PIPE = 124;

/**
 * Words and values that colons or bars join without blanks, with a value
 * among them: `cache:7` stands where another line has a plain value, when the
 * rest of both is the same.
 */
export function segmentsOf(scanned: ScannedLine): readonly Segment[] {
  const { kinds, gaps, count } = scanned;
  const segments: Segment[] = [];
  for (let start = 0; start < count && segments.length < MAX_SEGMENTS; start += 1) {
    if (kinds[start] === ELEMENT.mark) continue;
    let end = start + 1;
    let values = kinds[start] === ELEMENT.variable ? 1 : 0;
    while (end + 1 < count && isJoin(scanned, end) && gaps[end + 1] === 0) {
      if (kinds[end + 1] === ELEMENT.mark) break;
      if (kinds[end + 1] === ELEMENT.variable) values += 1;
      end += 2;
    }
    if (end > start + 1 && values > 0) segments.push({ start, length: end - start });
    start = end - 1;
  }
  return segments;
}

function isJoin({ kinds, gaps, hashes }: ScannedLine, at: number): boolean {
  if (kinds[at] !== ELEMENT.mark || gaps[at] === 1) return false;
  return hashes[at] === COLON || hashes[at] === PIPE;
}

/** Makes one variable of a segment; the line then has the shape of one that has a plain value there. */
export function foldSegment(scanned: ScannedLine, { start, length }: Segment): void {
  const { kinds, details, gaps, starts, ends, units, hashes, count } = scanned;
  ends[start] = units[start] = ends[start + length - 1] ?? 0;
  kinds[start] = ELEMENT.variable;
  details[start] = VARIABLE.other;
  hashes[start] = 0;
  for (const column of [kinds, details, gaps, starts, ends, units, hashes])
    column.copyWithin(start + 1, start + length, count);
  scanned.count = count - length + 1;
  computeKeys(scanned);
}

/** The key that the line has once the segment is folded. */
export function foldedKey(scanned: ScannedLine, segment: Segment): number {
  const { key, shape } = scanned;
  computeKeys(scanned, segment);
  const folded = scanned.key;
  scanned.key = key;
  scanned.shape = shape;
  return folded;
}
