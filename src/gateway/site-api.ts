import type { Cancel, Clock } from '../core/clock.ts';
import type { ActorInfo } from '../model/actor-event.ts';
import type { Alert, AlertLabel } from '../model/alert.ts';
import type { FeedMessage, Overview, VitalPoint } from '../model/feed.ts';
import type { Ledger } from '../model/ledger.ts';
import type { Performance } from '../model/performance.ts';
import type { ModelStage, ModelStages, ModelVersion } from '../model/models.ts';
import type { CountedEdge, StreamGraph } from '../model/stream-graph.ts';
import type { SubjectId, SubjectKind } from '../model/subject.ts';
import type { Tap } from '../model/tap.ts';
import type { SubjectTemplates } from '../model/templates.ts';
import type { SubjectExplanation } from '../model/verdict.ts';
import type {
  AlertQuery,
  DeadLetter,
  QueryPage,
  RecordQuery,
  StoredRecord,
} from '../store/store.ts';
import type { InputInfo } from './tcp/input-info.ts';
import type { DriftEntry } from '../wire/records/drift.ts';

/** An enrolled watch. */
export interface Device {
  readonly id: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly revoked: boolean;
  readonly enrolledAt: number;
}

/** What the gateway asks about watches, on its hot path: synchronous, from memory. */
export interface DeviceDirectory {
  find(id: string): Device | undefined;
  /** Told after a device is revoked, so that its live socket closes (4403) within 5 s. */
  onRevoked(listener: (id: string) => void): Cancel;
}

