import { connect } from '@nats-io/transport-node';
import type { Clock } from '../core/clock.ts';
import { messageOf, WatchkeeperError } from '../core/errors.ts';
import type { ModelShelf } from '../model/model-shelf.ts';
import { NatsShelf } from './model-shelf.ts';
import { natsAddress } from './nats-address.ts';

const CONNECT_MS = 3_000;

/** The models in the NATS at `url`, for a command. @throws CONFIG_INVALID | BUS_UNAVAILABLE */
export async function connectNatsShelf({
  url,
  clock,
}: {
  readonly url: string;
  readonly clock: Clock;
}): Promise<{ readonly shelf: ModelShelf; readonly close: () => Promise<void> }> {
  const address = natsAddress(url);
  const connection = await connect({
    ...address.options,
    name: 'watchkeeper models',
    timeout: CONNECT_MS,
    reconnect: false,
  }).catch((cause: unknown) => {
    throw new WatchkeeperError(
      'BUS_UNAVAILABLE',
      `NATS at ${address.url} cannot be used: ${messageOf(cause)}`,
      { cause, fix: 'See that it runs, and that user and password are right.' },
    );
  });
  return {
    shelf: new NatsShelf({ connection: () => connection, clock }),
    close: () => connection.close(),
  };
}
