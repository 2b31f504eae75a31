import type { History, HistoryQuery } from '../../app/backtest/history.ts';
import { since } from '../../app/backtest/history.ts';
import { formatFilter } from '../../core/filter/format-filter.ts';
import type { Alert } from '../../model/alert.ts';
import type { StoredRecord } from '../../store/store.ts';
import type { SiteClient } from '../http/site-client.ts';

interface RecordPage {
  readonly records: readonly StoredRecord[];
  readonly cursor?: string;
}

interface AlertPage {
  readonly alerts: readonly Alert[];
  readonly cursor?: string;
}

/** As large as a site's turn stays short with. */
const PAGE = 1_000;

/** History asked of a running site. Its records carry what its lookup tables add. @throws UNREACHABLE and what the site answers */
export function siteHistory(client: SiteClient): History {
  return {
    async *records(query) {
      let cursor: string | undefined;
      let { from } = query;
      do {
        const body = { ...bodyOf(query), from, order: 'asc', limit: PAGE, cursor };
        const page = await client.post<RecordPage>('/v1/records/query', body);
        if (page.records.length > 0) yield page.records;
        // The site takes whole ms.
        from = Math.floor(since(page.records, query).from);
        cursor = page.cursor;
      } while (cursor !== undefined);
    },
    async *alerts(from, to) {
      let cursor: string | undefined;
      do {
        const page: AlertPage = await client.get<AlertPage>('/v1/alerts', {
          ...{ from, to, limit: PAGE },
          ...(cursor === undefined ? {} : { cursor }),
        });
        yield page.alerts;
        cursor = page.cursor;
      } while (cursor !== undefined);
    },
  };
}

function bodyOf({ where, ...conditions }: HistoryQuery): object {
  return where === undefined ? conditions : { ...conditions, filter: formatFilter(where) };
}
