import type { FrameClass, Lane } from '../model/frame.ts';
import type { Credits } from '../wire/control-bodies.ts';
import type { GapReport } from '../wire/gap.ts';
import type { Batch } from './batch.ts';

export interface OutboxLimits {
  /** Payload bytes of everything that is not acked. @default 16 MiB */
  readonly maxBytes: number;
  /** Batches that are not acked. @default 8,192 */
  readonly maxBatches: number;
  /**
   * Ms after which an unsent batch is dropped like one that does not fit, by
   * the time of its newest record. None by default: a watch whose clock was
   * set late would throw away what it has.
   */
  readonly maxAgeMs: number;
}

const OUTBOX_LIMITS: OutboxLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxBatches: 8_192,
  maxAgeMs: Number.POSITIVE_INFINITY,
};

/** Defaults of a buffer that outlives the process: 36 hours of a batch each second. */
export const DURABLE_LIMITS = { maxBytes: 64 * 1024 * 1024, maxBatches: 131_072 } as const;

/** Learns of every batch that comes into the outbox or leaves it for good. */
export interface OutboxListener {
  added(batch: Batch): void;
  removed(batch: Batch): void;
  /** The gap report changed. */
  touch(): void;
}

const LOWEST_FIRST: readonly FrameClass[] = [3, 2, 1, 0];
const CLASSES_OF: readonly (readonly FrameClass[])[] = [
  [0, 1],
  [2, 3],
];

/** An outbox as it was when the process ended. */
export interface KeptOutbox {
  /** Ascending by id. */
  readonly batches: readonly Batch[];
  readonly nextId: number;
  readonly gap: GapReport | undefined;
  isNumbered(id: number): boolean;
}

/**
 * What the watch has still to deliver. When it is full, batches that were
 * never sent go, the oldest of the lowest class first, and are counted in the
 * gap report; what was sent once has a sequence number and stays until acked.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #unsent: readonly Batch[][] = [[], [], [], []];
  /** Ids of all batches held, sent or not, ascending. */
  readonly #live = new Map<number, Batch>();
  #bytes = 0;
  #gap: GapReport | undefined;
  #nextId = 1;
  readonly #dropped: [number, number, number, number] = [0, 0, 0, 0];

  readonly #listener: OutboxListener | undefined;

  constructor(limits: Partial<OutboxLimits> = {}, listener?: OutboxListener) {
    this.#limits = { ...OUTBOX_LIMITS, ...limits };
    this.#listener = listener;
  }

  /** Fills an empty outbox with what was kept of another, and numbers behind it what was added since. */
  adopt(kept: KeptOutbox): void {
    const since = [...this.#live.values()];
    const missed = this.takeGap();
    this.#live.clear();
    for (const queue of this.#unsent) queue.length = 0;
    this.#bytes = 0;
    this.#nextId = kept.nextId;
    this.#gap = kept.gap;
    for (const batch of kept.batches) {
      this.#live.set(batch.id, batch);
      this.#bytes += batch.payload.length;
      if (!kept.isNumbered(batch.id)) this.#unsent[batch.frameClass]?.push(batch);
    }
    if (missed !== undefined) this.returnGap(missed);
    for (const batch of since) this.add(batch);
  }

  /** Batches held, sent or not. */
  get size(): number {
    return this.#live.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Records dropped so far, by class. */
  get dropped(): Credits {
    return [...this.#dropped];
  }

  /** The newest id given. */
  get lastId(): number {
    return this.#nextId - 1;
  }

  /** Time in ms of the oldest record held; 0 when there is none. */
  get oldest(): number {
    let oldest = Number.MAX_SAFE_INTEGER;
    for (const batch of this.#live.values()) oldest = Math.min(oldest, batch.from);
    return this.#live.size === 0 ? 0 : oldest;
  }

  /** The report of what was dropped and is not sent yet. */
  get gap(): GapReport | undefined {
    return this.#gap;
  }

  /** `now` is for the age of what waits; without it nothing is too old. */
  add(content: Omit<Batch, 'id'>, now = Number.NEGATIVE_INFINITY): void {
    const batch = { ...content, id: this.#nextId };
    this.#nextId += 1;
    this.#unsent[batch.frameClass]?.push(batch);
    this.#live.set(batch.id, batch);
    this.#bytes += batch.payload.length;
    this.#listener?.added(batch);
    this.#dropAged(now - this.#limits.maxAgeMs);
    while (this.#isOver() && this.#dropOne());
  }

  /** The next batch of `lane` whose class `allows`; it is numbered now and never dropped after. */
  take(lane: Lane, allows: (frameClass: FrameClass) => boolean): Batch | undefined {
    for (const frameClass of CLASSES_OF[lane] ?? []) {
      const queue = this.#unsent[frameClass];
      if (queue !== undefined && queue.length > 0 && allows(frameClass)) return queue.shift();
    }
    return undefined;
  }

  takeGap(): GapReport | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap;
  }

  get hasGap(): boolean {
    return this.#gap !== undefined;
  }

  /** Forgets a batch that is durable at the site. */
  release(batch: Batch): void {
    if (!this.#live.delete(batch.id)) return;
    this.#bytes -= batch.payload.length;
    this.#listener?.removed(batch);
  }

  /** Drops an unsent batch that the site will never take, and counts it in the gap report. */
  withdraw(batch: Batch): void {
    const queue = this.#unsent[batch.frameClass] ?? [];
    const index = queue.indexOf(batch);
    if (index < 0) return;
    queue.splice(index, 1);
    this.#drop(batch);
  }

  /** Takes back what was numbered in an epoch that is over, oldest first. */
  restore(batches: readonly Batch[]): void {
    for (const batch of [...batches].reverse()) this.#unsent[batch.frameClass]?.unshift(batch);
  }

  /** Adds to the gap report that waits to be sent. */
  returnGap(gap: GapReport): void {
    this.#listener?.touch();
    const waiting = this.#gap;
    if (waiting === undefined) {
      this.#gap = gap;
      return;
    }
    const [a, b, c, d] = waiting.dropped;
    const [e, f, g, h] = gap.dropped;
    this.#gap = {
      dropped: [a + e, b + f, c + g, d + h],
      from: Math.min(waiting.from, gap.from),
      to: Math.max(waiting.to, gap.to),
    };
  }

  /** Whether a batch with an id up to `id` is still held. */
  holdsUpTo(id: number): boolean {
    const oldest: number | undefined = this.#live.keys().next().value;
    return oldest !== undefined && oldest <= id;
  }

  #isOver(): boolean {
    return this.#bytes > this.#limits.maxBytes || this.#live.size > this.#limits.maxBatches;
  }

  #dropAged(before: number): void {
    for (const queue of this.#unsent) {
      while ((queue[0]?.to ?? Number.POSITIVE_INFINITY) < before) {
        const batch = queue.shift();
        if (batch !== undefined) this.#drop(batch);
      }
    }
  }

  #dropOne(): boolean {
    const frameClass = LOWEST_FIRST.find((each) => (this.#unsent[each]?.length ?? 0) > 0);
    const batch = frameClass === undefined ? undefined : this.#unsent[frameClass]?.shift();
    if (batch !== undefined) this.#drop(batch);
    return batch !== undefined;
  }

  #drop(batch: Batch): void {
    this.release(batch);
    this.#dropped[batch.frameClass] += batch.records;
    const dropped: [number, number, number, number] = [0, 0, 0, 0];
    dropped[batch.frameClass] = batch.records;
    this.returnGap({ dropped, from: batch.from, to: batch.to });
  }
}
