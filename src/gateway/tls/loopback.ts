import { isIP, isIPv4 } from 'node:net';

/** Whether a host name or address to listen on, or of a `Host` header, is this machine only. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (isIP(plain) === 0) return plain === 'localhost';
  if (isIPv4(plain)) return plain.startsWith('127.');
  return plain === '::1' || plain.startsWith('::ffff:127.');
}

/** Host name of a `Host` header without its port; `undefined` when it is not one. */
export function hostName(header: string | undefined): string | undefined {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/.exec(header ?? '');
  return match?.[1];
}
