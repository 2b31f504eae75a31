import type { EvidenceSample, Finding } from '../../model/finding.ts';
import type { LogRecord } from '../../model/record.ts';
import type { SubjectId } from '../../model/subject.ts';
import { readSample } from '../burst-snapshot.ts';
import type { Job } from '../chain.ts';
import type { FindingFacts } from '../define-detector.ts';
import type { DeadlineInput, Detection, RecordsInput } from '../detector.ts';
import { addToSketch, emptySketch, sketchQuantile } from '../operators/duration-sketch.ts';
import type { DurationSketch } from '../operators/duration-sketch.ts';
import { SAMPLES, toSample } from '../operators/samples.ts';
import { detached } from '../../core/detached.ts';

/** Slow responses of one service and route while its alert is open; about 2 KiB. */
interface SlowRoute {
  /** `service route`, the alert's aggregation key. */
  readonly key: string;
  readonly count: number;
  readonly durations: DurationSketch;
  /** The five slowest, slowest first; ties by time. */
  readonly slowest: readonly EvidenceSample[];
  /** Greatest event time of a slow response. */
  readonly lastAt: number;
  /** Site time of the next update; 0 when nothing changed since the last. */
  readonly updateAt: number;
}

/** Open routes of one subject, in order of opening. */
export type SlowState = readonly SlowRoute[];

export interface SlowConfig {
  readonly thresholdMs: number;
  readonly quietMs: number;
  readonly updateEveryMs: number;
  readonly routeLimit: number;
  readonly finding: (facts: FindingFacts) => Finding;
}

const LONGEST_ROUTE = 200;
const ROUTE_ATTRIBUTES = ['route', 'http_route', 'path'];

export function stepSlow(
  config: SlowConfig,
  { state, input }: Job<SlowState>,
): Detection<SlowState> {
  return input.type === 'records'
    ? foldRecords(config, state, input)
    : passDeadline(config, state, input);
}

function foldRecords(
  config: SlowConfig,
  state: SlowState,
  { records, triggers, subject }: RecordsInput,
): Detection<SlowState> {
  const routes = [...state];
  const own = new Set<SlowRoute>();
  const findings: Finding[] = [];
  records.forEach((record, index) => {
    const { place, key } = placeOf(record, routes, config.routeLimit);
    const before = routes[place];
    const route = addRecord(config, copyOf(before, key, own), record);
    own.add(route);
    if (before !== undefined) {
      routes[place] = route;
      return;
    }
    routes.push(route);
    const trigger = triggers[index] ?? '';
    const about = { action: 'open', subject, trigger, at: record.timestamp } as const;
    findings.push(report(config, route, about));
  });
  return { state: routes, findings };
}

type MutableRoute = { -readonly [Name in keyof SlowRoute]: SlowRoute[Name] };

/** A route that may be changed: one made in this step, or a copy. */
function copyOf(
  route: SlowRoute | undefined,
  key: string,
  own: ReadonlySet<SlowRoute>,
): MutableRoute {
  if (route === undefined) {
    return {
      key: detached(key),
      count: 0,
      durations: emptySketch(),
      slowest: [],
      lastAt: -Infinity,
      updateAt: 0,
    };
  }
  return own.has(route) ? route : { ...route, durations: route.durations.slice() };
}

function addRecord(config: SlowConfig, route: MutableRoute, record: LogRecord): SlowRoute {
  const { timestamp, durationMs = 0 } = record;
  route.lastAt = Math.max(route.lastAt, timestamp);
  if (route.count > 0 && route.updateAt === 0) {
    route.updateAt = route.lastAt + config.updateEveryMs;
  }
  route.count += 1;
  addToSketch(route.durations, durationMs, config.thresholdMs);
  const least = route.slowest[SAMPLES - 1];
  if (least === undefined || isSlower(record, least)) {
    route.slowest = [...route.slowest, toSample(record)]
      .sort((one, other) => (isSlower(one, other) ? -1 : 1))
      .slice(0, SAMPLES);
  }
  return route;
}

function isSlower(
  one: Pick<LogRecord, 'durationMs' | 'timestamp'>,
  other: Pick<LogRecord, 'durationMs' | 'timestamp'>,
): boolean {
  const difference = (one.durationMs ?? 0) - (other.durationMs ?? 0);
  return difference > 0 || (difference === 0 && one.timestamp < other.timestamp);
}

