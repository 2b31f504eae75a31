import type { Alert, AlertLabel } from '../../../model/alert.ts';
import type { ModelStages, ModelVersion } from '../../../model/models.ts';
import type { Performance } from '../../../model/performance.ts';
import type { CountedEdge, StreamGraph } from '../../../model/stream-graph.ts';
import type { ActorDetail, SubjectDetail, SubjectSummary } from '../../site-api.ts';
import type { StoredRecord } from '../../../store/store.ts';
import type { ModelEntry } from '../logic/model-rows.ts';

/** An answer that was not 2xx, or none at all (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface RecordsRequest {
  readonly subject: string;
  readonly from: number;
  readonly to: number;
  readonly level?: string;
  readonly limit: number;
}

/** The calls of the dashboard to the site's HTTP API. Each rejects with an {@link ApiError}. */
export interface ApiClient {
  /** Resolves when the token is good. */
  check(): Promise<void>;
  alert(id: string): Promise<Alert>;
  /** Resolves to the alert as it is after the change, which is then durable. */
  act(request: AlertActRequest): Promise<Alert>;
  /** Resolves to the alert with its label, which is then durable. */
  label(request: AlertLabelRequest): Promise<Alert>;
  actor(path: string): Promise<ActorDetail>;
  subjects(kind: 'device' | 'service'): Promise<readonly SubjectSummary[]>;
  subject(id: string): Promise<SubjectDetail>;
  records(request: RecordsRequest): Promise<readonly StoredRecord[]>;
  streams(): Promise<StreamGraph<CountedEdge>>;
  /** At most the first 100, each with what its versions were trained on, where that can be read. */
  models(): Promise<readonly ModelEntry[]>;
  performance(): Promise<Performance>;
}

interface AlertActRequest {
  readonly alert: string;
  readonly action: 'acknowledge' | 'resolve';
  readonly note: string;
  /** Repeats of one command have the same id. */
  readonly commandId: string;
}

interface AlertLabelRequest {
  readonly alert: string;
  readonly label: AlertLabel;
  readonly commandId: string;
}

/** Pages of the subject list that are read at most: 20 of 500. */
const MAX_PAGES = 20;
const MAX_MODELS = 100;

export interface ApiClientOptions {
  readonly token: string;
  readonly fetch: typeof fetch;
  /** Told on 401. */
  readonly onRefused: () => void;
}

/** Speaks to the API of the origin that the dashboard came from. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const call = <T>(path: string, change?: Change): Promise<T> => request<T>(options, path, change);
  return {
    check: async () => {
      await call('/v1/alerts?limit=1');
    },
    alert: (id) => call(`/v1/alerts/${encodeURIComponent(id)}`),
    act: ({ alert, action, note, commandId }) => {
      const verb = action === 'acknowledge' ? 'ack' : 'resolve';
      return call(`/v1/alerts/${encodeURIComponent(alert)}/${verb}`, { body: { note }, commandId });
    },
    label: ({ alert, label, commandId }) =>
      call(`/v1/alerts/${encodeURIComponent(alert)}/label`, { body: { label }, commandId }),
    actor: (path) =>
      call(`/v1/actors/${path.split('/').filter(Boolean).map(encodeURIComponent).join('/')}`),
    subjects: (kind) => allSubjects(kind, call),
    subject: (id) => {
      const [kind = '', ...name] = id.split(':');
      return call(`/v1/subjects/${kind}/${encodeURIComponent(name.join(':'))}`);
    },
    records: async (query) => {
      const text = new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]));
      const page = await call<{ records: readonly StoredRecord[] }>(`/v1/records/query?${text}`);
      return page.records;
    },
    streams: () => call('/v1/streams'),
    models: () => allModels(call),
    performance: () => call('/v1/detectors/performance'),
  };
}

type Call = <T>(path: string) => Promise<T>;

/** What a POST carries. */
interface Change {
  readonly body: unknown;
  readonly commandId: string;
}

async function allSubjects(kind: string, call: Call): Promise<readonly SubjectSummary[]> {
  const subjects: SubjectSummary[] = [];
  let cursor = '';
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await call<{ subjects: readonly SubjectSummary[]; cursor?: string | null }>(
      `/v1/subjects?kind=${kind}&limit=500${after}`,
    );
    subjects.push(...answer.subjects);
    cursor = answer.cursor ?? '';
    if (cursor === '') break;
  }
  return subjects;
}

async function allModels(call: Call): Promise<readonly ModelEntry[]> {
  const { models } = await call<{ models: readonly ModelStages[] }>('/v1/models');
  return Promise.all(
    models.slice(0, MAX_MODELS).map(async (stages) => {
      const path = `/v1/models/${encodeURIComponent(stages.name)}`;
      // One that cannot be read must not hide the others.
      const detail = await call<{ models: readonly ModelVersion[] }>(path).catch(() => undefined);
      return { stages, versions: detail?.models };
    }),
  );
}

async function request<T>(options: ApiClientOptions, path: string, change?: Change): Promise<T> {
  let response: Response;
  try {
    response = await options.fetch(path, requestInit(options.token, change));
  } catch {
    throw new ApiError(0, 'The site does not answer.');
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  if (response.status === 401) options.onRefused();
  throw new ApiError(response.status, problemText(answer, response.status));
}

function requestInit(token: string, change: Change | undefined): RequestInit {
  const authorization = `Bearer ${token}`;
  if (change === undefined) return { headers: { authorization } };
  return {
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'application/json',
      'idempotency-key': change.commandId,
    },
    body: JSON.stringify(change.body),
  };
}

/** The sentence of an RFC 9457 problem, else the status. */
function problemText(answer: unknown, status: number): string {
  const problem = (answer ?? {}) as { detail?: unknown; title?: unknown };
  const text = problem.detail ?? problem.title;
  return typeof text === 'string' && text !== '' ? text : `The site answered ${status}.`;
}
