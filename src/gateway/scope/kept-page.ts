/** One page of a listing. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor: string | undefined;
}

export interface KeptPageOptions<Item> {
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly fetch: (limit: number, cursor: string | undefined) => Promise<Page<Item>>;
  /** What is shown of an item; `undefined` when it is left out. */
  readonly keep: (item: Item) => Item | undefined;
}

/** Pages that one request reads at most. */
const MOST_PAGES = 50;

/**
 * Reads on until a page of `limit` items is full. It can come back short with
 * a cursor, when very little is kept. Whole pages are taken, so that the
 * cursor of the last one goes on exactly behind it.
 */
export async function keptPage<Item>(options: KeptPageOptions<Item>): Promise<Page<Item>> {
  const { limit, fetch, keep } = options;
  const items: Item[] = [];
  let { cursor } = options;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await fetch(limit - items.length, cursor);
    for (const item of page.items) {
      const kept = keep(item);
      if (kept !== undefined) items.push(kept);
    }
    ({ cursor } = page);
    if (cursor === undefined || items.length >= limit) break;
  }
  return { items, cursor };
}
