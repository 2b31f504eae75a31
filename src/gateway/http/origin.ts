import type { IncomingMessage } from 'node:http';

/**
 * Whether a request comes from a page of this very server, or from no page at
 * all (programs send no `Origin`). Tokens are not ambient as cookies are, so
 * this is a second line against cross-site requests and WebSocket hijacking.
 */
export function isSameOrigin({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return false;
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase().replace(/:(80|443)$/, defaultPort(origin));
}

/** `URL.host` leaves out the default port of its scheme, so it is left out of `Host` as well. */
function defaultPort(origin: string): (port: string) => string {
  const standard = origin.startsWith('https:') ? ':443' : ':80';
  return (port) => (port === standard ? '' : port);
}
