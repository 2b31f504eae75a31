import type { AlertTransition } from '../model/alert.ts';
import type { Channel, Notification } from './channel.ts';

/** Notifications a channel may be behind before repeats are dropped. */
const LIMIT = 100_000;

interface Line {
  readonly channel: Channel;
  readonly pending: Map<string, Notification>;
}

export interface OutboxState {
  readonly lines: Readonly<Record<string, readonly Notification[]>>;
}

/**
 * What still has to leave, per channel, in order: part of the state, so that
 * a crash between an alert and its delivery loses nothing. A notification
 * leaves the outbox when its channel confirmed and that is journalled; it may
 * be delivered again after a crash, always under the same key.
 */
export class Outbox {
  readonly #lines = new Map<string, Line>();
  /** Deliveries that were journalled before the alert was folded again in a replay. */
  readonly #delivered = new Set<string>();
  #dropped = 0;
  #isReplaying = true;

  constructor(channels: readonly Channel[]) {
    for (const channel of channels) this.#lines.set(channel.name, { channel, pending: new Map() });
  }

  get channels(): readonly Channel[] {
    return [...this.#lines.values()].map(({ channel }) => channel);
  }

  /** Repeats that were dropped because a channel was too far behind. */
  get dropped(): number {
    return this.#dropped;
  }

  pending(channel: string): number {
    return this.#lines.get(channel)?.pending.size ?? 0;
  }

  /** Puts a notification into every channel that accepts it; returns their names. */
  add(notification: Notification): string[] {
    const names: string[] = [];
    for (const [name, { channel, pending }] of this.#lines) {
      if (this.#delivered.delete(`${name}/${notification.key}`)) continue;
      if (!channel.accepts(notification)) continue;
      if (pending.size >= LIMIT && isDroppable(notification.transition)) {
        this.#dropped += 1;
        continue;
      }
      pending.set(notification.key, notification);
      names.push(name);
    }
    return names;
  }

  /** The oldest that has not left; `undefined` when all have. */
  next(channel: string): Notification | undefined {
    const line = this.#lines.get(channel);
    return line?.pending.values().next().value;
  }

  /** A delivery was journalled. */
  delivered(channel: string, key: string): void {
    const line = this.#lines.get(channel);
    if (line === undefined || line.pending.delete(key) || !this.#isReplaying) return;
    this.#delivered.add(`${channel}/${key}`);
  }

  /** Forgets deliveries that no alert of the replay asked for; from now on every delivery follows its alert. */
  endReplay(): void {
    this.#isReplaying = false;
    this.#delivered.clear();
  }

  snapshot(): OutboxState {
    const entries = [...this.#lines].map(
      ([name, { pending }]) => [name, [...pending.values()]] as const,
    );
    return { lines: Object.fromEntries(entries) };
  }

  /** Channels that no longer exist lose their line. */
  restore({ lines }: OutboxState): void {
    for (const [name, notifications] of Object.entries(lines)) {
      const line = this.#lines.get(name);
      for (const notification of notifications) line?.pending.set(notification.key, notification);
    }
  }
}

function isDroppable(transition: AlertTransition): boolean {
  return transition === 'repeated';
}
