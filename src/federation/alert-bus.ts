import type { Channel } from '../alerts/channel.ts';
import type { AlertState } from '../model/alert.ts';
import type { ModelShelf } from '../model/model-shelf.ts';
import type { KvBuckets } from './kv-buckets.ts';

/** An acknowledgement that came in on `acks.v1.<site>.<alert>`. */
export interface BusAck {
  readonly alert: string;
  readonly by: string;
  readonly note: string;
  /** Idempotency key: the same message gives the same id. */
  readonly commandId: string;
}

/** What became of it; the sender is told. */
export interface AckOutcome {
  readonly state: AlertState;
}

/** What went through since the start. */
export interface BusCounts {
  readonly published: number;
  /** Confirmed again under a key the stream already had. */
  readonly duplicates: number;
  /** Deliveries that the stream did not confirm; each is tried again. */
  readonly failures: number;
  /** Connections made after the first. */
  readonly reconnects: number;
  readonly acksAccepted: number;
  readonly acksRefused: number;
}

/** The site's side of NATS: alerts go out, acknowledgements come in. */
export interface AlertBus {
  /** Publishes to the alerts stream; confirmed by the stream, deduplicated by key. */
  readonly channel: Channel;
  /** Where subscribers connect, without credentials. */
  readonly url: string;
  /** Who may subscribe to `alerts.v1.>`; undefined on a server that is not ours. */
  readonly subscriber: { readonly user: string; readonly pass: string } | undefined;
  readonly counts: BusCounts;
  /** Tables of NATS KV. */
  readonly buckets: KvBuckets;
  /** Models that sites share. */
  readonly models: ModelShelf;
  /** One listener. It resolves when the acknowledgement is durable; what it throws is told to the sender. */
  onAck(listener: (ack: BusAck) => Promise<AckOutcome | void>): void;
  /** Why it is not healthy; undefined when it is. */
  problem(): string | undefined;
  close(): Promise<void>;
}
