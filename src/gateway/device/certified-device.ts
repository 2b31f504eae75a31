import type { Duplex } from 'node:stream';
import { clientIdentity } from '../tls/client-identity.ts';
import type { DeviceCore } from './core.ts';

/** What a connection's TLS client certificate means to the device endpoint. */
export interface Certified {
  /** The device it names; hello must name the same. */
  readonly device: string | undefined;
  /** `false` for a certificate that does not verify, and for none where one is required. */
  isAllowed(core: Pick<DeviceCore, 'requireCertificate'>): boolean;
}

/** Reads the certificate of a connection; without a connection there is none. */
export function identify(socket: Duplex | undefined): Certified {
  const identity = socket === undefined ? NONE : clientIdentity(socket);
  return {
    device: identity.type === 'device' ? identity.device : undefined,
    isAllowed: ({ requireCertificate }) =>
      identity.type === 'device' || (identity.type === 'none' && !requireCertificate),
  };
}

const NONE = { type: 'none' } as const;
