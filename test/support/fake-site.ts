import { systemClock, type Clock } from '../../src/core/clock.ts';
import { WatchkeeperError } from '../../src/core/errors.ts';
import type { ActorInfo } from '../../src/model/actor-event.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { FeedMessage } from '../../src/model/feed.ts';
import type { Ledger } from '../../src/model/ledger.ts';
import type { ModelStage, ModelStages } from '../../src/model/models.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { DetectorExplanation } from '../../src/model/verdict.ts';
import type { AlertQuery, RecordQuery } from '../../src/store/store.ts';
import type {
  AlertActionRequest,
  Device,
  FeedInterest,
  Health,
  SiteApi,
  LetterReplayRequest,
} from '../../src/gateway/site-api.ts';

/** A site that answers from a few fixed things and remembers what it was asked. */
export interface FakeSite extends SiteApi {
  readonly asked: {
    readonly records: RecordQuery[];
    readonly alerts: AlertQuery[];
    readonly actions: AlertActionRequest[];
    readonly revoked: string[];
    readonly replays: LetterReplayRequest[];
  };
  /** Interests that are observed now. */
  readonly observed: () => readonly FeedInterest[];
  /** Gives every observer a message. */
  emit(message: FeedMessage): void;
  /** What `health` answers next. */
  setHealth(health: Partial<Health>): void;
  /** Makes the next call of `records` throw this. */
  failNext(error: unknown): void;
}

export function anAlert(fields: Partial<Alert> = {}): Alert {
  return {
    id: '0123456789abcdef0123456789abcdef',
    site: 'local',
    type: 'error_spike',
    detector: 'error_spike',
    detectorVersion: 1,
    severity: 'high',
    subject: subjectId('service', 'payment'),
    key: '',
    state: 'open',
    summary: '150 errors in 5 minutes',
    actionRequired: 'Investigate immediately',
    openedAt: 1_000,
    updatedAt: 1_000,
    acknowledgedAt: undefined,
    acknowledgedBy: undefined,
    note: undefined,
    resolvedAt: undefined,
    resolvedBy: undefined,
    count: 1,
    revision: 1,
    trigger: '1.0',
    evidence: {
      value: 150,
      threshold: 100,
      unit: 'errors',
      windowMs: 300_000,
      samples: [],
      facts: {},
    },
    configHash: 'c0ffee',
    ...fields,
  };
}

export const ACTOR: ActorInfo = {
  path: '/local/alerter',
  name: 'alerter',
  kind: 'alerter',
  parent: '/local',
  mailbox: 0,
  processed: 7,
  failures: 0,
  restarts: 0,
  state: 'idle',
  lastMessageAt: 0,
};

const LEDGER: Ledger = {
  received: 3,
  accepted: 3,
  stored: 3,
  storedRecords: 30,
  shed: { 0: 0, 1: 0, 2: 0, 3: 0 },
  quarantined: 0,
  duplicates: 0,
  rejected: {},
  pending: 0,
  droppedAtSource: 0,
  lateRecords: 0,
  clampedRecords: 0,
};

/** A detector of the fake site explains that it waits. */
function explained(only = 'error_spike'): readonly DetectorExplanation[] {
  const state = { state: 'quiet', text: '37 of 101 errors', silent: 3, finding: 0 } as const;
  return [{ detector: only, type: only, ...state, verdicts: [] }];
}

export const A_MODEL: ModelStages = {
  name: 'vitals',
  revision: 2,
  at: 7,
  models: [{ id: 'a'.repeat(64), stage: 'live', share: 0, since: 7 }],
  history: [],
};

/** One model, which takes any change and says who made it. */
function fakeModels(): SiteApi['models'] {
  const find = (name: string): Promise<ModelStages> =>
    name === A_MODEL.name
      ? Promise.resolve(A_MODEL)
      : Promise.reject(new WatchkeeperError('NOT_FOUND', `There is no model "${name}".`));
  const step = (to: ModelStage, by: string, why: string) => ({
    ...A_MODEL,
    history: [{ revision: 3, id: 'a'.repeat(64), to, at: 8, by, why }],
  });
  const metadata = {
    name: 'vitals',
    kind: 'isolation_forest',
    dataHash: '',
    parameters: {},
    metrics: { auc: 0.9 },
    backend: 'plain',
    createdAt: 1,
  };
  return {
    list: () => Promise.resolve([A_MODEL]),
    stages: find,
    versions: async (name) =>
      (await find(name)).models.map((model) => ({ ...model, metadata, bytes: 9 })),
    promote: async (name, { to = 'live', by, why }) => {
      await find(name);
      return { stages: step(to, by, why) };
    },
    rollback: async (name, { by, why }) => {
      await find(name);
      return step('live', by, why);
    },
  };
}

