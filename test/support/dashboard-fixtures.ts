import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/root.ts';
import type { ActorInfo } from '../../src/model/actor-event.ts';
import type { Alert } from '../../src/model/alert.ts';
import {
  ACTOR_STATES,
  type FeedMessage,
  type Overview,
  type VitalPoint,
} from '../../src/model/feed.ts';
import type { Ledger } from '../../src/model/ledger.ts';
import type { ModelVersion } from '../../src/model/models.ts';
import type { Performance } from '../../src/model/performance.ts';
import type { CountedEdge, StreamGraph } from '../../src/model/stream-graph.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { ModelEntry } from '../../src/gateway/dashboard/logic/model-rows.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { streamGraph } from '../../src/streams/stream-graph.ts';
import type { SubjectDetail, SubjectSummary } from '../../src/gateway/site-api.ts';
import type { StoredRecord } from '../../src/store/store.ts';

/** When the fixtures play, in site time. */
export const NOW = Date.UTC(2026, 1, 16, 14, 32, 10);

const MINUTE = 60_000;

/** The graph of the configuration that comes with the program. */
export function someStreams(): StreamGraph<CountedEdge> {
  const file = join(projectRoot(), 'config/anomaly_schema.yaml');
  const set = compileDetectors(readFileSync(file, 'utf8'), file);
  const { nodes, edges } = streamGraph(set, ['console', 'nats']);
  return { nodes, edges: edges.map((edge) => ({ ...edge, total: 1_200, rate: 2.5 })) };
}

/** A version of `vitals` that is live and one that is canary, and a shadow of `sessions`, which can be made unreadable. */
export function someModels({ isReadable = true } = {}): ModelEntry[] {
  const version = (digit: string, fields: Partial<ModelVersion> = {}): ModelVersion => ({
    id: digit.repeat(64),
    stage: 'live',
    share: 0,
    since: NOW - 60 * MINUTE,
    bytes: 184_320,
    ...fields,
    metadata: {
      name: 'vitals',
      kind: 'isolation_forest',
      features: { name: 'vitals', version: 2, hash: 'f'.repeat(64) },
      dataHash: 'd'.repeat(64),
      parameters: { trees: 100 },
      metrics: { roc_auc: 0.9712, average_precision: 0.8, rows: 20_160 },
      backend: 'plain',
      createdAt: NOW - 24 * 60 * MINUTE,
      ...fields.metadata,
    },
  });
  const versions = [version('a'), version('b', { stage: 'canary', share: 0.25 })];
  const stages = { revision: 3, at: NOW, history: [] };
  const shadow = [version('c', { stage: 'shadow', bytes: 912 })];
  return [
    { stages: { ...stages, name: 'vitals', models: versions }, versions },
    {
      stages: { ...stages, name: 'sessions', models: shadow },
      versions: isReadable ? shadow : undefined,
    },
  ];
}

/** Two detectors with labels and one without alerts; the live version of `vitals` has labels. */
export function somePerformance(): Performance {
  const nothing = { opened: 0, labelled: 0, useful: 0, false: 0, expected: 0 };
  return {
    from: NOW - 30 * 24 * 60 * MINUTE,
    at: NOW,
    usefulIncidents: 8,
    isComplete: true,
    detectors: [
      { id: 'battery_low', ...nothing, recall: 0, alertsPerShift: 0, acknowledged: 0 },
      {
        id: 'error_spike',
        ...{ opened: 14, labelled: 9, useful: 6, false: 2, expected: 1 },
        ...{ precision: 0.75, precisionLow: 0.409, precisionHigh: 0.929, recall: 0.75 },
        ...{ alertsPerShift: 0.156, acknowledged: 9, ackP50Ms: 4 * MINUTE, ackP95Ms: 31 * MINUTE },
      },
      {
        id: 'model_score',
        ...{ opened: 3, labelled: 2, useful: 2, false: 0, expected: 0 },
        ...{ precision: 1, precisionLow: 0.342, precisionHigh: 1, recall: 0.25 },
        ...{ alertsPerShift: 0.033, acknowledged: 0 },
      },
    ],
    models: [
      {
        id: 'a'.repeat(64),
        ...{ opened: 3, labelled: 2, useful: 2, false: 0, expected: 0 },
        ...{ precision: 1, precisionLow: 0.342, precisionHigh: 1, recall: 0.25 },
        ...{ alertsPerShift: 0.033, acknowledged: 0 },
      },
    ],
  };
}

