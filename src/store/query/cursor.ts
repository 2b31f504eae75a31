import { WatchkeeperError } from '../../core/errors.ts';

/**
 * A cursor is the position of the last item of a page, with the name of the
 * listing it belongs to. A page holds what comes after it, so nothing repeats
 * and nothing is skipped when more is written between two pages.
 */
export function encodeCursor(listing: string, position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([listing, ...position])).toString('base64url');
}

/** @throws WatchkeeperError QUERY_INVALID when `cursor` was not made for `listing` or not with this `shape`. */
export function decodeCursor<Shape extends readonly ('string' | 'number')[]>(
  cursor: string,
  { listing, shape }: { readonly listing: string; readonly shape: Shape },
): CursorValues<Shape> {
  const parsed = parseJson(Buffer.from(cursor, 'base64url').toString());
  const fits =
    Array.isArray(parsed) &&
    parsed.length === shape.length + 1 &&
    parsed[0] === listing &&
    shape.every((type, index) => typeof parsed[index + 1] === type);
  if (!fits) {
    throw new WatchkeeperError(
      'QUERY_INVALID',
      `Expected the cursor of an earlier page of the same query, got ${JSON.stringify(cursor.slice(0, 80))}.`,
      { fix: 'Pass the cursor unchanged, with the same order as before, or leave it out.' },
    );
  }
  return parsed.slice(1) as unknown as CursorValues<Shape>;
}

type CursorValues<Shape extends readonly ('string' | 'number')[]> = {
  readonly [Index in keyof Shape]: Shape[Index] extends 'string' ? string : number;
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
