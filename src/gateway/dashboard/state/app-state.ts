import { signal, type Signal } from '@preact/signals';
import type { Clock } from '../../../core/clock.ts';
import type { Overview, VitalPoint } from '../../../model/feed.ts';
import type { LinkFacts } from '../logic/link-state.ts';
import { parseRoute, type Route } from '../logic/route.ts';
import type { TimeAnchor } from '../logic/site-time.ts';
import { createActorsModel, type ActorsModel } from './actors-model.ts';
import { openSession } from './session.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'error';
}

export interface Site {
  readonly name: string;
  readonly role: string;
}

/** Everything that changes, apart from the alerts. */
export interface AppState {
  readonly browser: Window & typeof globalThis;
  readonly clock: Clock;
  readonly token: Signal<string | undefined>;
  readonly site: Signal<Site | undefined>;
  readonly facts: Signal<LinkFacts>;
  readonly overview: Signal<Overview | undefined>;
  readonly rates: Signal<readonly number[]>;
  readonly vitals: Signal<{ readonly subject: string; readonly points: readonly VitalPoint[] }>;
  readonly route: Signal<Route>;
  readonly toasts: Signal<readonly Toast[]>;
  readonly tick: Signal<number>;
  readonly anchor: Signal<TimeAnchor>;
  readonly visible: Signal<boolean>;
  readonly actors: ActorsModel;
}

/** The state of a page that was just opened: signed in when the address or the tab has a token. */
export function createState(browser: AppState['browser'], clock: Clock): AppState {
  const place = {
    location: browser.location,
    history: browser.history,
    storage: browser.sessionStorage,
  };
  return {
    browser,
    clock,
    token: signal(openSession(place)),
    site: signal<Site | undefined>(undefined),
    facts: signal<LinkFacts>({ phase: 'connecting', lastMessageAt: undefined }),
    overview: signal<Overview | undefined>(undefined),
    rates: signal<readonly number[]>([]),
    vitals: signal({ subject: '', points: [] as readonly VitalPoint[] }),
    route: signal(parseRoute(browser.location.hash)),
    toasts: signal<readonly Toast[]>([]),
    tick: signal(clock.monotonic()),
    anchor: signal<TimeAnchor>({ site: clock.wall(), rate: 1, monotonic: clock.monotonic() }),
    visible: signal(true),
    actors: createActorsModel(),
  };
}
