import { WatchkeeperError } from '../../core/errors.ts';

export const MAX_PAGE = 10_000;

/** The limit of a page, 100 when none is given. @throws WatchkeeperError QUERY_INVALID outside 1 to 10,000 */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return 100;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new WatchkeeperError(
      'QUERY_INVALID',
      `Expected a limit from 1 to ${MAX_PAGE}, got "${limit}".`,
      { fix: 'Ask for fewer and follow the cursor.' },
    );
  }
  return limit;
}
