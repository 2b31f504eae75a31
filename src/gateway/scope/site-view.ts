import { joined } from '../../core/filter/filter.ts';
import { pushdownOf } from '../../core/filter/pushdown.ts';
import type { FeedMessage, Overview } from '../../model/feed.ts';
import type { Ledger } from '../../model/ledger.ts';
import { parseSubjectId } from '../../model/subject.ts';
import type { Identity } from '../../security/tokens.ts';
import type { QueryPlan, RecordQuery } from '../../store/store.ts';
import type { SiteApi } from '../site-api.ts';
import { keptPage } from './kept-page.ts';
import { createScope, type Scope } from './scope.ts';
import { SealedCursors } from './sealed-cursors.ts';

/** What a caller may see of the site. The routes of `SCOPED` in policy.ts and the feed read nothing else. */
export type SiteView = Pick<
  SiteApi,
  | 'alerts'
  | 'alert'
  | 'records'
  | 'describe'
  | 'subjects'
  | 'subject'
  | 'templates'
  | 'overview'
  | 'actor'
  | 'observe'
  | 'name'
  | 'clock'
>;

/** Filters kept compiled. */
const MOST_SCOPES = 256;

/** Makes the views of callers: the whole site, or what the filter of the token lets through. */
export class SiteViews {
  readonly #api: SiteApi;
  readonly #cursors: SealedCursors;
  readonly #scopes = new Map<string, Scope>();

  constructor(api: SiteApi, random?: (bytes: number) => Uint8Array) {
    this.#api = api;
    this.#cursors = new SealedCursors(random);
  }

  of(caller: Identity | undefined): SiteView {
    if (caller?.filter === undefined) return this.#api;
    const scope = this.#scopeOf(caller.filter);
    return scopedView({ api: this.#api, scope, cursors: this.#cursors, owner: caller.id });
  }

  #scopeOf(text: string): Scope {
    const known = this.#scopes.get(text);
    if (known !== undefined) return known;
    if (this.#scopes.size >= MOST_SCOPES) this.#scopes.clear();
    const scope = createScope(text);
    this.#scopes.set(text, scope);
    return scope;
  }
}

interface Scoped {
  readonly api: SiteApi;
  readonly scope: Scope;
  readonly cursors: SealedCursors;
  /** Id of the token. */
  readonly owner: string;
}

function scopedView(scoped: Scoped): SiteView {
  const { api, scope } = scoped;
  return {
    name: api.name,
    clock: api.clock,
    ...scopedRecords(scoped),
    ...scopedAlerts(scoped),
    ...scopedSubjects(scoped),
    overview: () => blankOverview(api.overview()),
    actor: () => undefined,
    observe: (interest, listener) =>
      api.observe(interest, (message) => {
        const shown = messageIn(scope, message);
        if (shown !== undefined) listener(shown);
      }),
  };
}

function scopedRecords(scoped: Scoped): Pick<SiteView, 'records' | 'describe'> {
  const { api, scope } = scoped;
  return {
    records: async (query) => {
      const page = await api.records({ ...narrowed(query, scope), ...opened(scoped, 'r', query) });
      return { ...page, cursor: sealed(scoped, 'r', page.cursor), plan: NO_PLAN };
    },
    // All that a template and its values say stands in the record's own message.
    describe: (records) => api.describe(records),
  };
}

/** Counts of what was read tell of what may not be seen. */
const NO_PLAN: QueryPlan = Object.freeze({
  indexes: Object.freeze([]),
  blocksConsidered: 0,
  blocksRead: 0,
  recordsScanned: 0,
});

/** The query and the filter; what of the filter indexes can answer stands in where the query leaves it open. */
function narrowed(query: RecordQuery, { filter }: Scope): RecordQuery {
  const { subject: pushed, from: _from, until: _until, ...conditions } = pushdownOf(filter);
  const subject = pushed === undefined ? undefined : parseSubjectId(pushed);
  const where = query.where === undefined ? filter : joined('and', [filter, query.where]);
  return { ...conditions, ...(subject === undefined ? {} : { subject }), ...query, where };
}

function scopedAlerts(scoped: Scoped): Pick<SiteView, 'alerts' | 'alert'> {
  const { api, scope } = scoped;
  return {
    alerts: async (query) => {
      const page = await keptPage({
        limit: query.limit ?? 100,
        ...{ cursor: undefined, ...opened(scoped, 'a', query) },
        fetch: async (limit, cursor) => {
          const { cursor: _sealed, ...rest } = query;
          const found = await api.alerts({ ...rest, limit, ...(cursor && { cursor }) });
          return { items: found.alerts, cursor: found.cursor };
        },
        keep: (alert) => scope.alert(alert),
      });
      return { alerts: page.items, cursor: sealed(scoped, 'a', page.cursor) };
    },
    alert: async (id) => {
      const alert = await api.alert(id);
      return alert && scope.alert(alert);
    },
  };
}

function scopedSubjects(scoped: Scoped): Pick<SiteView, 'subjects' | 'subject' | 'templates'> {
  const { api, scope } = scoped;
  return {
    subjects: async (query) => {
      const page = await keptPage({
        limit: query.limit,
        ...{ cursor: undefined, ...opened(scoped, 's', query) },
        fetch: async (limit, cursor) => {
          const { cursor: _sealed, ...rest } = query;
          const found = await api.subjects({ ...rest, limit, ...(cursor && { cursor }) });
          return { items: found.subjects, cursor: found.cursor };
        },
        keep: (subject) => (scope.seesSubject(subject.id) ? subject : undefined),
      });
      return { subjects: page.items, cursor: sealed(scoped, 's', page.cursor) };
    },
    subject: async (id) => (scope.seesSubject(id) ? api.subject(id) : undefined),
    templates: async (id) => (scope.seesSubject(id) ? api.templates(id) : undefined),
  };
}

function opened(
  { cursors, owner }: Scoped,
  listing: string,
  { cursor }: { readonly cursor?: string },
): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor: cursors.open(cursor, `${owner}/${listing}`) };
}

