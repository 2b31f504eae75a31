import type { Cancel, Clock } from '../core/clock.ts';
import type { ActorEvent } from '../model/actor-event.ts';
import type { Alert } from '../model/alert.ts';
import { ACTOR_STATES, type FeedMessage, type Overview, type VitalPoint } from '../model/feed.ts';
import type { SubjectId } from '../model/subject.ts';
import type { ActorSystem } from './kernel/actor-system.ts';
import { infoOf, type Cell } from './kernel/cell.ts';
import type { ActorRef } from './kernel/ref.ts';

export interface Interest {
  readonly page: 'overview' | 'actors' | 'subject' | 'none';
  readonly subject: SubjectId | undefined;
  readonly hz: number;
}

export interface ObserverOptions {
  readonly system: ActorSystem;
  readonly parent: ActorRef<never>;
  readonly clock: Clock;
  readonly overview: () => Overview;
  /** Newest alerts, for those who begin to look. */
  readonly alerts: () => readonly Alert[];
}

interface Viewer {
  readonly interest: Interest;
  readonly listener: (message: FeedMessage) => void;
  readonly cancels: Cancel[];
  /** Actors of the last `topo`, in its order. */
  columns: readonly Readonly<Cell<never>>[];
  /** Messages handled when the rates were last taken, and the rates. */
  processed: Float64Array;
  rates: Float32Array;
  version: number;
  ratedAt: number;
}

/** Actors a tree shows at most; the rest still work. */
const TOPO_LIMIT = 20_000;
const OVERVIEW_MS = 1000;
const RATE_SECONDS = 1;

type ObserverMessage =
  | { readonly type: 'event'; readonly event: ActorEvent; readonly at: number }
  | { readonly type: 'alert'; readonly alert: Alert };

/** Tells dashboards what the tree does; collects detail only while somebody looks. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #viewers = new Set<Viewer>();
  readonly #ref: ActorRef<ObserverMessage>;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#ref = options.system.spawn<undefined, ObserverMessage>(
      { parent: options.parent, name: 'observer' },
      (_, message) => {
        this.#tellAll(message);
        return undefined;
      },
      {
        kind: 'observer',
        initial: () => undefined,
        mailboxLimit: 10_000,
        describe: () => ({ viewers: this.#viewers.size }),
      },
    );
  }

  actorEvent(event: ActorEvent): void {
    // Comings and goings show in the tree itself; only what went wrong is told one by one.
    if (this.#viewers.size === 0 || event.type === 'spawned' || event.type === 'stopped') return;
    if (event.type === 'dead-letter' && event.path === this.#ref.path) return;
    this.#options.system.tell(this.#ref, { type: 'event', event, at: this.#options.clock.now() });
  }

  alertChanged(alert: Alert): void {
    if (this.#viewers.size > 0) this.#options.system.tell(this.#ref, { type: 'alert', alert });
  }

  isWatched(subject: SubjectId): boolean {
    for (const { interest } of this.#viewers) {
      if (interest.page === 'subject' && interest.subject === subject) return true;
    }
    return false;
  }

  seen(subject: SubjectId, points: readonly VitalPoint[]): void {
    if (points.length === 0) return;
    for (const { interest, listener } of this.#viewers) {
      if (interest.subject === subject) listener({ type: 'vitals', subject, points });
    }
  }

  observe(interest: Interest, listener: (message: FeedMessage) => void): Cancel {
    const viewer: Viewer = {
      interest,
      listener,
      cancels: [],
      columns: [],
      processed: new Float64Array(),
      rates: new Float32Array(),
      version: -1,
      ratedAt: this.#options.clock.monotonic(),
    };
    this.#viewers.add(viewer);
    listener({ type: 'alerts', snapshot: true, alerts: this.#options.alerts() });
    this.#schedule(viewer);
    return () => {
      this.#viewers.delete(viewer);
      for (const cancel of viewer.cancels) cancel();
    };
  }

  #schedule(viewer: Viewer): void {
    const { clock } = this.#options;
    if (viewer.interest.page === 'none') return;
    this.#overview(viewer);
    viewer.cancels.push(
      clock.every(OVERVIEW_MS, () => {
        this.#overview(viewer);
      }),
    );
    if (viewer.interest.page !== 'actors' || viewer.interest.hz <= 0) return;
    this.#frame(viewer);
    viewer.cancels.push(
      clock.every(1000 / Math.min(10, viewer.interest.hz), () => {
        this.#frame(viewer);
      }),
    );
  }

  #overview({ listener }: Viewer): void {
    listener({ type: 'overview', overview: this.#options.overview() });
  }

  #frame(viewer: Viewer): void {
    const { system, clock } = this.#options;
    if (viewer.version !== system.version) this.#topo(viewer);
    const { columns } = viewer;
    this.#rate(viewer);
    const frame = {
      type: 'frame',
      version: viewer.version,
      at: clock.now(),
      mailbox: new Uint32Array(columns.length),
      rate: viewer.rates.slice(),
      restarts: new Uint32Array(columns.length),
      state: new Uint8Array(columns.length),
    } as const;
    for (const [index, cell] of columns.entries()) {
      frame.mailbox[index] = cell.depth;
      frame.restarts[index] = cell.restarts;
      frame.state[index] = ACTOR_STATES.indexOf(infoOf(cell).state);
    }
    viewer.listener(frame);
  }

  /** Rates are taken over a second at least: between two frames most actors handle nothing. */
  #rate(viewer: Viewer): void {
    const now = this.#options.clock.monotonic();
    const seconds = (now - viewer.ratedAt) / 1000;
    if (seconds < RATE_SECONDS) return;
    viewer.ratedAt = now;
    for (const [index, { processed }] of viewer.columns.entries()) {
      viewer.rates[index] = (processed - (viewer.processed[index] ?? 0)) / seconds;
      viewer.processed[index] = processed;
    }
  }

  #topo(viewer: Viewer): void {
    const { system } = this.#options;
    const before = new Map(viewer.columns.map((cell, index) => [cell, index]));
    const columns: Readonly<Cell<never>>[] = [];
    for (const cell of system.cells()) {
      if (columns.length >= TOPO_LIMIT) break;
      columns.push(cell);
    }
    viewer.columns = columns;
    const kept = columns.map((cell) => before.get(cell));
    viewer.processed = Float64Array.from(
      columns,
      (cell, index) => viewer.processed[kept[index] ?? -1] ?? cell.processed,
    );
    viewer.rates = Float32Array.from(kept, (index) => viewer.rates[index ?? -1] ?? 0);
    viewer.version = system.version;
    viewer.listener({ type: 'topo', version: viewer.version, actors: columns.map(infoOf) });
  }

  #tellAll(message: ObserverMessage): void {
    const feed: FeedMessage =
      message.type === 'event'
        ? message
        : { type: 'alerts', snapshot: false, alerts: [message.alert] };
    for (const { interest, listener } of this.#viewers) {
      if (message.type === 'alert' || interest.page === 'actors') listener(feed);
    }
  }
}
