import { ERROR_CODES } from '../../core/error-codes.ts';
import { ALERT_LABELS } from '../../model/alert.ts';
import { LEVEL_NAMES } from '../../model/level.ts';
import { MODEL_STAGES } from '../../model/models.ts';
import { SEVERITIES } from '../../model/severity.ts';
import { STREAM_KINDS, STREAM_UNITS } from '../../model/stream-graph.ts';
import { SUBJECT_KINDS } from '../../model/subject.ts';
import { DRIFT_KINDS } from '../../wire/records/drift.ts';
import type { JsonSchema } from './route.ts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const number: JsonSchema = { type: 'number' };
const flag: JsonSchema = { type: 'boolean' };
const instant: JsonSchema = { type: 'number', description: 'Ms since the epoch' };
const anything: JsonSchema = {};
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const object = (
  properties: Readonly<Record<string, JsonSchema>>,
  required = Object.keys(properties),
): JsonSchema => ({ type: 'object', properties, required });
const page = (name: string, item: string): JsonSchema =>
  object({ [name]: listOf(ref(item)), cursor: text }, [name]);

// Longer than the house's measure: a table of the shapes that the API answers with, and nothing else.
const RECORD_FIELDS = {
  timestamp: { ...instant, description: 'Event time, ms since the epoch; RFC 3339 text when sent' },
  level: { enum: LEVEL_NAMES },
  service: text,
  message: text,
  user_id: text,
  request_id: text,
  error_code: text,
  duration_ms: number,
  device_id: text,
  attributes: { type: 'object' },
  heart_rate: number,
  hrv: number,
  spo2: number,
  skin_temperature: number,
  steps: number,
  battery: number,
  rssi: number,
  worn: flag,
  charging: flag,
};

const MODEL_FIELDS = {
  name: text,
  revision: { ...count, description: 'Grows by one with each change' },
  at: instant,
  models: listOf(ref('StagedModel')),
  history: listOf(
    object(
      {
        revision: count,
        id: text,
        from: { enum: MODEL_STAGES },
        to: { enum: MODEL_STAGES },
        rollback: flag,
        at: instant,
        by: text,
        why: text,
      },
      ['revision', 'id', 'to', 'at', 'by', 'why'],
    ),
  ),
};

const REJECTED = listOf(object({ index: count, pointer: text, reason: text }));