function sealed(
  { cursors, owner }: Scoped,
  listing: string,
  cursor: string | undefined,
): string | undefined {
  return cursor === undefined ? undefined : cursors.seal(cursor, `${owner}/${listing}`);
}

/** What of a message of the feed may be seen; actors, and numbers of the whole site, may not. */
function messageIn(scope: Scope, message: FeedMessage): FeedMessage | undefined {
  if (message.type === 'alerts') {
    const alerts = message.alerts.flatMap((alert) => scope.alert(alert) ?? []);
    return alerts.length === 0 && !message.snapshot ? undefined : { ...message, alerts };
  }
  if (message.type === 'overview') {
    return { type: 'overview', overview: blankOverview(message.overview) };
  }
  if (message.type !== 'vitals') return undefined;
  const subject = parseSubjectId(message.subject);
  return subject !== undefined && scope.seesSubject(subject) ? message : undefined;
}

const NO_LEDGER: Ledger = Object.freeze({
  received: 0,
  accepted: 0,
  stored: 0,
  storedRecords: 0,
  shed: Object.freeze({ 0: 0, 1: 0, 2: 0, 3: 0 }),
  quarantined: 0,
  duplicates: 0,
  rejected: Object.freeze({}),
  pending: 0,
  droppedAtSource: 0,
  lateRecords: 0,
  clampedRecords: 0,
});

/** The site's clock and no numbers: the dashboard tells by this message that it is live. */
function blankOverview({ now, rate }: Overview): Overview {
  return {
    now,
    rate,
    recordsPerSecond: 0,
    watchesOnline: 0,
    subjects: { device: 0, service: 0, user: 0 },
    lastRecordAt: 0,
    detectionP99: undefined,
    ledger: NO_LEDGER,
  };
}
