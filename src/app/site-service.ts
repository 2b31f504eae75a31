import type { Engine } from '../actors/engine.ts';
import type { Observer } from '../actors/observer.ts';
import type { SubjectState } from '../actors/subject/subject-state.ts';
import type { Cancel } from '../core/clock.ts';
import { WatchkeeperError } from '../core/errors.ts';
import type { SiteClock } from '../core/site-clock.ts';
import type {
  SiteApi,
  SubjectDetail,
  SubjectSummary,
  Device,
  Health,
  SiteKeyView,
} from '../gateway/site-api.ts';
import type { Alert } from '../model/alert.ts';
import type { InputInfo } from '../gateway/tcp/input-info.ts';
import type { Overview, VitalPoint } from '../model/feed.ts';
import type { Command } from '../model/journal-entry.ts';
import type { Ledger } from '../model/ledger.ts';
import { parseSubjectId, subjectKind, subjectName, type SubjectId } from '../model/subject.ts';
import { recordVitals } from '../store/record-vitals.ts';
import type { AlertQuery, Store, StoredRecord } from '../store/store.ts';
import type { SchemaDrift } from '../wire/records/drift.ts';
import type { LetterReplay } from './letters/letter-replay.ts';
import type { LookupFiles } from './enrichment/lookup-files.ts';
import { recordLookup } from './enrichment/record-lookup.ts';
import { explainer } from './explain.ts';
import { templateViews } from './subject-templates.ts';
import type { SiteTap } from './tap.ts';

export interface SiteServiceOptions {
  readonly name: string;
  readonly version: string;
  readonly siteKey: () => SiteKeyView;
  readonly clock: SiteClock;
  readonly engine: Engine;
  readonly observer: Observer;
  readonly store: Store;
  readonly drift: Pick<SchemaDrift, 'list'>;
  readonly enrichment: Pick<LookupFiles, 'current' | 'info'>;
  readonly letters: Pick<LetterReplay, 'list' | 'replay'>;
  readonly newId: () => string;
  readonly isOnline: (device: string) => boolean;
  readonly ledger: () => Ledger;
  readonly inputs: () => readonly InputInfo[];
  readonly overview: () => Overview;
  readonly tap: SiteTap;
  readonly models: SiteApi['models'];
  readonly performance: SiteApi['performance'];
  readonly health: () => Promise<Health>;
  /** How long a change may take until the caller is told that it is still under way. @default 10 s */
  readonly commandMs?: number | undefined;
}

/** Vitals on the detail page: at most this many, of the last two hours. */
const VITALS_SHOWN = 600;
const VITALS_SPAN_MS = 7_200_000;
const SUBJECT_PART = 'subject/';

/**
 * What API, CLI and dashboard see of the site.
 *
 * Longer than the house's measure: one short entry for each call of
 * {@link SiteApi}, and what several of them share.
 */
export function createSiteService(options: SiteServiceOptions): SiteApi {
  const { engine, store, clock, observer } = options;
  const { ledger, inputs, overview, health, models, performance } = options;
  return {
    name: options.name,
    clock,
    version: options.version,
    siteKey: options.siteKey,
    alerts: (query) => listAlerts(options, query),
    alert: async (id) => engine.state.book.get(id) ?? (await store.alerts.get(id)),
    act: (request) => act(options, request),
    actors: () => engine.system.infos(),
    actor: (path) => {
      const detail = engine.system.detail(path);
      return detail && { ...detail, state: plain(detail.state), capturedAt: clock.now() };
    },
    subjects: (page) => listSubjects(options, page),
    subject: (id) => subjectDetail(options, id),
    ...enrichedReads(options),
    deadLetters: (page) => options.letters.list(page),
    replayDeadLetters: (request) => options.letters.replay(request),
    devices: () => engine.state.registry.list(),
    enroll: (request) => enroll(options, request),
    revoke: (request) => revoke(options, request),
    detectors: () =>
      engine.detectors.detectors.map(({ id, type, version, where, options: bound }) => ({
        id,
        type,
        version,
        ...(where === undefined ? {} : { where }),
        options: plain(bound ?? {}),
      })),
    streams: () => options.tap.graph(),
    tap: () => options.tap.tap(),
    explain: explainer(engine, clock),
    schemaDrift: () => options.drift.list(),
    ...{ ledger, inputs, overview, health, models, performance, ...templateViews(engine) },
    observe: (interest, listener) => observer.observe(interest, listener),
  };
}

