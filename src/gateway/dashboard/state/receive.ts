import type { FeedMessage, VitalPoint } from '../../../model/feed.ts';
import type { Route } from '../logic/route.ts';
import { mergeVitals } from '../logic/vitals-series.ts';
import type { AlertsModel } from './alerts-model.ts';
import type { AppState } from './app-state.ts';
import type { Subscription } from './feed-client.ts';

const RATES_KEPT = 180;

/** Puts a message of the feed where it belongs. */
export function receive(state: AppState, alerts: AlertsModel, message: FeedMessage): void {
  switch (message.type) {
    case 'welcome':
      state.site.value = { name: message.site, role: message.role };
      alerts.connected();
      setAnchor(state, message);
      return;
    case 'overview':
      state.overview.value = message.overview;
      state.rates.value = [...state.rates.value, message.overview.recordsPerSecond].slice(
        -RATES_KEPT,
      );
      setAnchor(state, message.overview);
      return;
    case 'topo':
    case 'frame':
    case 'event':
      state.actors.receive(message);
      return;
    case 'alerts':
      alerts.receive(message);
      return;
    case 'vitals':
      // The last points of the watch that was open before may still be on their way.
      if (message.subject === openSubject(state.route.value)) {
        state.vitals.value = nextVitals(state.vitals.value, message);
      }
      return;
    case 'state':
    case 'error':
      return;
  }
}

function setAnchor({ anchor, clock }: AppState, reading: { now: number; rate: number }): void {
  anchor.value = { site: reading.now, rate: reading.rate, monotonic: clock.monotonic() };
}

function nextVitals(
  current: { readonly subject: string; readonly points: readonly VitalPoint[] },
  message: Extract<FeedMessage, { type: 'vitals' }>,
): { readonly subject: string; readonly points: readonly VitalPoint[] } {
  const known = current.subject === message.subject ? current.points : [];
  return { subject: message.subject, points: mergeVitals(known, message.points) };
}

/** What the open page needs from the feed: ten frames a second, one when the tab is hidden. */
export function subscriptionOf(route: Route, visible: boolean): Subscription {
  if (route.page === 'actors') return { page: 'actors', hz: visible ? 10 : 1 };
  const subject = openSubject(route);
  return subject === undefined ? { page: 'overview' } : { page: 'subject', subject };
}

/** The watch whose vitals are on the screen. */
function openSubject({ page, id }: Route): string | undefined {
  return page === 'watches' && id !== undefined ? `device:${id}` : undefined;
}