/** Acts on the routes that are due first; what is due later gets a deadline of its own. */
function passDeadline(
  config: SlowConfig,
  state: SlowState,
  { deadline, subject }: DeadlineInput,
): Detection<SlowState> {
  const due = Math.min(...state.map((route) => dueAt(config, route)));
  if (due > deadline) return { state, findings: [] };
  const findings: Finding[] = [];
  const about = { subject, trigger: `deadline:${deadline}`, at: deadline };
  const kept = state.flatMap((route) => {
    if (dueAt(config, route) > due) return [route];
    const isQuiet = route.lastAt + config.quietMs <= due;
    findings.push(report(config, route, { action: isQuiet ? 'resolve' : 'update', ...about }));
    return isQuiet ? [] : [{ ...route, updateAt: 0 }];
  });
  return { state: kept, findings };
}

function dueAt({ quietMs }: SlowConfig, { lastAt, updateAt }: SlowRoute): number {
  return updateAt === 0 ? lastAt + quietMs : Math.min(updateAt, lastAt + quietMs);
}

function report(
  config: SlowConfig,
  route: SlowRoute,
  about: {
    readonly action: Finding['action'];
    readonly subject: SubjectId;
    readonly trigger: string;
    readonly at: number;
  },
): Finding {
  const { key, count, durations, slowest } = route;
  const greatest = slowest[0]?.durationMs ?? 0;
  const range = { least: config.thresholdMs, greatest };
  const percentile = (q: number): number => Math.round(sketchQuantile(durations, q, range));
  const responses = count === 1 ? '1 slow response' : `${count} slow responses`;
  return config.finding({
    ...about,
    key,
    summary: `${responses} of ${key}, up to ${greatest} ms`,
    evidence: {
      value: greatest,
      threshold: config.thresholdMs,
      unit: 'ms',
      windowMs: 0,
      samples: slowest,
      facts: {
        count,
        p50: percentile(0.5),
        p95: percentile(0.95),
        p99: percentile(0.99),
        slowest_requests: slowest.map(({ requestId, durationMs }) => ({
          request_id: requestId ?? null,
          duration_ms: durationMs ?? null,
        })),
      },
    },
  });
}

/** The open route of a record (-1: none yet) and its key. */
function placeOf(
  record: LogRecord,
  routes: readonly SlowRoute[],
  limit: number,
): { readonly place: number; readonly key: string } {
  const route = routeOf(record.attributes);
  const key = route === '' ? record.service : `${record.service} ${route}`;
  const place = routes.findIndex((each) => each.key === key);
  if (place >= 0 || routes.length < limit - 1) return { place, key };
  const shared = `${record.service} *`;
  return { place: routes.findIndex((each) => each.key === shared), key: shared };
}

/** The route without its query, which is different with every request. */
function routeOf(attributes: LogRecord['attributes']): string {
  if (attributes === undefined) return '';
  for (const name of ROUTE_ATTRIBUTES) {
    const route = attributes[name];
    if (typeof route !== 'string') continue;
    const query = route.indexOf('?');
    return (query < 0 ? route : route.slice(0, query)).slice(0, LONGEST_ROUTE);
  }
  return '';
}

const VERSION = 1;

/** The state as plain data for msgpack. */
export function writeRoutes(state: SlowState): unknown {
  return {
    version: VERSION,
    routes: state.map((route) => ({ ...route, durations: [...route.durations] })),
  };
}

/** Inverse of {@link writeRoutes}; no routes for data of another version. */
export function readRoutes(data: unknown): SlowState {
  const { version, routes } = (data ?? {}) as {
    readonly version?: unknown;
    readonly routes?: readonly (Omit<SlowRoute, 'durations'> & {
      readonly durations: readonly number[];
    })[];
  };
  if (version !== VERSION || !Array.isArray(routes)) return [];
  return routes.map((route: SlowRoute) => ({
    key: route.key,
    count: route.count,
    durations: Uint32Array.from(route.durations),
    slowest: route.slowest.map(readSample),
    lastAt: route.lastAt,
    updateAt: route.updateAt,
  }));
}
