import type { NumberScale } from './severity.ts';

/** What a field of a structured line stands for. */
export type FieldRole =
  | 'timestamp'
  | 'level'
  | 'message'
  | 'service'
  | 'user'
  | 'request'
  | 'error'
  | 'duration'
  | 'device'
  | 'status';

/** What a known key means. */
export interface Role {
  readonly role: FieldRole;
  /** The lower one wins where several fields have the same role. */
  readonly rank: number;
  /** How many ms one of a duration is. */
  readonly unitMs?: number;
  readonly scale?: NumberScale;
  /** A number under this key says nothing of the kind: `code` may be an exit code or a status. */
  readonly isTextOnly?: boolean;
}

const ROLES = new Map<string, Role>();

function names(
  role: FieldRole,
  keys: readonly string[],
  more: Omit<Role, 'role' | 'rank'> = {},
): void {
  for (const key of keys) ROLES.set(key, { role, rank: ROLES.size, ...more });
}

names('timestamp', ['timestamp', '@timestamp', 'time', 'ts', '@t', 't', 'datetime', 'asctime']);
names('timestamp', ['timestamp_ms', 'eventTime', 'event_time', 'date', 'Timestamp']);
names('level', ['level', 'log.level', '@level', 'lvl', 'levelname', 'loglevel', 'log_level']);
names('level', ['severity_text', 'severityText', 'severity', '@l', 'Level', 'LEVEL']);
names('level', ['severity_number', 'severityNumber'], { scale: 'otel' });
names('level', ['levelno'], { scale: 'python' });
names('level', ['PRIORITY'], { scale: 'syslog' });
names('message', ['message', 'msg', '@message', 'short_message', '@m', 'MESSAGE', 'Message']);
names('message', ['log', 'text', 'body', 'event', '@mt', 'line']);
names('service', ['service', 'service.name', 'service_name', 'serviceName', '_service', 'app']);
names('service', ['_app', 'application', 'app_name', 'appName', 'component_name']);
names('service', ['job', 'fields.service', 'SYSLOG_IDENTIFIER']);
names('user', ['user_id', 'userId', 'user.id', 'user.name', 'username', 'user', '_user_id', 'uid']);
names('request', ['request_id', 'requestId', 'http.request.id', 'req_id', 'reqId', '_request_id']);
names('request', ['x_request_id', 'correlation_id', 'correlationId']);
names('error', ['error_code', 'errorCode', 'error.code', 'err_code', '_error_code']);
names('error', ['code'], { isTextOnly: true });
names('duration', ['duration_ms', 'durationMs', 'elapsed_ms', 'latency_ms', 'took_ms'], {
  unitMs: 1,
});
names('duration', ['response_time_ms', 'responseTime', 'elapsedMs', '_duration_ms'], { unitMs: 1 });
names('duration', ['event.duration', 'duration_ns'], { unitMs: 1e-6 });
names('duration', ['duration_us'], { unitMs: 1e-3 });
names('duration', ['request_time', 'duration_s', 'elapsed_seconds'], { unitMs: 1000 });
names('duration', ['duration', 'elapsed', 'latency', 'took']);
names('device', ['device_id', 'deviceId']);
names('status', ['status', 'status_code', 'http.response.status_code', 'statusCode']);

/** What a key of a structured line stands for; `undefined` for one that becomes an attribute. */
export function roleOf(key: string): Role | undefined {
  return ROLES.get(key);
}

/** Groups of the Elastic Common Schema whose inner fields have roles: `log` for `log.level`. */
export const NESTED_GROUPS: ReadonlySet<string> = new Set(
  [...ROLES.keys()].filter((key) => key.includes('.')).map((key) => key.split('.', 1)[0] ?? ''),
);
