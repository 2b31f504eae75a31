import type { Metrics } from '../core/metrics.ts';
import type { SiteState } from './site-state.ts';

/** How many services and users are told apart, and how much is not. */
export function publishKnown(
  metrics: Metrics,
  { knownServices, knownUsers }: Pick<SiteState, 'knownServices' | 'knownUsers'>,
): void {
  metrics.observed('watchkeeper_services_known', 'Services told apart.', () => knownServices.size);
  metrics.observed(
    'watchkeeper_services_overflow_groups',
    'Groups since the start that were taken under the overflow subject, as their services are beyond the number told apart.',
    () => knownServices.refused,
  );
  metrics.observed('watchkeeper_users_known', 'Users told apart.', () => knownUsers.size);
}
