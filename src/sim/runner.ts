import type { Clock } from '../core/clock.ts';
import type { FrameClass } from '../model/frame.ts';
import type { WireRecord } from '../model/wire-record.ts';
import type { ClassedRecord } from './watch-records.ts';
import type { Simulation, SimulationState } from './simulation.ts';
import { ServiceQueue, type PostRecords } from './service-queue.ts';

/** A simulated watch's way to the site; `WatchClient` is one. */
export interface WatchLink {
  send(records: readonly Readonly<Record<string, unknown>>[], frameClass: FrameClass): void;
  /** Resolves when everything sent so far is acked. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunnerOptions {
  readonly simulation: Simulation;
  /** Its `every` paces the ticks, in real time. */
  readonly clock: Clock;
  /** The site's time, which records carry. */
  readonly siteTime: () => number;
  /** Real ms between two ticks. @default 250 */
  readonly tickMs?: number;
  readonly watch: (id: string) => WatchLink;
  readonly post: PostRecords;
}

export interface RunnerCounters {
  /** Records given to the watches' clients. */
  readonly watchRecords: number;
  /** Records of services that the site confirmed. */
  readonly serviceRecords: number;
  readonly dropped: number;
  readonly failed: number;
  /** Monotonic ms of the last record sent. */
  readonly lastSentAt: number;
}

/** Plays a simulation against a running site until it is stopped. */
export class SimulationRunner {
  readonly #options: RunnerOptions;
  readonly #watches: ReadonlyMap<string, WatchLink>;
  readonly #services: ReadonlyMap<string, ServiceQueue>;
  #state: SimulationState;
  #cancel: (() => void) | undefined;
  #watchRecords = 0;
  #lastSentAt: number;

  constructor(options: RunnerOptions) {
    const { simulation, watch, post } = options;
    this.#options = options;
    this.#watches = new Map(simulation.watches.map(({ id }) => [id, watch(id)]));
    this.#services = new Map(
      simulation.services.map((service) => [service, new ServiceQueue(post)]),
    );
    this.#state = simulation.initial();
    this.#lastSentAt = options.clock.monotonic();
  }

  get counters(): RunnerCounters {
    const queues = [...this.#services.values()];
    const sum = (count: (queue: ServiceQueue) => number): number =>
      queues.reduce((total, queue) => total + count(queue), 0);
    return {
      watchRecords: this.#watchRecords,
      serviceRecords: sum((queue) => queue.sent),
      dropped: sum((queue) => queue.dropped),
      failed: sum((queue) => queue.failed),
      lastSentAt: this.#lastSentAt,
    };
  }

  /** Begins to send. Idempotent. */
  start(): void {
    this.#cancel ??= this.#options.clock.every(this.#options.tickMs ?? 250, () => {
      this.tick();
    });
  }

  /** Sends what happened since the last tick, up to the site's present. */
  tick(): void {
    const now = this.#options.siteTime();
    if (now <= this.#state.now) return;
    const { state, batches } = this.#options.simulation.advance(this.#state, now);
    this.#state = state;
    for (const batch of batches) {
      if (batch.kind === 'device') this.#sendWatch(batch.id, batch.records);
      else this.#services.get(batch.id)?.add(batch.records);
    }
    if (batches.length > 0) this.#lastSentAt = this.#options.clock.monotonic();
  }

  /** Resolves when everything sent so far is durable at the site. */
  async flush(): Promise<void> {
    await Promise.all([
      ...[...this.#watches.values()].map((watch) => watch.flush()),
      ...[...this.#services.values()].map((queue) => queue.idle()),
    ]);
  }

  /** Stops sending and closes the watches' connections. Idempotent. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }

  #sendWatch(id: string, records: readonly ClassedRecord[]): void {
    const byClass = new Map<FrameClass, WireRecord[]>();
    for (const { frameClass, record } of records) {
      const group = byClass.get(frameClass);
      if (group === undefined) byClass.set(frameClass, [record]);
      else group.push(record);
    }
    for (const [frameClass, group] of byClass) {
      this.#watches.get(id)?.send(group.map(asMap), frameClass);
      this.#watchRecords += group.length;
    }
  }
}

function asMap(record: WireRecord): Readonly<Record<string, unknown>> {
  return { ...record };
}