/** The X25519 key that watches seal to, without its secret half. */
export interface SiteKeyView {
  /** The first 32 hex digits of SHA-256 of the public key. */
  readonly id: string;
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface HealthPart {
  readonly name: string;
  readonly state: 'ok' | 'degraded' | 'failed' | 'off';
  /** Why, with figures. */
  readonly evidence: string;
  /** What to do, '' when ok. */
  readonly fix: string;
}

export interface Health {
  /** `ok` when no part is failed. */
  readonly state: 'ok' | 'degraded' | 'failed';
  readonly ready: boolean;
  readonly site: string;
  readonly version: string;
  readonly parts: readonly HealthPart[];
}

export interface SubjectSummary {
  readonly id: SubjectId;
  readonly kind: SubjectKind;
  readonly lastTimestamp: number;
  readonly records: number;
  readonly errors: number;
  readonly openAlerts: number;
  readonly online: boolean;
  /** How old the newest record of the last entry was when the gateway saw it, in ms. */
  readonly lagMs?: number | undefined;
  /** Latest vitals of a device, when it sent any. */
  readonly vitals: VitalPoint | undefined;
}

export interface SubjectDetail extends SubjectSummary {
  /** The newest vitals, at most 600, oldest first. */
  readonly recentVitals: readonly VitalPoint[];
  /** State of each detector, redacted plain data. */
  readonly detectors: Readonly<Record<string, unknown>>;
}

export interface ActorDetail {
  readonly info: ActorInfo;
  /** Redacted plain data. */
  readonly state: unknown;
  readonly capturedAt: number;
  readonly recentErrors: readonly string[];
}

/** Which dead letters to take in again: the named ones, or a page of those that match. */
export interface LetterReplayRequest {
  readonly ids?: readonly string[];
  /** Part of the reason or pointer, in any case. */
  readonly reason?: string;
  readonly service?: string;
  /** Letters to look at. @default 200, which is the most */
  readonly limit?: number;
  readonly cursor?: string;
}

/** What became of one letter. */
export interface LetterResult {
  readonly id: string;
  /**
   * `accepted`: its records are durable now. `invalid`: they still do not fit.
   * `already`: they were taken in before. `refused`: there is nothing to take in.
   */
  readonly outcome: 'accepted' | 'invalid' | 'already' | 'refused';
  readonly records: number;
  /** JSON pointer into the record, '' when it does not apply. */
  readonly pointer: string;
  readonly reason: string;
}

export interface LetterReplayPage {
  readonly results: readonly LetterResult[];
  /** Letters looked at. */
  readonly scanned: number;
  /** For the next page; absent after the last one. */
  readonly cursor: string | undefined;
  /** It stopped early, because the site is busy: repeat the call with this cursor. */
  readonly isBusy: boolean;
}

/** The lookup tables that records and alerts are enriched with. */
export interface EnrichmentInfo {
  /** Grows by one whenever other tables come in force. */
  readonly version: number;
  readonly tables: readonly {
    readonly name: string;
    readonly key: string;
    /** File or bucket. */
    readonly source: string;
    readonly rows: number;
    /** Twelve hex digits of a hash of the content. */
    readonly version: string;
  }[];
  /** Names of the shifts. */
  readonly shifts: readonly string[];
  readonly utcOffsetMinutes: number;
  /** Why the newest files are not in force. */
  readonly problem?: string;
}

export type AlertAction = 'acknowledge' | 'resolve' | 'label';

export interface AlertActionRequest {
  /** Idempotency key; a repeated id changes nothing and gives the same answer. */
  readonly commandId: string;
  readonly alert: string;
  readonly action: AlertAction;
  readonly by: string;
  readonly note: string;
  readonly label?: AlertLabel;
}

/** Who changes the stage of a model, and why. */
export interface ModelReason {
  readonly by: string;
  readonly why: string;
}

/** The site's models; who changed a stage, when and why stays in their signed history. */
export interface ModelsApi {
  list(): Promise<readonly ModelStages[]>;
  /** @throws NOT_FOUND | MODEL_INVALID */
  stages(name: string): Promise<ModelStages>;
  /** @throws NOT_FOUND | MODEL_INVALID */
  versions(name: string): Promise<readonly ModelVersion[]>;
  /** @throws NOT_FOUND | CONFLICT | BAD_REQUEST | MODEL_INVALID */
  promote(
    name: string,
    wish: ModelReason & {
      readonly version?: string;
      readonly to?: ModelStage;
      readonly share?: number;
    },
  ): Promise<{ readonly stages: ModelStages }>;
  /** @throws NOT_FOUND | CONFLICT | MODEL_INVALID */
  rollback(name: string, reason: ModelReason): Promise<ModelStages>;
}

/** What the HTTP API and the dashboard's feed ask of the site; the composition root implements it. Errors are WatchkeeperErrors. */
export interface SiteApi {
  readonly name: string;
  readonly clock: Clock;
  readonly version: string;
  /** The key in force, for watches to pin. */
  siteKey(): SiteKeyView;
  alerts(
    query: AlertQuery,
  ): Promise<{ readonly alerts: readonly Alert[]; readonly cursor: string | undefined }>;
  alert(id: string): Promise<Alert | undefined>;
  /** Answered after the command is durable and applied. @throws NOT_FOUND | CONFLICT */
  act(request: AlertActionRequest): Promise<Alert>;
  actors(): readonly ActorInfo[];
  actor(path: string): ActorDetail | undefined;
  subjects(options: {
    readonly kind?: SubjectKind;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{
    readonly subjects: readonly SubjectSummary[];
    readonly cursor: string | undefined;
  }>;
  subject(id: SubjectId): Promise<SubjectDetail | undefined>;
  /** Templates of a watch's or a service's messages; none of a user's. `undefined` when there is no such subject. */
  templates(id: SubjectId): Promise<SubjectTemplates | undefined>;
  records(query: RecordQuery): Promise<QueryPage>;
  /** Adds `template` and `params` to records, as far as their subjects' templates are still known. */
  describe(records: readonly StoredRecord[]): Promise<readonly StoredRecord[]>;
  deadLetters(options: { readonly limit: number; readonly cursor?: string }): Promise<{
    readonly letters: readonly DeadLetter[];
    readonly cursor: string | undefined;
  }>;
  /** Takes dead letters in again; answered when what was accepted is durable. @throws NOT_FOUND | RATE_LIMITED | OVERLOADED */
  replayDeadLetters(request: LetterReplayRequest): Promise<LetterReplayPage>;
  devices(): readonly Device[];
  /** Durable when it resolves. @throws CONFLICT when the id is enrolled with another key */
  enroll(request: {
    readonly id: string;
    readonly publicKey: Uint8Array;
    readonly by: string;
  }): Promise<Device>;
  /** @throws NOT_FOUND */
  revoke(request: {
    readonly id: string;
    readonly by: string;
    readonly reason: string;
  }): Promise<void>;
  detectors(): readonly {
    readonly id: string;
    readonly type: string;
    readonly version: number;
    readonly where?: string;
    readonly options: unknown;
  }[];
  /** What labels and acknowledgements say about the detectors, over the last 30 days of site time. @throws STORE_FAILED */
  performance(): Promise<Performance>;
  /** How records become alerts under the detectors in force, and what passes along each edge. */
  streams(): StreamGraph<CountedEdge>;
  /** What passes through the site now. */
  tap(): Tap;
  /**
   * Why the detectors of a subject have fired or not; `undefined` when there is no such subject.
   * @param detector id or type; all when left out. @throws NOT_FOUND when no such detector watches it
   */
  explain(id: SubjectId, detector?: string): Promise<SubjectExplanation | undefined>;
  /** How records differ from the log schema, since the start; the newest first. */
  schemaDrift(): readonly DriftEntry[];
  /** The lookup tables in force. */
  enrichment(): EnrichmentInfo;
  /** Trained models and the stages of their versions. */
  readonly models: ModelsApi;
  ledger(): Ledger;
  /** The inputs of `inputs.yaml` that run, with the ports they really listen on. */
  inputs(): readonly InputInfo[];
  overview(): Overview;
  health(): Promise<Health>;
  /** Live feed: `topo`, `frame`, `event`, `alerts`, `vitals` as they happen, only while subscribed. */
  observe(interest: FeedInterest, listener: (message: FeedMessage) => void): Cancel;
}

/** What one dashboard connection looks at now. */
export interface FeedInterest {
  readonly page: 'overview' | 'actors' | 'subject' | 'none';
  readonly subject: SubjectId | undefined;
  /** Frames per second, 0 to 10. */
  readonly hz: number;
}
