import type { Alert, AlertTransition } from '../model/alert.ts';

/** What the outbox hands to a channel. `key` is the same on every retry. */
export interface Notification {
  /** `<alert id>.<revision>`: idempotency key (Nats-Msg-Id, dedup keys). */
  readonly key: string;
  readonly transition: AlertTransition;
  readonly alert: Alert;
  /** What lookup tables say of the subject when it is sent; no part of the alert, and not kept. */
  readonly enrichment?: Readonly<Record<string, string>>;
}

/** One way out: console, NATS, the store, later Slack, e-mail, … */
export interface Channel {
  /** Stable name, part of the journalled `delivered` outcome. */
  readonly name: string;
  /** Whether this notification goes here at all. */
  accepts(notification: Notification): boolean;
  /** Resolves when the far end has confirmed; rejects to be retried later (at-least-once). */
  deliver(notification: Notification): Promise<void>;
  close(): Promise<void>;
}
