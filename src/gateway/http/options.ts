import type { Logger } from '../../core/logger.ts';
import type { Tracer } from '../../core/trace.ts';
import type { TokenStore } from '../../security/tokens.ts';
import type { DeviceEndpoint } from '../device-endpoint.ts';
import type { FeedLimits } from '../feed/limits.ts';
import type { Intake } from '../intake.ts';
import type { RecordRules } from '../record-rules.ts';
import type { PenaltyBox } from '../penalty-box.ts';
import type { SourcePositions } from '../sources/positions.ts';
import type { SiteApi } from '../site-api.ts';
import type { TlsMaterial } from '../tls/tls-material.ts';
import type { HttpLimits } from './limits.ts';
import type { MetricsRegistry } from './metrics-registry.ts';

/** Files of the dashboard by URL path (`/`, `/main.js`, …). */
export interface DashboardAssets {
  get(path: string): { readonly body: Buffer; readonly type: string } | undefined;
}

/** One record of `POST /v1/logs` that did not pass, for the dead letters. */
export interface RejectedRecord {
  /** Position in the body, from 0. */
  readonly index: number;
  readonly pointer: string;
  readonly reason: string;
  /** The record as received, at most 64 KiB; the whole body when it could not be taken apart. */
  readonly body: Uint8Array;
  /** Site-clock ms. */
  readonly at: number;
  /** Id of the token that sent it. */
  readonly token: string;
  /** The one service that it may post for, if it is bound to one. */
  readonly service?: string;
}

export interface HttpGatewayOptions {
  readonly api: SiteApi;
  readonly intake: Pick<Intake, 'admit' | 'submit' | 'barrier'>;
  /** Seals a service's records to the site's key. */
  readonly groups: { seal(service: string, payload: Uint8Array): Uint8Array };
  readonly records: RecordRules;
  readonly tokens: Pick<TokenStore, 'verify' | 'isActive'>;
  readonly devices: DeviceEndpoint;
  readonly metrics: MetricsRegistry;
  readonly logger: Logger;
  readonly tracer?: Tracer;
  readonly dashboard?: DashboardAssets;
  /** Without it only loopback can be listened on. */
  readonly tls?: TlsMaterial;
  readonly limits?: Partial<HttpLimits>;
  /** Slows down senders of what cannot be read. @default one with PENALTY_LIMITS */
  readonly penalties?: PenaltyBox;
  readonly feedLimits?: Partial<FeedLimits>;
  /** How far sources were taken in; of its own, and forgotten with it, when left out. */
  readonly positions?: SourcePositions;
  readonly onRejected?: (record: RejectedRecord) => void;
  /** Makes ids of commands whose sender gave none. @default crypto.randomUUID */
  readonly newId?: () => string;
}
