/** The pages, in the order of the rail. */
export const PAGES = [
  'overview',
  'alerts',
  'actors',
  'watches',
  'services',
  'streams',
  'models',
] as const;

export type Page = (typeof PAGES)[number];

/** What the address bar says: a page, perhaps one thing on it, and its settings. */
export interface Route {
  readonly page: Page;
  /** Alert id, watch or service name; undefined for the whole page. */
  readonly id: string | undefined;
  readonly params: Readonly<Record<string, string>>;
}

/** Reads `#/alerts/<id>?tab=resolved`; anything unknown is the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = splitOnce(hash.replace(/^#?\/?/, ''), '?');
  const [first = '', rest = ''] = splitOnce(path, '/');
  const page = PAGES.find((each) => each === first) ?? 'overview';
  const id = page === 'overview' ? '' : decode(rest);
  return {
    page,
    id: id === '' ? undefined : id,
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** The inverse of {@link parseRoute}; empty settings are left out. */
export function routeHref(route: {
  page: Page;
  id?: string | undefined;
  params?: Route['params'];
}): string {
  const set = Object.entries(route.params ?? {}).filter(([, value]) => value !== '');
  const query = new URLSearchParams(set).toString();
  const id = route.id === undefined ? '' : `/${encodeURIComponent(route.id)}`;
  return `#/${route.page}${id}${query === '' ? '' : `?${query}`}`;
}

/**
 * A token given in the address (`#token=…`), and the address without it.
 * Other settings beside it stay: `#token=x&to=/alerts` leads to the inbox.
 */
export function takeToken(
  hash: string,
): { readonly token: string; readonly hash: string } | undefined {
  const settings = new URLSearchParams(hash.replace(/^#/, ''));
  const token = settings.get('token');
  if (token === null || token === '' || hash.startsWith('#/')) return undefined;
  return { token, hash: `#${settings.get('to') ?? '/overview'}` };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
