import type { AddressInfo } from 'node:net';
import { WatchkeeperError } from '../../core/errors.ts';
import type { InputConfig } from './input-config.ts';

/** Where an input really listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

interface Listener {
  readonly emitter: {
    once(event: 'listening' | 'error', listener: (error?: Error) => void): unknown;
    off(event: 'listening' | 'error', listener: (error?: Error) => void): unknown;
  };
  readonly listen: () => void;
  readonly address: () => AddressInfo | string | null;
}

/** Listens. @throws WatchkeeperError PORT_IN_USE | CONFIG_INVALID */
export function bind(config: InputConfig, listener: Listener): Promise<Address> {
  const { emitter, listen, address } = listener;
  return new Promise((resolve, reject) => {
    const fail = (error?: Error): void => {
      reject(bindError(config, error as NodeJS.ErrnoException));
    };
    emitter.once('error', fail);
    emitter.once('listening', () => {
      emitter.off('error', fail);
      const bound = address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : config.port;
      resolve({ host: config.host, port });
    });
    listen();
  });
}

function bindError({ name, host, port }: InputConfig, cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'EADDRINUSE') {
    return new WatchkeeperError(
      'PORT_IN_USE',
      `The input "${name}" cannot listen: ${host} port ${port} is taken.`,
      { fix: 'Stop what listens there, or give the input another port in inputs.yaml.', cause },
    );
  }
  return new WatchkeeperError(
    'CONFIG_INVALID',
    `The input "${name}" cannot listen on ${host} port ${port} (${cause.code ?? 'error'}).`,
    { fix: 'Check host and port in inputs.yaml; ports below 1024 need a privilege.', cause },
  );
}