function enrichedReads({
  store,
  enrichment,
}: SiteServiceOptions): Pick<SiteApi, 'records' | 'enrichment'> {
  return {
    records: (query) => {
      const lookup = recordLookup(enrichment.current);
      return store.records.query(lookup === undefined ? query : { ...query, lookup });
    },
    enrichment: () => enrichment.info(),
  };
}

/** Unresolved alerts live in memory; what is resolved is in the store. */
async function listAlerts(
  { engine, store }: SiteServiceOptions,
  query: AlertQuery,
): Promise<{ readonly alerts: readonly Alert[]; readonly cursor: string | undefined }> {
  const page = await store.alerts.list(query);
  const isFirstPage = query.cursor === undefined;
  const live = isFirstPage
    ? engine.state.book.active().filter((alert) => matches(alert, query))
    : [];
  const liveIds = new Set(live.map(({ id }) => id));
  const stored = page.alerts.filter(
    ({ id }) => !liveIds.has(id) && (engine.state.book.get(id) === undefined || !isFirstPage),
  );
  const alerts = [...live, ...stored].sort(
    (a, b) => b.openedAt - a.openedAt || (a.id < b.id ? -1 : 1),
  );
  return {
    alerts: isFirstPage ? alerts.slice(0, query.limit ?? 100) : stored,
    cursor: page.cursor,
  };
}

function matches(alert: Alert, query: AlertQuery): boolean {
  return (
    (query.states?.includes(alert.state) ?? true) &&
    (query.severities?.includes(alert.severity) ?? true) &&
    (query.type === undefined || query.type === alert.type) &&
    (query.subject === undefined || query.subject === alert.subject) &&
    alert.openedAt >= (query.from ?? Number.NEGATIVE_INFINITY) &&
    alert.openedAt < (query.to ?? Number.POSITIVE_INFINITY)
  );
}

type ActRequest = Parameters<SiteApi['act']>[0];

async function act(options: SiteServiceOptions, request: ActRequest): Promise<Alert> {
  const { engine, store } = options;
  const known = engine.state.book.get(request.alert) ?? (await store.alerts.get(request.alert));
  if (known === undefined) {
    throw new WatchkeeperError('NOT_FOUND', `There is no alert "${request.alert}".`, {
      fix: 'List them with: watchkeeper alerts list',
    });
  }
  if (known.state === 'resolved' && request.action === 'acknowledge') {
    throw new WatchkeeperError(
      'CONFLICT',
      'The alert is resolved; there is nothing to acknowledge.',
    );
  }
  const changed = (await applied(options, commandOf(request))) as Alert | undefined;
  if (changed !== undefined) return changed;
  // A label of a resolved alert is written by the archive.
  await withinLimit(options, engine.archivist.flushed()).catch(() => undefined);
  return engine.state.book.get(request.alert) ?? (await store.alerts.get(request.alert)) ?? known;
}

function commandOf({ commandId: id, alert, action, by, note, label }: ActRequest): Command {
  if (action === 'acknowledge') return { id, type: 'alert.acknowledge', alert, by, note };
  if (action === 'resolve') return { id, type: 'alert.resolve', alert, by, note };
  return { id, type: 'alert.label', alert, by, label: label ?? 'useful', note };
}

/**
 * Applies a command, and gives up waiting when it takes too long: it is
 * applied behind everything before it, and that may stand still while the
 * store is away and the archive's backlog is full.
 */
function applied(options: SiteServiceOptions, command: Command): Promise<unknown> {
  return withinLimit(options, options.engine.command(command));
}

async function withinLimit<T>(
  { clock, commandMs = COMMAND_MS }: SiteServiceOptions,
  answer: Promise<T>,
): Promise<T> {
  let cancel: Cancel = () => undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(commandMs, () => {
      reject(new WatchkeeperError('OVERLOADED', LATE, { fix: LATE_FIX }));
    });
  });
  return Promise.race([answer, late]).finally(cancel);
}

