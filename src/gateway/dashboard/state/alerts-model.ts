import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Clock } from '../../../core/clock.ts';
import type { Alert, AlertLabel } from '../../../model/alert.ts';
import type { FeedMessage } from '../../../model/feed.ts';
import { mergeAlerts } from '../logic/alert-list.ts';
import { withOverlays, type AlertOverlay } from '../logic/alert-overlay.ts';
import { announcement, ANNOUNCE_EVERY_MS, newUrgent } from '../logic/announcer.ts';
import type { ApiClient } from './api-client.ts';

export interface AlertsModel {
  /** As people see them: with what they just did, confirmed or not. */
  readonly shown: ReadonlySignal<ReadonlyMap<string, Alert>>;
  /** False until the site sent its alerts. */
  readonly loaded: ReadonlySignal<boolean>;
  /** Ids with an unconfirmed change. */
  readonly pending: ReadonlySignal<ReadonlySet<string>>;
  /** What a screen reader is told. */
  readonly announced: ReadonlySignal<string>;
  /** A new connection begins: its snapshot says what is open now. */
  connected(): void;
  receive(message: Extract<FeedMessage, { type: 'alerts' }>): void;
  /** Shows the change at once; takes it back and rejects when the site refuses. */
  act(request: ActRequest): Promise<void>;
  /** Shows the label once the site has it; rejects when the site refuses. */
  label(id: string, label: AlertLabel): Promise<void>;
  add(alerts: readonly Alert[]): void;
}

interface ActRequest {
  readonly id: string;
  readonly action: 'acknowledge' | 'resolve';
  readonly note: string;
}

export interface AlertsModelOptions {
  readonly clock: Clock;
  readonly siteNow: () => number;
  readonly api: () => ApiClient;
  readonly newId: () => string;
}

/** Alerts kept in the browser; the oldest resolved ones go first. */
const KEPT = 5000;

export function createAlertsModel(options: AlertsModelOptions): AlertsModel {
  const known = signal<ReadonlyMap<string, Alert>>(new Map());
  const overlays = signal<ReadonlyMap<string, AlertOverlay>>(new Map());
  const loaded = signal(false);
  const announcer = createAnnouncer(options.clock);
  let heard = new Set<string>();
  const add = (alerts: readonly Alert[]): void => {
    known.value = bounded(mergeAlerts(known.value, alerts));
    overlays.value = stillNeeded(overlays.value, known.value);
  };
  return {
    shown: computed(() => withOverlays(known.value, overlays.value)),
    loaded,
    pending: computed(() => new Set(overlays.value.keys())),
    announced: announcer.text,
    connected() {
      heard = new Set();
    },
    receive({ snapshot, alerts }) {
      if (!snapshot || loaded.value) announcer.add(newUrgent(known.value, alerts));
      if (snapshot) known.value = withoutStale(known.value, heard);
      else for (const alert of alerts) heard.add(alert.id);
      add(alerts);
      loaded.value = true;
    },
    add,
    label: labeller(options, add),
    async act({ id, action, note }) {
      const revision = known.value.get(id)?.revision;
      if (revision === undefined) return;
      const change = { action, note, by: 'you', at: options.siteNow(), revision };
      overlays.value = new Map(overlays.value).set(id, change);
      try {
        add([await options.api().act({ alert: id, action, note, commandId: options.newId() })]);
      } finally {
        overlays.value = without(overlays.value, id);
      }
    },
  };
}

function labeller(
  { api, newId }: AlertsModelOptions,
  add: AlertsModel['add'],
): AlertsModel['label'] {
  return async (alert, label) => {
    add([await api().label({ alert, label, commandId: newId() })]);
  };
}

/** Says at most one sentence per {@link ANNOUNCE_EVERY_MS}; what comes between is joined. */
function createAnnouncer(clock: Clock): {
  readonly text: ReadonlySignal<string>;
  add(alerts: readonly Alert[]): void;
} {
  const text = signal('');
  let waiting: Alert[] = [];
  let quietUntil = 0;
  let timed = false;
  const say = (): void => {
    timed = false;
    text.value = announcement(waiting);
    waiting = [];
    quietUntil = clock.monotonic() + ANNOUNCE_EVERY_MS;
  };
  return {
    text,
    add(alerts) {
      if (alerts.length === 0) return;
      waiting.push(...alerts);
      if (timed) return;
      timed = true;
      clock.after(Math.max(0, quietUntil - clock.monotonic()), say);
    },
  };
}

/** Open alerts that neither the snapshot to come nor this connection named are over; changes may overtake a snapshot. */
function withoutStale(
  alerts: ReadonlyMap<string, Alert>,
  heard: ReadonlySet<string>,
): ReadonlyMap<string, Alert> {
  return new Map([...alerts].filter(([id, { state }]) => state === 'resolved' || heard.has(id)));
}

function bounded(alerts: ReadonlyMap<string, Alert>): ReadonlyMap<string, Alert> {
  if (alerts.size <= KEPT) return alerts;
  const oldest = [...alerts.values()]
    .filter((alert) => alert.state === 'resolved')
    .sort((left, right) => (left.resolvedAt ?? 0) - (right.resolvedAt ?? 0))
    .slice(0, alerts.size - KEPT);
  const kept = new Map(alerts);
  for (const alert of oldest) kept.delete(alert.id);
  return kept;
}

function stillNeeded(
  overlays: ReadonlyMap<string, AlertOverlay>,
  known: ReadonlyMap<string, Alert>,
): ReadonlyMap<string, AlertOverlay> {
  const kept = [...overlays].filter(
    ([id, overlay]) => (known.get(id)?.revision ?? Infinity) <= overlay.revision,
  );
  return kept.length === overlays.size ? overlays : new Map(kept);
}

function without<T>(map: ReadonlyMap<string, T>, id: string): ReadonlyMap<string, T> {
  const rest = new Map(map);
  rest.delete(id);
  return rest;
}
