import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Clock } from '../../../core/clock.ts';
import type { Overview, VitalPoint } from '../../../model/feed.ts';
import { linkState, type LinkState } from '../logic/link-state.ts';
import { parseRoute, routeHref, type Route } from '../logic/route.ts';
import { siteTime } from '../logic/site-time.ts';
import type { ActorsModel } from './actors-model.ts';
import { createAlertsModel, type AlertsModel } from './alerts-model.ts';
import { createApiClient, type ApiClient } from './api-client.ts';
import { createState, type AppState, type Site, type Toast } from './app-state.ts';
import { createFeedClient, type FeedClient, type Subscription } from './feed-client.ts';
import { receive, subscriptionOf } from './receive.ts';
import { forgetToken, keepToken } from './session.ts';
import { createTheme, type ThemeControl } from './theme.ts';

/** Everything the pages show and do. Signals are read in components; rows get plain values. */
export interface App {
  readonly theme: ThemeControl;
  readonly alerts: AlertsModel;
  readonly actors: ActorsModel;
  readonly signedIn: ReadonlySignal<boolean>;
  readonly site: ReadonlySignal<Site | undefined>;
  readonly link: ReadonlySignal<LinkState>;
  /** Ms since the last message of the feed. */
  readonly silence: ReadonlySignal<number>;
  readonly overview: ReadonlySignal<Overview | undefined>;
  /** Records per second, one a second, oldest first. */
  readonly rates: ReadonlySignal<readonly number[]>;
  readonly vitals: ReadonlySignal<{
    readonly subject: string;
    readonly points: readonly VitalPoint[];
  }>;
  readonly route: ReadonlySignal<Route>;
  readonly toasts: ReadonlySignal<readonly Toast[]>;
  /** Site time, moving once a second. */
  readonly now: ReadonlySignal<number>;
  /** How fast the site's clock runs now. */
  readonly rate: ReadonlySignal<number>;
  readonly api: () => ApiClient;
  /** Whether this person may acknowledge and resolve. */
  readonly mayAct: ReadonlySignal<boolean>;
  readonly signIn: (token: string) => Promise<void>;
  readonly signOut: () => void;
  /** Goes to a page without a new entry in the history. */
  readonly go: (href: string) => void;
  readonly setParams: (changes: Readonly<Record<string, string>>) => void;
  readonly say: (text: string, tone?: Toast['tone']) => void;
  readonly retryNow: () => void;
}

const TOAST_MS = 8000;

/** Wires the models to the page's address, storage and feed. */
export function createApp(browser: Window & typeof globalThis, clock: Clock): App {
  const state = createState(browser, clock);
  const siteNow = (): number => siteTime(state.anchor.peek(), clock.monotonic(), clock.wall());
  const signOut = (): void => {
    forgetToken(browser.sessionStorage);
    state.token.value = undefined;
  };
  const api = computed(() => apiFor(state, signOut));
  const alerts = createAlertsModel({
    clock,
    siteNow,
    api: () => api.value,
    newId: () => newId(browser.crypto),
  });
  const feed = signal<FeedClient | undefined>(undefined);
  listen(state);
  effect(() => connect(state, { alerts, signOut, feed }));
  // By value: a keystroke in a filter changes the route, but not what is subscribed.
  const subscription = computed(() =>
    JSON.stringify(subscriptionOf(state.route.value, state.visible.value)),
  );
  effect(() => {
    feed.value?.subscribe(JSON.parse(subscription.value) as Subscription);
  });
  const theme = createTheme(browser);
  return {
    ...publicSignals(state),
    ...actions(state),
    theme,
    alerts,
    signOut,
    api: () => api.value,
    retryNow: () => feed.value?.retryNow(),
  };
}

function publicSignals(
  state: AppState,
): Omit<
  App,
  'theme' | 'alerts' | 'signOut' | 'api' | 'retryNow' | 'signIn' | 'go' | 'setParams' | 'say'
> {
  return {
    actors: state.actors,
    signedIn: computed(() => state.token.value !== undefined),
    site: state.site,
    link: computed(() => linkState(state.facts.value, state.tick.value)),
    silence: computed(
      () => state.tick.value - (state.facts.value.lastMessageAt ?? state.tick.value),
    ),
    overview: state.overview,
    rates: state.rates,
    vitals: state.vitals,
    route: state.route,
    toasts: state.toasts,
    now: computed(() => siteTime(state.anchor.value, state.tick.value, state.clock.wall())),
    rate: computed(() => state.anchor.value.rate),
    mayAct: computed(
      () => state.site.value?.role === 'operator' || state.site.value?.role === 'admin',
    ),
  };
}

function actions(state: AppState): Pick<App, 'signIn' | 'go' | 'setParams' | 'say'> {
  let toastId = 0;
  const go = (href: string): void => {
    state.browser.history.replaceState(null, '', href);
    state.route.value = parseRoute(href);
  };
  return {
    go,
    async signIn(token) {
      const probe = { token, fetch: boundFetch(state.browser), onRefused: () => {} };
      await createApiClient(probe).check();
      keepToken(state.browser.sessionStorage, token);
      state.token.value = token;
    },
    setParams(changes) {
      const route = state.route.value;
      go(routeHref({ ...route, params: { ...route.params, ...changes } }));
    },
    say(text, tone = 'plain') {
      toastId += 1;
      const toast = { id: toastId, text, tone };
      state.toasts.value = [...state.toasts.value.slice(-2), toast];
      state.clock.after(TOAST_MS, () => {
        state.toasts.value = state.toasts.value.filter((each) => each !== toast);
      });
    },
  };
}

function listen({ browser, clock, route, tick, visible }: AppState): void {
  browser.addEventListener('hashchange', () => {
    route.value = parseRoute(browser.location.hash);
  });
  browser.document.addEventListener('visibilitychange', () => {
    visible.value = browser.document.visibilityState === 'visible';
  });
  clock.every(1000, () => {
    tick.value = clock.monotonic();
  });
}

interface Wiring {
  readonly alerts: AlertsModel;
  readonly signOut: () => void;
  readonly feed: Signal<FeedClient | undefined>;
}

/** Opens the feed while somebody is signed in; returns what closes it. */
function connect(state: AppState, { alerts, signOut, feed }: Wiring): (() => void) | undefined {
  const token = state.token.value;
  if (token === undefined) return undefined;
  const { browser, clock } = state;
  const client = createFeedClient({
    url: `${browser.location.protocol === 'https:' ? 'wss' : 'ws'}://${browser.location.host}/ui/ws`,
    token,
    clock,
    openSocket: (url) => new browser.WebSocket(url),
    random: () => Math.random(),
    onMessage: (message) => {
      batch(() => {
        receive(state, alerts, message);
      });
    },
    onLink: (facts) => {
      if (facts.phase !== state.facts.peek().phase) state.tick.value = clock.monotonic();
      state.facts.value = facts;
    },
    onRefused: signOut,
  });
  const retry = (): void => {
    client.retryNow();
  };
  browser.addEventListener('online', retry);
  feed.value = client;
  return () => {
    browser.removeEventListener('online', retry);
    client.close();
    feed.value = undefined;
  };
}

function apiFor(state: AppState, onRefused: () => void): ApiClient {
  return createApiClient({
    token: state.token.value ?? '',
    fetch: boundFetch(state.browser),
    onRefused,
  });
}

function boundFetch(browser: AppState['browser']): typeof fetch {
  return (input, init) => browser.fetch(input, init);
}

function newId(source: Crypto): string {
  return [...source.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
