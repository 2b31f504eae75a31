import { backoffMs } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Tracer } from '../core/trace.ts';
import type { Channel, Notification } from '../alerts/channel.ts';
import type { Outbox } from '../alerts/outbox.ts';
import type { ActorSystem } from './kernel/actor-system.ts';
import type { ActorRef } from './kernel/ref.ts';

export interface DeliveryOptions {
  readonly system: ActorSystem;
  readonly parent: ActorRef<never>;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly random: () => number;
  /** Journals that the far end confirmed. */
  readonly onDelivered: (channel: string, notification: Notification) => void;
}

const BACKOFF = { firstMs: 100, maxMs: 30_000, jitter: 0.2 };

/** One actor per channel: takes notifications out of the outbox one by one, and waits longer after each failure. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #lines = new Map<string, Line>();
  #isStopped = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    for (const channel of options.outbox.channels)
      this.#lines.set(channel.name, this.#line(channel));
  }

  /** There is something new for a channel; does nothing while it is at work. */
  wake(channel: string): void {
    const line = this.#lines.get(channel);
    if (line === undefined || line.isBusy || this.#isStopped) return;
    line.isBusy = true;
    this.#options.system.tell(line.ref, 'deliver');
  }

  wakeAll(): void {
    for (const name of this.#lines.keys()) this.wake(name);
  }

  /** Why a channel's last delivery failed; `undefined` when it did not. */
  lastError(channel: string): string | undefined {
    return this.#lines.get(channel)?.lastError;
  }

  stop(): void {
    this.#isStopped = true;
  }

  #line(channel: Channel): Line {
    const line: Line = {
      isBusy: false,
      failures: 0,
      lastError: undefined,
      ref: this.#options.system.spawn<undefined, 'deliver'>(
        { parent: this.#options.parent, name: `delivery-${channel.name}` },
        async () => {
          await this.#deliverAll(channel, line);
          return undefined;
        },
        {
          kind: 'delivery',
          initial: () => undefined,
          describe: () => ({
            pending: this.#options.outbox.pending(channel.name),
            failures: line.failures,
            lastError: line.lastError,
          }),
        },
      ),
    };
    return line;
  }

  async #deliverAll(channel: Channel, line: Line): Promise<void> {
    const { outbox } = this.#options;
    for (
      let next = outbox.next(channel.name);
      next !== undefined;
      next = outbox.next(channel.name)
    ) {
      if (this.#isStopped) break;
      if (!(await this.#deliver(channel, next, line))) break;
    }
    line.isBusy = false;
  }

  async #deliver(channel: Channel, notification: Notification, line: Line): Promise<boolean> {
    const { clock, tracer, logger, random } = this.#options;
    const start = clock.monotonic();
    try {
      await channel.deliver(notification);
    } catch (error) {
      line.lastError = messageOf(error);
      logger.warn('A channel did not take an alert; trying again.', {
        channel: channel.name,
        alert: notification.alert.id,
        error: line.lastError,
      });
      clock.after(backoffMs(line.failures, BACKOFF, random), () => {
        this.wake(channel.name);
      });
      line.failures += 1;
      return false;
    }
    line.failures = 0;
    line.lastError = undefined;
    if (tracer.isOn) {
      const trace = notification.alert.id;
      tracer.record({ name: `channel.${channel.name}`, trace, start, end: clock.monotonic() });
    }
    this.#options.outbox.delivered(channel.name, notification.key);
    this.#options.onDelivered(channel.name, notification);
    return true;
  }
}

interface Line {
  readonly ref: ActorRef<'deliver'>;
  isBusy: boolean;
  failures: number;
  lastError: string | undefined;
}
