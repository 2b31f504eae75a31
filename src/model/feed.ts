import type { ActorEvent, ActorInfo } from './actor-event.ts';
import type { Alert } from './alert.ts';
import type { Ledger } from './ledger.ts';
import type { Vitals } from './record.ts';

/** Browser → server on `/ui/ws` (msgpack maps, binary). */
export type FeedRequest =
  | { readonly type: 'hello'; readonly proto: 1; readonly token: string }
  /** Replaces the page subscription. `actors`: topo + frames; `subject`: vitals of one subject; `alerts` is always on. */
  | {
      readonly type: 'sub';
      readonly page: FeedPage;
      readonly subject?: string;
      readonly path?: string;
      readonly hz?: number;
    };

export type FeedPage = 'overview' | 'actors' | 'subject' | 'none';

/** Server → browser on `/ui/ws` (msgpack, binary). Numbers in `frame` are columns in the order of the last `topo`. */
export type FeedMessage =
  | {
      readonly type: 'welcome';
      readonly proto: 1;
      readonly site: string;
      readonly now: number;
      readonly rate: number;
      readonly role: string;
    }
  /** Whole tree; sent on subscription and when actors come or go. */
  | { readonly type: 'topo'; readonly version: number; readonly actors: readonly ActorInfo[] }
  | {
      readonly type: 'frame';
      readonly version: number;
      readonly at: number;
      readonly mailbox: Uint32Array;
      /** Messages per second, over the last second or so. */
      readonly rate: Float32Array;
      readonly restarts: Uint32Array;
      /** Index into {@link ACTOR_STATES}. */
      readonly state: Uint8Array;
    }
  | { readonly type: 'event'; readonly event: ActorEvent; readonly at: number }
  /** `snapshot` holds the newest open, acknowledged and recently resolved ones; later messages one each. */
  | { readonly type: 'alerts'; readonly snapshot: boolean; readonly alerts: readonly Alert[] }
  /** Once a second on every page but `none`: it is also the heartbeat by which a browser tells live from stale. */
  | { readonly type: 'overview'; readonly overview: Overview }
  | { readonly type: 'vitals'; readonly subject: string; readonly points: readonly VitalPoint[] }
  | {
      readonly type: 'state';
      readonly path: string;
      readonly state: unknown;
      readonly capturedAt: number;
    }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

/** Names of the numbers in a frame's `state` column. */
export const ACTOR_STATES = ['idle', 'busy', 'restarting', 'quarantined', 'passive'] as const;

export interface VitalPoint extends Vitals {
  readonly timestamp: number;
}

/** The numbers of the overview page. */
export interface Overview {
  readonly now: number;
  readonly rate: number;
  readonly recordsPerSecond: number;
  readonly watchesOnline: number;
  readonly subjects: Readonly<Record<'device' | 'service' | 'user', number>>;
  readonly lastRecordAt: number;
  /** Seconds, record received → alert published. */
  readonly detectionP99: number | undefined;
  readonly ledger: Ledger;
}