export function createFakeSite(clock: Clock = systemClock): FakeSite {
  const alerts = new Map([[anAlert().id, anAlert()]]);
  const devices = new Map<string, Device>();
  const observers = new Map<(message: FeedMessage) => void, FeedInterest>();
  const asked: FakeSite['asked'] = {
    records: [],
    alerts: [],
    actions: [],
    revoked: [],
    replays: [],
  };
  let failure: unknown;
  let health: Health = { state: 'ok', ready: true, site: 'local', version: '0.0.0', parts: [] };
  const subject = {
    id: subjectId('device', 'w-1'),
    kind: 'device' as const,
    lastTimestamp: 5,
    records: 2,
    errors: 0,
    openAlerts: 0,
    online: true,
    vitals: undefined,
  };
  return {
    name: 'local',
    clock,
    version: '0.0.0',
    asked,
    observed: () => [...observers.values()],
    emit: (message) => {
      for (const listener of [...observers.keys()]) listener(message);
    },
    setHealth: (next) => {
      health = { ...health, ...next };
    },
    failNext: (error) => {
      failure = error;
    },
    alerts: (query) => {
      asked.alerts.push(query);
      const states = query.states ?? ['open', 'acknowledged', 'resolved'];
      const found = [...alerts.values()].filter(({ state }) => states.includes(state));
      return Promise.resolve({ alerts: found, cursor: undefined });
    },
    alert: (id) => Promise.resolve(alerts.get(id)),
    act: (request) => {
      const known = alerts.get(request.alert);
      if (known === undefined) {
        return Promise.reject(new WatchkeeperError('NOT_FOUND', 'There is no such alert.'));
      }
      asked.actions.push(request);
      const state = request.action === 'resolve' ? 'resolved' : 'acknowledged';
      const next = { ...known, state, note: request.note, revision: known.revision + 1 } as const;
      alerts.set(next.id, next);
      return Promise.resolve(next);
    },
    actors: () => [ACTOR],
    actor: (path) =>
      path === ACTOR.path
        ? { info: ACTOR, state: { open: 1 }, capturedAt: 9, recentErrors: [] }
        : undefined,
    siteKey: () => ({ id: 'ab'.repeat(16), publicKey: new Uint8Array(32).fill(9) }),
    subjects: () => Promise.resolve({ subjects: [subject], cursor: undefined }),
    templates: (id) =>
      Promise.resolve(
        id === subject.id
          ? {
              subject: id,
              messages: 4,
              templates: [{ id: 't1', template: 'sync <*>', count: 3, share: 0.75, rarity: 0.125 }],
            }
          : undefined,
      ),
    describe: (records) =>
      Promise.resolve(records.map((each) => ({ ...each, template: 'sync <*>', params: ['1'] }))),
    subject: (id) =>
      Promise.resolve(
        id === subject.id ? { ...subject, recentVitals: [], detectors: {} } : undefined,
      ),
    records: (query) => {
      asked.records.push(query);
      const error = failure;
      failure = undefined;
      if (error !== undefined) return Promise.reject(error as Error);
      const plan = {
        indexes: ['timestamp'],
        blocksConsidered: 1,
        blocksRead: 1,
        recordsScanned: 1,
      };
      return Promise.resolve({ records: [], cursor: undefined, plan });
    },
    deadLetters: () =>
      Promise.resolve({
        letters: [
          {
            id: '1.0.open',
            lsn: 1,
            ordinal: 0,
            subject: 'device:w-1',
            stage: 'open',
            reason: 'seal',
            pointer: '',
            at: 1,
            body: Uint8Array.of(1, 2, 3),
          },
        ],
        cursor: undefined,
      }),
    inputs: () => [],
    models: fakeModels(),
    schemaDrift: () => [
      { service: 'pay', field: 'shade', kind: 'unknown', count: 3, firstSeen: 1, lastSeen: 2 },
    ],
    replayDeadLetters: (request) => {
      asked.replays.push(request);
      return Promise.resolve({ results: [], scanned: 0, cursor: undefined, isBusy: false });
    },
    devices: () => [...devices.values()],
    enroll: ({ id, publicKey }) => {
      const device = { id, publicKey, revoked: false, enrolledAt: 1 };
      devices.set(id, device);
      return Promise.resolve(device);
    },
    revoke: ({ id }) => {
      asked.revoked.push(id);
      if (devices.has(id)) return Promise.resolve();
      return Promise.reject(new WatchkeeperError('NOT_FOUND', `There is no watch "${id}".`));
    },
    performance: () =>
      Promise.resolve({
        ...{ from: 0, at: 9, usefulIncidents: 0, isComplete: true, detectors: [], models: [] },
      }),
    detectors: () => [{ id: 'error_spike', type: 'error_spike', version: 1, options: {} }],
    streams: () => ({
      nodes: [{ id: 'intake', label: 'Gateway intake', kind: 'intake' }],
      edges: [],
    }),
    tap: () => ({
      at: clock.now(),
      since: 0,
      edges: [{ from: 'intake', to: 'journal', unit: 'entries', total: 7, rate: 1.5 }],
      inputs: [],
      verdicts: [],
    }),
    explain: (id, detector) =>
      Promise.resolve(
        id === subject.id ? { subject: id, now: 9, detectors: explained(detector) } : undefined,
      ),
    enrichment: () => ({ version: 0, tables: [], shifts: [], utcOffsetMinutes: 0 }),
    ledger: () => LEDGER,
    overview: () => ({
      now: clock.now(),
      rate: 1,
      recordsPerSecond: 0,
      watchesOnline: 0,
      subjects: { device: 1, service: 0, user: 0 },
      lastRecordAt: 0,
      detectionP99: undefined,
      ledger: LEDGER,
    }),
    health: () => Promise.resolve(health),
    observe: (interest, listener) => {
      observers.set(listener, interest);
      return () => {
        observers.delete(listener);
      };
    },
  };
}
