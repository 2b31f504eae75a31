import { hostName } from '../tls/loopback.ts';

/** Headers of every answer. `host` is the request's `Host` header. */
export function securityHeaders(
  host: string | undefined,
  isTls: boolean,
): Readonly<Record<string, string>> {
  return {
    ...FIXED,
    'content-security-policy': contentPolicy(host),
    ...(isTls ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

const FIXED = Object.freeze({
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
});

/** Scripts only from here; styles also inline, which charts need; connections only back to this host. */
function contentPolicy(host: string | undefined): string {
  // Some browsers do not count ws: as 'self'. Only a well-formed Host may appear in a header.
  const sockets =
    host === undefined || hostName(host) === undefined ? '' : ` ws://${host} wss://${host}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