/** Schemas that routes refer to. `cursor` is absent on the last page. */
export const COMPONENTS: Readonly<Record<string, JsonSchema>> = {
  Problem: object({
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    code: { enum: Object.keys(ERROR_CODES) },
    fix: text,
  }),
  LogRecord: object(RECORD_FIELDS, ['timestamp', 'level', 'service', 'message']),
  LogsAccepted: object({ accepted: count }),
  LogsPartly: object({ accepted: count, rejected: REJECTED }),
  ImportPosition: object({ next: count, check: text }),
  Imported: object({ next: count, accepted: count, repeated: count, rejected: REJECTED }),
  StoredRecord: object(
    {
      ...RECORD_FIELDS,
      subject: text,
      observed_at: instant,
      lsn: count,
      ordinal: count,
      template_id: text,
      template: text,
      params: listOf(text),
    },
    ['timestamp', 'level', 'service', 'message', 'subject', 'observed_at', 'lsn', 'ordinal'],
  ),
  RecordPage: object({ records: listOf(ref('StoredRecord')), cursor: text, plan: ref('Plan') }, [
    'records',
  ]),
  Plan: object({
    indexes: listOf(text),
    blocksConsidered: count,
    blocksRead: count,
    recordsScanned: count,
  }),
  Vitals: object(
    {
      timestamp: instant,
      heartRate: number,
      hrv: number,
      spo2: number,
      skinTemperature: number,
      steps: number,
      battery: number,
      rssi: number,
      worn: flag,
      charging: flag,
    },
    ['timestamp'],
  ),
  SubjectSummary: object(
    {
      id: text,
      kind: { enum: SUBJECT_KINDS },
      lastTimestamp: instant,
      records: count,
      errors: count,
      openAlerts: count,
      online: flag,
      lagMs: {
        ...number,
        description: 'How old the newest record of the last entry was when the gateway saw it',
      },
      vitals: ref('Vitals'),
    },
    ['id', 'kind', 'lastTimestamp', 'records', 'errors', 'openAlerts', 'online'],
  ),
  Subject: {
    allOf: [
      ref('SubjectSummary'),
      object({ recentVitals: listOf(ref('Vitals')), detectors: { type: 'object' } }),
    ],
  },
  SubjectTemplates: object({
    subject: text,
    messages: count,
    templates: listOf(object({ id: text, template: text, count, share: number, rarity: number })),
  }),
  SubjectPage: page('subjects', 'SubjectSummary'),
  Alert: object(
    {
      id: text,
      site: text,
      type: text,
      detector: text,
      detectorVersion: count,
      severity: { enum: SEVERITIES },
      subject: text,
      key: text,
      state: { enum: ['open', 'acknowledged', 'resolved'] },
      summary: text,
      actionRequired: text,
      openedAt: instant,
      updatedAt: instant,
      acknowledgedAt: instant,
      acknowledgedBy: text,
      note: text,
      resolvedAt: instant,
      resolvedBy: text,
      label: { enum: ALERT_LABELS },
      labelledAt: instant,
      labelledBy: text,
      count,
      revision: count,
      trigger: text,
      evidence: object({
        value: number,
        threshold: number,
        unit: text,
        windowMs: number,
        samples: listOf({ type: 'object' }),
        facts: { type: 'object' },
      }),
      configHash: text,
    },
    ['id', 'site', 'type', 'severity', 'subject', 'state', 'summary', 'openedAt', 'revision'],
  ),
  AlertPage: page('alerts', 'Alert'),
  Actor: object(
    {
      path: text,
      name: text,
      kind: text,
      parent: text,
      mailbox: count,
      processed: count,
      failures: count,
      restarts: count,
      state: { enum: ['idle', 'busy', 'restarting', 'quarantined', 'passive'] },
      lastMessageAt: instant,
    },
    ['path', 'name', 'kind', 'mailbox', 'processed', 'failures', 'restarts', 'state'],
  ),
  ActorDetail: object({
    info: ref('Actor'),
    state: anything,
    capturedAt: instant,
    recentErrors: listOf(text),
  }),
  Device: object({
    id: text,
    publicKey: { type: 'string', description: 'Raw Ed25519 key in base64url' },
    revoked: flag,
    enrolledAt: instant,
    online: flag,
  }),
  Site: object({
    site: text,
    key_id: { type: 'string', description: 'First 32 hex digits of SHA-256 of the key' },
    public_key: { type: 'string', description: 'Raw X25519 key in base64url' },
  }),
  Detectors: object({
    detectors: listOf(
      object({ id: text, type: text, version: count, where: text, options: anything }, [
        'id',
        'type',
        'version',
        'options',
      ]),
    ),
  }),
  Performance: object({
    from: instant,
    at: instant,
    usefulIncidents: { ...count, description: 'Incidents with at least one useful alert' },
    isComplete: { ...flag, description: 'False when only the newest alerts were looked at' },
    detectors: listOf(ref('PerformanceRow')),
    models: { ...listOf(ref('PerformanceRow')), description: 'Of alerts that name a model' },
  }),
  PerformanceRow: object(
    {
      id: { ...text, description: "Of the detector, or of the model's artefact" },
      opened: count,
      labelled: count,
      useful: count,
      false: count,
      expected: count,
      precision: { ...number, description: 'Useful ÷ (useful + false)' },
      precisionLow: { ...number, description: 'Of the 95 % interval (Wilson)' },
      precisionHigh: number,
      recall: { ...number, description: 'Share of the useful incidents in which it fired' },
      alertsPerShift: { ...number, description: 'A shift is 8 hours' },
      acknowledged: count,
      ackP50Ms: { ...number, description: 'From opening to acknowledgement, site time' },
      ackP95Ms: number,
    },
    ['id', 'opened', 'labelled', 'useful', 'false', 'expected', 'alertsPerShift', 'acknowledged'],
  ),
  StreamGraph: object({
    nodes: listOf(
      object({ id: text, label: text, kind: { enum: STREAM_KINDS }, detector: text, where: text }, [
        'id',
        'label',
        'kind',
      ]),
    ),
    edges: listOf(ref('StreamEdge')),
  }),
  StreamEdge: object({
    from: text,
    to: text,
    unit: { enum: STREAM_UNITS },
    total: { ...count, description: 'Since the site went live' },
    rate: { ...number, description: 'Per second of real time, over the last few seconds' },
  }),
  InputFlow: object({
    total: { ...count, description: 'Since the site went live' },
    rate: { ...number, description: 'Per second of real time, over the last few seconds' },
  }),
  Tap: object({
    at: instant,
    since: instant,
    edges: listOf(ref('StreamEdge')),
    inputs: listOf(
      object({
        name: { ...text, description: 'As in inputs.yaml, a protocol over HTTP, or watches' },
        unit: { enum: ['records', 'frames'] },
        taken: ref('InputFlow'),
        refused: ref('InputFlow'),
        unparsed: ref('InputFlow'),
      }),
    ),
    verdicts: listOf(
      object({
        detector: text,
        type: text,
        kind: { enum: SUBJECT_KINDS },
        silent: count,
        finding: count,
        records: count,
        findings: count,
      }),
    ),
  }),
  Verdict: object(
    {
      at: instant,
      subject: text,
      detector: text,
      input: { enum: ['records', 'deadline', 'score', 'findings'] },
      records: count,
      verdict: { enum: ['silent', 'finding'] },
      value: number,
      threshold: number,
      unit: text,
    },
    ['at', 'subject', 'detector', 'input', 'records', 'verdict'],
  ),
  Explanation: object({
    subject: text,
    now: instant,
    detectors: listOf(
      object(
        {
          detector: text,
          type: text,
          where: { ...text, description: 'Filter that records must match to reach it' },
          state: { enum: ['open', 'quiet', 'idle', 'unknown'] },
          text: { ...text, description: 'Why it has fired or not' },
          value: number,
          threshold: number,
          unit: text,
          missing: { ...count, description: 'Records that would make it fire, if they came now' },
          dueAt: { ...instant, description: 'When it fires or, when open, resolves by itself' },
          quarantinedUntil: instant,
          silent: count,
          finding: count,
          verdicts: listOf(ref('Verdict')),
        },
        ['detector', 'type', 'state', 'text', 'silent', 'finding', 'verdicts'],
      ),
    ),
  }),
  Model: object(MODEL_FIELDS),
  ModelDetail: object({
    ...MODEL_FIELDS,
    models: listOf({
      allOf: [ref('StagedModel'), object({ metadata: ref('ModelMetadata'), bytes: count })],
    }),
  }),
  StagedModel: object({
    id: { ...text, description: 'SHA-256 of the artefact, in hex' },
    stage: { enum: MODEL_STAGES },
    share: { ...number, description: 'Part of the subjects that a canary judges' },
    since: instant,
  }),
  ModelMetadata: object(
    {
      name: text,
      kind: text,
      features: object({ name: text, version: count, hash: text }),
      dataHash: text,
      parameters: { type: 'object' },
      metrics: { type: 'object', additionalProperties: number },
      parent: text,
      backend: text,
      createdAt: instant,
    },
    ['name', 'kind', 'dataHash', 'parameters', 'metrics', 'backend', 'createdAt'],
  ),
  Ledger: object({
    received: count,
    accepted: count,
    stored: count,
    storedRecords: count,
    shed: { type: 'object', description: 'By class', additionalProperties: count },
    quarantined: count,
    duplicates: count,
    rejected: { type: 'object', description: 'By reason', additionalProperties: count },
    pending: count,
    droppedAtSource: count,
    lateRecords: count,
    clampedRecords: count,
  }),
  Inputs: object({
    inputs: listOf(
      object(
        {
          name: text,
          type: text,
          transport: { enum: ['tcp', 'tls', 'udp'] },
          host: text,
          port: count,
          connections: count,
          bytes: count,
          accepted: count,
          raw: { ...count, description: 'Lines that no parser could read, kept raw' },
          unacked: { ...count, description: 'Records of which the sender heard nothing' },
          cut: { ...count, description: 'Lines of which the end was cut off' },
          waits: count,
          dropped: { ...count, description: 'Datagrams that were lost for want of room' },
          rejected: { type: 'object', description: 'By reason', additionalProperties: count },
          lag: { ...count, description: 'Messages that wait at the broker (kafka)' },
          problem: { ...text, description: 'Why nothing is read from the broker now (kafka)' },
        },
        [
          ...['name', 'type', 'transport', 'host', 'port', 'connections', 'bytes', 'accepted'],
          ...['raw', 'unacked', 'cut', 'waits', 'dropped', 'rejected'],
        ],
      ),
    ),
  }),
  DeadLetter: object(
    {
      id: text,
      lsn: count,
      ordinal: { type: 'integer' },
      subject: text,
      stage: text,
      reason: text,
      pointer: text,
      at: instant,
      body: { type: 'string', contentEncoding: 'base64' },
      service: { ...text, description: 'The one service that its sender may post for' },
      clockOffsetMs: number,
      ordinals: listOf(count),
      replayed: object({ lsn: count, at: instant }),
    },
    ['id', 'lsn', 'ordinal', 'subject', 'stage', 'reason', 'pointer', 'at', 'body'],
  ),
  Enrichment: object(
    {
      version: { ...count, description: 'Grows whenever other tables come in force' },
      tables: listOf(object({ name: text, key: text, source: text, rows: count, version: text })),
      shifts: listOf(text),
      utcOffsetMinutes: { type: 'integer' },
      problem: { ...text, description: 'Why the newest files are not in force' },
    },
    ['version', 'tables', 'shifts', 'utcOffsetMinutes'],
  ),
  SchemaDrift: object({
    drift: listOf(
      object({
        service: text,
        field: text,
        kind: {
          enum: DRIFT_KINDS,
          description: 'Not in the schema, of another type, or no longer there',
        },
        count,
        firstSeen: instant,
        lastSeen: instant,
      }),
    ),
  }),
  DeadLetterReplay: object(
    {
      results: listOf(
        object({
          id: text,
          outcome: { enum: ['accepted', 'invalid', 'already', 'refused'] },
          records: count,
          pointer: text,
          reason: text,
        }),
      ),
      scanned: count,
      cursor: text,
      isBusy: flag,
    },
    ['results', 'scanned', 'isBusy'],
  ),
  DeadLetterPage: page('letters', 'DeadLetter'),
  Health: object({
    state: { enum: ['ok', 'degraded', 'failed'] },
    ready: flag,
    site: text,
    version: text,
    parts: listOf(
      object({
        name: text,
        state: { enum: ['ok', 'degraded', 'failed', 'off'] },
        evidence: text,
        fix: text,
      }),
    ),
  }),
};
