import type { Alert, AlertState, AlertTransition } from '../model/alert.ts';
import type { Evidence, EvidenceSample } from '../model/finding.ts';
import { levelName } from '../model/level.ts';
import type { Severity } from '../model/severity.ts';
import { alertText } from './alert-text.ts';
import type { Notification } from './channel.ts';

/** Bytes an encoded message may take. */
export const MESSAGE_LIMIT = 64 * 1024;

/** What subscribers get, as JSON: docs/alert.schema.json describes it. Times are RFC 3339 in UTC. */
export interface AlertMessage {
  /** Version of the message's form; fields may be added under the same number. */
  readonly schema: 1;
  readonly id: string;
  readonly site: string;
  readonly type: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly key: string;
  readonly state: AlertState;
  readonly transition: AlertTransition;
  readonly summary: string;
  readonly action_required: string;
  /** The whole alert as people read it. */
  readonly text: string;
  readonly opened_at: string;
  readonly updated_at: string;
  readonly acknowledged_at: string | null;
  readonly acknowledged_by: string | null;
  readonly resolved_at: string | null;
  readonly resolved_by: string | null;
  readonly note: string | null;
  readonly count: number;
  readonly revision: number;
  readonly trigger: string;
  readonly detector: { readonly id: string; readonly version: number };
  readonly evidence: EvidenceMessage;
  readonly config_hash: string;
  /** What lookup tables say of the subject at the moment of sending, such as its owner. */
  readonly enrichment?: Readonly<Record<string, string>>;
}

export interface EvidenceMessage {
  readonly value: number;
  readonly threshold: number;
  readonly unit: string;
  readonly window_ms: number;
  readonly samples: readonly Readonly<Record<string, unknown>>[];
  readonly facts: Readonly<Record<string, unknown>>;
  /** Whether samples or facts were left out because the message would have been too large. */
  readonly truncated: boolean;
}

/** The alert and what happened to it, as subscribers see it. */
export function alertMessage({ alert, transition, enrichment }: Notification): AlertMessage {
  return {
    schema: 1,
    id: alert.id,
    site: alert.site,
    type: alert.type,
    severity: alert.severity,
    subject: alert.subject,
    key: alert.key,
    state: alert.state,
    transition,
    summary: alert.summary,
    action_required: alert.actionRequired,
    text: alertText(alert, transition),
    ...lifeOf(alert),
    note: alert.note ?? null,
    count: alert.count,
    revision: alert.revision,
    trigger: alert.trigger,
    detector: { id: alert.detector, version: alert.detectorVersion },
    evidence: evidenceMessage(alert.evidence),
    config_hash: alert.configHash,
    ...(enrichment === undefined ? {} : { enrichment }),
  };
}

/**
 * The message as JSON in at most `limit` bytes: samples go first, from the
 * last, then the facts and the enrichment, then the ends of long texts. It is never too large
 * to be sent, so no alert waits for ever.
 */
export function encodeAlertMessage(notification: Notification, limit = MESSAGE_LIMIT): Uint8Array {
  const message = alertMessage(notification);
  const whole = encode(message);
  if (whole.length <= limit) return whole;
  const { evidence } = message;
  for (let kept = evidence.samples.length - 1; kept >= 0; kept -= 1) {
    const samples = evidence.samples.slice(0, kept);
    const bytes = encode({ ...message, evidence: { ...evidence, samples, truncated: true } });
    if (bytes.length <= limit) return bytes;
  }
  const { enrichment: _left, ...slim } = message;
  const bare = { ...slim, evidence: { ...evidence, samples: [], facts: {}, truncated: true } };
  const bytes = encode(bare);
  return bytes.length <= limit ? bytes : encode(withShortTexts(bare));
}

function lifeOf(
  alert: Alert,
): Pick<
  AlertMessage,
  'opened_at' | 'updated_at' | 'acknowledged_at' | 'acknowledged_by' | 'resolved_at' | 'resolved_by'
> {
  return {
    opened_at: time(alert.openedAt),
    updated_at: time(alert.updatedAt),
    acknowledged_at: alert.acknowledgedAt === undefined ? null : time(alert.acknowledgedAt),
    acknowledged_by: alert.acknowledgedBy ?? null,
    resolved_at: alert.resolvedAt === undefined ? null : time(alert.resolvedAt),
    resolved_by: alert.resolvedBy ?? null,
  };
}

function evidenceMessage(evidence: Evidence): EvidenceMessage {
  const { value, threshold, unit, windowMs, samples, facts } = evidence;
  return {
    value,
    threshold,
    unit,
    window_ms: windowMs,
    samples: samples.map(sampleMessage),
    facts,
    truncated: false,
  };
}

/** Names of config/log_schema.yaml; what a record does not have is left out. */
function sampleMessage(sample: EvidenceSample): Readonly<Record<string, unknown>> {
  const { timestamp, level, service, message, userId, requestId, errorCode, durationMs } = sample;
  return {
    timestamp: time(timestamp),
    level: levelName(level),
    service,
    message,
    user_id: userId,
    request_id: requestId,
    error_code: errorCode,
    duration_ms: durationMs,
  };
}

const SHORT = 1_000;

function withShortTexts(message: AlertMessage): AlertMessage {
  const { summary, action_required: action, text, note, key } = message;
  return {
    ...message,
    summary: short(summary),
    action_required: short(action),
    text: short(text),
    key: short(key),
    note: note === null ? null : short(note),
    acknowledged_by: message.acknowledged_by === null ? null : short(message.acknowledged_by),
    resolved_by: message.resolved_by === null ? null : short(message.resolved_by),
  };
}

function short(text: string): string {
  return text.length > SHORT ? `${text.slice(0, SHORT - 1)}…` : text;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function encode(message: AlertMessage): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}