/** An alert with the fields that a test is not about filled in. */
export function anAlert(over: Partial<Alert> = {}): Alert {
  return {
    id: 'a1'.padEnd(32, '0'),
    site: 'harbour',
    type: 'error_spike',
    detector: 'error_spike',
    detectorVersion: 1,
    severity: 'high',
    subject: subjectId('service', 'payment-service'),
    key: '',
    state: 'open',
    summary: '150 errors in 5 minutes',
    actionRequired: 'Investigate immediately',
    openedAt: NOW - 2 * MINUTE,
    updatedAt: NOW - MINUTE,
    acknowledgedAt: undefined,
    acknowledgedBy: undefined,
    note: undefined,
    resolvedAt: undefined,
    resolvedBy: undefined,
    count: 1,
    revision: 1,
    trigger: '4711.3',
    evidence: {
      value: 150,
      threshold: 100,
      unit: 'errors',
      windowMs: 5 * MINUTE,
      samples: [
        {
          timestamp: NOW - 2 * MINUTE,
          level: 17,
          service: 'payment-service',
          message: 'Card network timeout after 3 attempts',
          requestId: 'req-81f2',
          errorCode: 'CARD_TIMEOUT',
          durationMs: 6240,
          userId: undefined,
        },
        {
          timestamp: NOW - 3 * MINUTE,
          level: 18,
          service: 'payment-service',
          message: 'Could not settle payment: ledger unavailable',
          requestId: 'req-81e9',
          errorCode: 'LEDGER_DOWN',
          durationMs: undefined,
          userId: 'u-204',
        },
      ],
      facts: {
        error_rate_before: 1.8,
        top_messages: { 'Card network timeout': 121, 'ledger unavailable': 29 },
        first_error_at: '14:25:10',
      },
    },
    configHash: 'c0ffee',
    ...over,
  };
}

/** One alert of each severity, some handled. */
export function someAlerts(): Alert[] {
  const id = (name: string): string => name.padEnd(32, '0');
  const service = (name: string): Alert['subject'] => subjectId('service', name);
  return [
    anAlert({ id: id('a1') }),
    anAlert({
      id: id('a2'),
      severity: 'critical',
      type: 'database_connection_failure',
      detector: 'database_connection_failure',
      subject: service('user-db'),
      summary: '14 connection failures in 2 minutes',
      actionRequired: 'Restart the connection pool',
      openedAt: NOW - 40_000,
      count: 3,
    }),
    anAlert({
      id: id('a3'),
      severity: 'medium',
      type: 'suspicious_user_activity',
      detector: 'suspicious_user_activity',
      subject: subjectId('user', 'u-204'),
      summary: '52 errors in 1 hour',
      actionRequired: 'Review the account',
      openedAt: NOW - 9 * MINUTE,
    }),
    anAlert({
      id: id('a4'),
      severity: 'high',
      type: 'heart_rate_high',
      detector: 'heart_rate_high',
      subject: subjectId('device', 'watch-03'),
      summary: 'Heart rate 148 bpm for 3 minutes at rest',
      actionRequired: 'Contact the wearer',
      openedAt: NOW - 4 * MINUTE,
    }),
    anAlert({
      id: id('a5'),
      severity: 'low',
      type: 'battery_low',
      detector: 'battery_low',
      subject: subjectId('device', 'watch-05'),
      summary: 'Battery at 12 %',
      actionRequired: 'Charge the watch',
      openedAt: NOW - 26 * MINUTE,
    }),
    anAlert({
      id: id('a6'),
      severity: 'medium',
      type: 'slow_response',
      detector: 'slow_response',
      state: 'acknowledged',
      subject: service('api-gateway'),
      summary: '/v1/checkout took 6.2 s (p95 of 40 requests)',
      actionRequired: 'Create a performance ticket',
      openedAt: NOW - 14 * MINUTE,
      acknowledgedAt: NOW - 11 * MINUTE,
      acknowledgedBy: 'mara',
      note: 'Rolling back the last release.',
      revision: 2,
    }),
    anAlert({
      id: id('a7'),
      severity: 'critical',
      type: 'service_down',
      detector: 'service_down',
      state: 'resolved',
      subject: service('auth-service'),
      summary: 'No logs for 10 minutes',
      actionRequired: 'Page the on-call engineer',
      openedAt: NOW - 55 * MINUTE,
      resolvedAt: NOW - 41 * MINUTE,
      resolvedBy: 'condition cleared',
      revision: 2,
    }),
  ];
}

