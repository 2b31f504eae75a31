import type { Alert } from '../../model/alert.ts';
import type { RecordQuery, Store, StoredRecord } from '../../store/store.ts';

/** Which time history is played by: when the site took records in, or their own. */
export type HistoryAxis = 'ingest' | 'event';

/** Which records to play. */
export interface HistoryQuery extends Pick<
  RecordQuery,
  'subject' | 'service' | 'level' | 'user' | 'where'
> {
  readonly axis: HistoryAxis;
  /** In ms on the axis, [from, to). */
  readonly from: number;
  readonly to: number;
}

/** What a site has stored: records in order, and the alerts that were raised. */
export interface History {
  /** In order of time on the axis, then of the journal; page by page. */
  records(query: HistoryQuery): AsyncIterable<readonly StoredRecord[]>;
  /** Alerts opened in [from, to), in no order; page by page. */
  alerts(from: number, to: number): AsyncIterable<readonly Alert[]>;
}

const PAGE = { records: 5_000, alerts: 500 };

/** History read straight out of a store. */
export function storeHistory(store: Pick<Store, 'records' | 'alerts'>): History {
  return {
    async *records(query) {
      let next: RecordQuery | undefined = { ...query, order: 'asc', limit: PAGE.records };
      while (next !== undefined) {
        const { records, cursor } = await store.records.query(next);
        if (records.length > 0) yield records;
        next = cursor === undefined ? undefined : { ...next, cursor, ...since(records, query) };
      }
    },
    async *alerts(from, to) {
      let cursor: string | undefined;
      do {
        const page = await store.alerts.list({
          ...{ from, to, limit: PAGE.alerts },
          ...(cursor === undefined ? {} : { cursor }),
        });
        yield page.alerts;
        ({ cursor } = page);
      } while (cursor !== undefined);
    },
  };
}

/** What was read lies behind: the next page need not look at it again. */
export function since(
  records: readonly StoredRecord[],
  { axis, from }: Pick<HistoryQuery, 'axis' | 'from'>,
): { readonly from: number } {
  const last = records.at(-1);
  if (last === undefined) return { from };
  return { from: Math.max(from, axis === 'ingest' ? last.observed_at : last.timestamp) };
}
