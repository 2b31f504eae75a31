import type { Clock } from '../core/clock.ts';
import {
  partitionOf,
  subjectKind,
  subjectName,
  toToken,
  type SubjectId,
} from '../model/subject.ts';
import type { ActorSystem } from './kernel/actor-system.ts';
import type { ActorRef } from './kernel/ref.ts';
import type { SubjectMessage } from './messages.ts';
import type { SubjectState } from './subject/subject-state.ts';

/** Actors of a shard at most: nact copies a parent's child map with every message to it. */
const SHARD_SIZE = 64;

export interface Slot {
  readonly ref: ActorRef<SubjectMessage>;
  readonly shard: Shard;
  state: SubjectState | undefined;
  /** Monotonic ms of the last message. */
  lastUsedAt: number;
}

interface Shard {
  readonly ref: ActorRef<never>;
  readonly partition: number;
  size: number;
}

export interface DirectoryOptions {
  readonly system: ActorSystem;
  readonly clock: Clock;
  readonly guardian: ActorRef<never>;
  /** Starts a subject's actor under its shard. */
  readonly start: (
    subject: SubjectId,
    place: { parent: ActorRef<never>; name: string },
  ) => ActorRef<SubjectMessage>;
}

/**
 * Where messages find subjects: a map, never a wide parent. A subject's actor
 * is spawned by its first message under a shard of its partition, and stopped
 * again when it has been idle and its state is in a snapshot.
 */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #slots = new Map<SubjectId, Slot>();
  readonly #partitions = new Map<number, ActorRef<never>>();
  readonly #shards = new Map<number, Shard[]>();
  readonly #shardCount = new Map<number, number>();

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** Live subjects. */
  get size(): number {
    return this.#slots.size;
  }

  slots(): IterableIterator<[SubjectId, Slot]> {
    return this.#slots.entries();
  }

  get(subject: SubjectId): Slot | undefined {
    return this.#slots.get(subject);
  }

  /** Delivers to the subject's actor, waking it when it sleeps. */
  tell(subject: SubjectId, message: SubjectMessage): void {
    const slot = this.#slots.get(subject) ?? this.#wake(subject);
    slot.lastUsedAt = this.#options.clock.monotonic();
    if (!this.#options.system.tell(slot.ref, message)) {
      throw new Error(`The mailbox of ${subject} is full beyond the intake's budget.`);
    }
  }

  commit(state: SubjectState): void {
    const slot = this.#slots.get(state.id);
    if (slot !== undefined) slot.state = state;
  }

  /** Stops a subject's actor, which must have nothing to do, and lets its state go. */
  forget(subject: SubjectId): void {
    const slot = this.#slots.get(subject);
    if (slot !== undefined) this.#drop(subject, slot, 'forgotten');
  }

  /** Stops actors that were idle for `idleMs` and for which `isClean`; returns how many. */
  passivate(idleMs: number, isClean: (subject: SubjectId) => boolean): number {
    const horizon = this.#options.clock.monotonic() - idleMs;
    let count = 0;
    for (const [subject, slot] of this.#slots) {
      if (slot.lastUsedAt > horizon || slot.state === undefined || !isClean(subject)) continue;
      if (!this.#options.system.isIdle(slot.ref)) continue;
      this.#drop(subject, slot, 'passivated');
      count += 1;
    }
    return count;
  }

  #drop(subject: SubjectId, slot: Slot, reason: string): void {
    this.#slots.delete(subject);
    slot.shard.size -= 1;
    this.#options.system.stop(slot.ref, reason);
    if (slot.shard.size === 0) this.#closeShard(slot.shard);
  }

  #wake(subject: SubjectId): Slot {
    const shard = this.#shardFor(partitionOf(subject));
    const name = `${subjectKind(subject)}-${toToken(subjectName(subject))}`;
    shard.size += 1;
    const slot: Slot = {
      ref: this.#options.start(subject, { parent: shard.ref, name }),
      shard,
      state: undefined,
      lastUsedAt: 0,
    };
    this.#slots.set(subject, slot);
    return slot;
  }

  #shardFor(partition: number): Shard {
    const shards = this.#shards.get(partition) ?? [];
    const free = shards.find(({ size }) => size < SHARD_SIZE);
    if (free !== undefined) return free;
    const number = this.#shardCount.get(partition) ?? 0;
    this.#shardCount.set(partition, number + 1);
    const shard: Shard = {
      ref: supervisor(this.#options.system, this.#partition(partition), {
        name: `shard-${number}`,
        kind: 'shard',
      }),
      partition,
      size: 0,
    };
    shards.push(shard);
    this.#shards.set(partition, shards);
    return shard;
  }

  #closeShard(shard: Shard): void {
    const shards = this.#shards.get(shard.partition)?.filter((each) => each !== shard) ?? [];
    this.#shards.set(shard.partition, shards);
    this.#options.system.stop(shard.ref, 'empty');
  }

  #partition(partition: number): ActorRef<never> {
    const existing = this.#partitions.get(partition);
    if (existing !== undefined) return existing;
    const ref = supervisor(this.#options.system, this.#options.guardian, {
      name: `partition-${partition}`,
      kind: 'partition',
    });
    this.#partitions.set(partition, ref);
    return ref;
  }
}

/** An actor that only supervises. */
function supervisor(
  system: ActorSystem,
  parent: ActorRef<never>,
  { name, kind }: { name: string; kind: string },
): ActorRef<never> {
  return system.spawn<undefined, never>({ parent, name }, (state) => state, {
    kind,
    initial: () => undefined,
  });
}