export function aLedger(over: Partial<Ledger> = {}): Ledger {
  return {
    received: 48_214,
    accepted: 48_160,
    stored: 48_032,
    storedRecords: 1_204_500,
    shed: { 0: 0, 1: 0, 2: 14, 3: 82 },
    quarantined: 3,
    duplicates: 51,
    rejected: { SEAL_INVALID: 3 },
    pending: 29,
    droppedAtSource: 12,
    lateRecords: 4,
    clampedRecords: 2,
    ...over,
  };
}

export function anOverview(over: Partial<Overview> = {}): Overview {
  return {
    now: NOW,
    rate: 1,
    recordsPerSecond: 412.6,
    watchesOnline: 4,
    subjects: { device: 5, service: 4, user: 37 },
    lastRecordAt: NOW - 300,
    detectionP99: 0.0128,
    ledger: aLedger(),
    ...over,
  };
}

export function anActor(over: Partial<ActorInfo> & { readonly path: string }): ActorInfo {
  const cut = over.path.lastIndexOf('/');
  return {
    name: over.path.slice(cut + 1),
    kind: 'subject',
    parent: cut <= 0 ? undefined : over.path.slice(0, cut),
    mailbox: 0,
    processed: 1280,
    failures: 0,
    restarts: 0,
    state: 'idle',
    lastMessageAt: Date.now() - 4000,
    ...over,
  };
}

/** A site with `subjects` subject actors, each with two detectors. */
export function someActors(subjects = 12): ActorInfo[] {
  const actors = [
    anActor({ path: '/site', kind: 'guardian', state: 'busy' }),
    anActor({ path: '/site/archivist', kind: 'archivist', state: 'busy', mailbox: 18 }),
    anActor({ path: '/site/alerter', kind: 'alerter' }),
    anActor({ path: '/site/delivery', kind: 'delivery', restarts: 1, state: 'restarting' }),
    anActor({ path: '/site/subjects', kind: 'directory' }),
  ];
  for (let index = 0; index < subjects; index += 1) {
    const shard = `/site/subjects/shard-${index % 4}`;
    if (index < 4) actors.push(anActor({ path: shard, kind: 'supervisor' }));
    const subject = `${shard}/device-watch-${String(index).padStart(2, '0')}`;
    const state = ACTOR_STATES[index % 7 === 0 ? 4 : index % 3 === 0 ? 1 : 0] ?? 'idle';
    actors.push(anActor({ path: subject, kind: 'subject', state, mailbox: (index * 13) % 60 }));
    actors.push(
      anActor({
        path: `${subject}/error_spike`,
        kind: 'detector',
        state: index === 5 ? 'quarantined' : state,
        restarts: index === 5 ? 4 : 0,
      }),
      anActor({ path: `${subject}/service_down`, kind: 'detector', state }),
    );
  }
  return actors;
}

/** Live numbers for a topology, as the actors state them. */
export function aFrame(version: number, actors: readonly ActorInfo[]): FeedMessage {
  return {
    type: 'frame',
    version,
    at: NOW,
    mailbox: Uint32Array.from(actors, (actor) => actor.mailbox),
    rate: Float32Array.from(actors, (actor, index) =>
      actor.state === 'passive' ? 0 : (index * 7.3) % 90,
    ),
    restarts: Uint32Array.from(actors, (actor) => actor.restarts),
    state: Uint8Array.from(actors, (actor) => ACTOR_STATES.indexOf(actor.state)),
  };
}