const COMMAND_MS = 10_000;
const LATE = 'The change is kept, but the site is too far behind to apply it yet.';
const LATE_FIX = 'See GET /healthz for what holds it up; it is applied by itself after that.';

async function enroll(
  options: SiteServiceOptions,
  {
    id,
    publicKey,
    by,
  }: { readonly id: string; readonly publicKey: Uint8Array; readonly by: string },
): Promise<Device> {
  const { engine, newId } = options;
  await applied(options, { id: newId(), type: 'device.enroll', device: id, publicKey, by });
  const device = engine.state.registry.find(id);
  if (device === undefined)
    throw new WatchkeeperError('INTERNAL', `The device "${id}" was not enrolled.`);
  return device;
}

async function revoke(
  options: SiteServiceOptions,
  { id: device, by, reason }: Parameters<SiteApi['revoke']>[0],
): Promise<void> {
  await applied(options, { id: options.newId(), type: 'device.revoke', device, by, reason });
}

/** Live subjects first by name; sleeping ones are read from their snapshots. */
async function listSubjects(
  options: SiteServiceOptions,
  page: Parameters<SiteApi['subjects']>[0],
): ReturnType<SiteApi['subjects']> {
  const { engine, store } = options;
  const ids = new Set<SubjectId>();
  const prefix = `${SUBJECT_PART}${page.kind === undefined ? '' : `${page.kind}:`}`;
  for await (const name of store.snapshots.parts(prefix)) {
    const id = parseSubjectId(name.slice(SUBJECT_PART.length));
    if (id !== undefined) ids.add(id);
  }
  for (const [id] of engine.directory.slots()) {
    if (page.kind === undefined || subjectKind(id) === page.kind) ids.add(id);
  }
  const sorted = [...ids].sort().filter((id) => page.cursor === undefined || id > page.cursor);
  const shown = sorted.slice(0, page.limit);
  const states = await Promise.all(shown.map((id) => engine.subject(id)));
  const subjects = states.flatMap((state) =>
    state === undefined ? [] : [summaryOf(options, state)],
  );
  return { subjects, cursor: sorted.length > shown.length ? shown.at(-1) : undefined };
}

function summaryOf({ engine, isOnline }: SiteServiceOptions, state: SubjectState): SubjectSummary {
  const kind = subjectKind(state.id);
  return {
    id: state.id,
    kind,
    lastTimestamp: Number.isFinite(state.lastHeardAt) ? state.lastHeardAt : 0,
    records: state.records,
    errors: state.errors,
    openAlerts: engine.state.book.openOn(state.id),
    online: kind === 'device' && isOnline(subjectName(state.id)),
    vitals: state.vitals,
    lagMs: state.lagMs,
  };
}

async function subjectDetail(
  options: SiteServiceOptions,
  id: SubjectId,
): Promise<SubjectDetail | undefined> {
  const state = await options.engine.subject(id);
  if (state === undefined) return undefined;
  const recentVitals = subjectKind(id) === 'device' ? await vitalsOf(options, id) : [];
  return {
    ...summaryOf(options, state),
    recentVitals,
    detectors: plain(state.detectors) as Record<string, unknown>,
  };
}

async function vitalsOf(
  { store, clock }: SiteServiceOptions,
  subject: SubjectId,
): Promise<VitalPoint[]> {
  const to = clock.now() + 300_000;
  const from = to - VITALS_SPAN_MS;
  const page = await store.records.query({ from, to, subject, limit: VITALS_SHOWN, order: 'desc' });
  return page.records
    .filter(isVital)
    .map((record) => ({ timestamp: record.timestamp, ...recordVitals(record) }))
    .reverse();
}

function isVital(record: StoredRecord): boolean {
  return record.heart_rate !== undefined || record.spo2 !== undefined || record.steps !== undefined;
}

/** State as JSON can carry it: typed arrays as lists, keys and secrets left out. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => {
      if (key === 'enc' || key === 'session') return undefined;
      if (ArrayBuffer.isView(each))
        return Array.from(each as unknown as ArrayLike<number>).slice(0, 512);
      if (each instanceof Map) return Object.fromEntries(each);
      if (each instanceof Set) return [...each];
      if (typeof each === 'bigint') return Number(each);
      return each;
    }) ?? 'null',
  ) as unknown;
}
