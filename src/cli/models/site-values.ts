import type { StoredRecord } from '../../store/store.ts';
import { SiteClient } from '../http/site-client.ts';
import { flattened, type NamedValues } from './named-values.ts';
import type { SiteSource } from './training-request.ts';

const PAGE = 1_000;

/** The stored records of a running site, oldest first, page by page. @throws UNREACHABLE and what the site answers */
export async function* siteValues(
  { url, token, ca, query }: SiteSource,
  onRead: (records: number) => void,
): AsyncGenerator<NamedValues> {
  const client = new SiteClient({
    url,
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { ca }),
  });
  try {
    let cursor: string | undefined;
    do {
      const body = { ...query, order: 'asc', limit: PAGE, cursor };
      const page = await client.post<Page>('/v1/records/query', body);
      for (const record of page.records) yield flattened({ ...record });
      onRead(page.records.length);
      cursor = page.cursor;
    } while (cursor !== undefined);
  } finally {
    client.close();
  }
}

interface Page {
  readonly records: readonly StoredRecord[];
  readonly cursor?: string;
}
