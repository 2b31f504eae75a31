import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { encodeAlertMessage } from '../alerts/alert-message.ts';
import type { Channel, Notification } from '../alerts/channel.ts';
import { WatchkeeperError, messageOf } from '../core/errors.ts';
import type { Alert } from '../model/alert.ts';
import { toToken } from '../model/subject.ts';
import type { BusCounts } from './alert-bus.ts';
import { alertStreamName, claimAlertStream } from './alert-stream.ts';

export interface NatsChannelOptions {
  readonly site: string;
  readonly instance: string;
  readonly connection: () => NatsConnection | undefined;
  readonly problem: () => string | undefined;
}

/** How long the stream may take to confirm, in ms. */
const CONFIRM_MS = 5_000;

/**
 * Publishes alerts to the site's stream. A delivery resolves when that stream
 * has confirmed it; the same key again is confirmed and not stored twice
 * while the stream remembers it (2 hours where the server permits).
 */
export class NatsChannel implements Channel {
  readonly name = 'nats';
  readonly #options: NatsChannelOptions;
  /** The connection on which the stream is known to be ours. */
  #claimed: NatsConnection | undefined;
  #published = 0;
  #duplicates = 0;
  #failures = 0;

  constructor(options: NatsChannelOptions) {
    this.#options = options;
  }

  get counts(): Pick<BusCounts, 'published' | 'duplicates' | 'failures'> {
    return {
      published: this.#published,
      duplicates: this.#duplicates,
      failures: this.#failures,
    };
  }

  /** Every severity: the site's NATS is part of the site. What leaves it is the leaf node's to decide (docs/nats.md). */
  accepts(): boolean {
    return true;
  }

  /** Makes or finds the stream. @throws CONFLICT when it is another site's. */
  async claim(connection: NatsConnection): Promise<void> {
    const { site, instance } = this.#options;
    const manager = await jetstreamManager(connection, { checkAPI: false });
    await claimAlertStream(manager, { site, instance });
    this.#claimed = connection;
  }

  /** @throws BUS_UNAVAILABLE while there is no connection, DELIVERY_FAILED when the stream did not confirm. */
  async deliver(notification: Notification): Promise<void> {
    const connection = this.#options.connection();
    if (connection === undefined) {
      this.#failures += 1;
      throw new WatchkeeperError(
        'BUS_UNAVAILABLE',
        this.#options.problem() ?? 'NATS is not connected.',
      );
    }
    try {
      if (this.#claimed !== connection) await this.claim(connection);
      await this.#publish(connection, notification);
    } catch (error) {
      // The stream may be gone: the next try looks for it first.
      this.#claimed = undefined;
      this.#failures += 1;
      throw new WatchkeeperError(
        'DELIVERY_FAILED',
        `The alerts stream did not confirm: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #publish(connection: NatsConnection, notification: Notification): Promise<void> {
    const ack = await jetstream(connection).publish(
      alertSubject(notification.alert),
      encodeAlertMessage(notification),
      {
        msgID: notification.key,
        timeout: CONFIRM_MS,
        headers: headersOf(notification),
        expect: { streamName: alertStreamName(this.#options.site) },
      },
    );
    if (ack.duplicate) this.#duplicates += 1;
    else this.#published += 1;
  }
}

/** `alerts.v1.<site>.<severity>.<type>.<subject>`; types keep their underscores, so that they can be typed. */
export function alertSubject({ site, severity, type, subject }: Alert): string {
  const tokens = [toToken(site), severity, typeToken(type), toToken(subject)];
  return `alerts.v1.${tokens.join('.')}`;
}

function typeToken(type: string): string {
  return type.split('_').map(toToken).join('_');
}

function headersOf({ alert, transition }: Notification): MsgHdrs {
  const all = headers();
  all.set('Content-Type', 'application/json');
  all.set('Watchkeeper-Schema', '1');
  all.set('Watchkeeper-Transition', transition);
  all.set('Watchkeeper-Alert', alert.id);
  all.set('Watchkeeper-Revision', String(alert.revision));
  return all;
}