export function aVitalPoint(over: Partial<VitalPoint> = {}): VitalPoint {
  return {
    timestamp: NOW,
    heartRate: 72,
    hrv: 48,
    spo2: 97.5,
    skinTemperature: 33.4,
    steps: 0,
    battery: 64,
    rssi: -58,
    worn: true,
    charging: false,
    ...over,
  };
}

/** Ten minutes of vitals, one a second and a half, with a gap and a fast heart in between. */
function someVitals(count = 400): VitalPoint[] {
  const points: VitalPoint[] = [];
  for (let index = 0; index < count; index += 1) {
    if (index > count * 0.3 && index < count * 0.36) continue;
    const fast = index > count * 0.55 && index < count * 0.75 ? 68 : 0;
    points.push(
      aVitalPoint({
        timestamp: NOW - (count - index) * 1500,
        heartRate: Math.round(74 + fast + 5 * Math.sin(index / 9) + ((index * 37) % 5)),
        spo2: 97.2 + 0.8 * Math.sin(index / 31) - (fast > 0 ? 2 : 0),
        skinTemperature: 33.2 + 0.4 * Math.sin(index / 60),
        steps: index % 5 === 0 && fast === 0 ? Math.round(8 + 6 * Math.sin(index / 20)) : 0,
      }),
    );
  }
  return points;
}

export function aSubject(over: Partial<SubjectSummary> = {}): SubjectSummary {
  return {
    id: subjectId('device', 'watch-01'),
    kind: 'device',
    lastTimestamp: NOW - 800,
    records: 12_400,
    errors: 3,
    openAlerts: 0,
    online: true,
    vitals: aVitalPoint(),
    ...over,
  };
}

export function someSubjects(): SubjectSummary[] {
  const watches = ['watch-01', 'watch-02', 'watch-03', 'watch-04', 'watch-05'].map((name, index) =>
    aSubject({
      id: subjectId('device', name),
      openAlerts: index === 2 || index === 4 ? 1 : 0,
      online: index !== 3,
      lastTimestamp: index === 3 ? NOW - 22 * MINUTE : NOW - 800,
      vitals: aVitalPoint({
        heartRate: [64, 71, 146, 80, 92][index],
        battery: [88, 64, 51, 37, 12][index],
        spo2: [98, 97, 95, 98, 96][index],
        charging: index === 4,
      }),
    }),
  );
  const services = ['api-gateway', 'auth-service', 'payment-service', 'user-db'].map(
    (name, index) =>
      aSubject({
        id: subjectId('service', name),
        kind: 'service',
        vitals: undefined,
        records: [248_100, 91_200, 120_414, 40_018][index] ?? 0,
        errors: [812, 44, 2_904, 318][index] ?? 0,
        openAlerts: index > 1 ? 1 : 0,
      }),
  );
  return [...watches, ...services];
}

export function aSubjectDetail(subject: SubjectSummary): SubjectDetail {
  return {
    ...subject,
    recentVitals: subject.kind === 'device' ? someVitals() : [],
    detectors: {
      error_spike: { count: 12, window: '5 min', open: false },
      service_down: { last_record: '14:32:09', deadline: '14:42:09' },
    },
  };
}

export function someRecords(subject: string): StoredRecord[] {
  const texts = [
    'Payment accepted',
    'Retrying card network',
    'Card network timeout after 3 attempts',
  ];
  return Array.from({ length: 12 }, (_, index) => ({
    timestamp: NOW - index * 4000,
    level: (['INFO', 'WARNING', 'ERROR'] as const)[index % 3] ?? 'INFO',
    service: subject.split(':')[1] ?? 'svc',
    message: texts[index % 3] ?? '',
    ...(index % 3 === 2 ? { error_code: 'CARD_TIMEOUT' } : {}),
    subject: subject as StoredRecord['subject'],
    observed_at: NOW - index * 4000,
    lsn: 900 - index,
    ordinal: 0,
  }));
}
