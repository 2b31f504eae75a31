import type { Duplex } from 'node:stream';
import { TLSSocket, type PeerCertificate } from 'node:tls';

/** What a connection says about itself by its TLS client certificate. */
export type ClientIdentity =
  /** No TLS, or no client certificate: the signed hello alone identifies the watch. */
  | { readonly type: 'none' }
  /** A certificate of the site's CA: hello must name this device. */
  | { readonly type: 'device'; readonly device: string }
  /** A certificate that does not verify, or that names no device: refuse it. */
  | { readonly type: 'refused'; readonly reason: string };

const DEVICE_URI = /^URI:urn:device:([A-Za-z0-9._@:-]{1,128})$/;

/**
 * The device that a watch's TLS certificate names (SAN URI `urn:device:<id>`,
 * exactly one). The device endpoint calls this with the socket of the upgrade.
 */
export function clientIdentity(socket: Duplex): ClientIdentity {
  if (!(socket instanceof TLSSocket)) return { type: 'none' };
  // Undefined once the socket is destroyed, against its type.
  const certificate = socket.getPeerCertificate() as PeerCertificate | undefined | null;
  if (certificate === undefined || certificate === null) {
    return { type: 'refused', reason: 'the connection has ended' };
  }
  if (Object.keys(certificate).length === 0) return { type: 'none' };
  if (!socket.authorized) return { type: 'refused', reason: 'the certificate does not verify' };
  const uris = (certificate.subjectaltname ?? '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'));
  const device = uris.length === 1 ? DEVICE_URI.exec(uris[0] ?? '')?.[1] : undefined;
  return device === undefined
    ? { type: 'refused', reason: 'the certificate does not name one urn:device:<id>' }
    : { type: 'device', device };
}
