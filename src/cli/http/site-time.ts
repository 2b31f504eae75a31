import type { Clock } from '../../core/clock.ts';
import type { SiteClient } from './site-client.ts';

/**
 * The site's own time, as far as one question tells: a demo's clock starts in
 * the past and runs faster until it meets the wall clock.
 */
export async function askSiteTime(client: SiteClient, clock: Clock): Promise<() => number> {
  const overview = await client.get<{ readonly now?: number; readonly rate?: number }>(
    '/v1/overview',
  );
  const askedAt = clock.monotonic();
  const start = overview.now ?? clock.wall();
  const rate = overview.rate ?? 1;
  return () => {
    const elapsed = clock.monotonic() - askedAt;
    const fast = start + elapsed * rate;
    return rate > 1 ? Math.min(fast, Math.max(start, clock.wall())) : fast;
  };
}
