import { FrequencySketch } from './frequency-sketch.ts';

/** Users told apart at most before those who matter least make room: an actor each at worst. */
const USER_LIMIT = 100_000;
/** Room beyond the limit, kept for users that were refused before: the more often, the more of it. */
const RESERVE = 0.25;
/** When room is made, this share of the limit stays. */
const KEPT = 0.75;
/** Once somebody was refused, room is made from this share on for the rest of the hour, before it runs out again. */
const PRESSED = 0.9;
const SKETCH_CELLS_PER_USER = 8;
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const MAX_COUNT = 255;

type Row = readonly [user: string, day: number, count?: number];

export interface KnownUsersState {
  readonly day: number;
  /** Names, the day each was last handed records on, and how often it was of late. */
  readonly users: readonly Row[];
  readonly hour?: number | undefined;
  /** The hour of the last refusal. */
  readonly pressedHour?: number | undefined;
  readonly sketch?: Uint8Array | undefined;
}

interface Known {
  day: number;
  /** Records handed on, halved each hour. */
  count: number;
}

/**
 * Which users get records handed on. A new one does while fewer than the
 * limit are known. Beyond it a sketch counts those refused, and who comes
 * again is let into a reserve; at the next tick, and for the rest of the hour
 * before room runs out again, those with the fewest records of late, and among
 * them those not heard of the longest, are forgotten. So a
 * flood of made-up names pushes out made-up names: to hide one real user it
 * must send as many records under each of its names as he does.
 *
 * Part of the fold: it depends on nothing but the order of the journal's
 * records and its ticks, and is saved with the rest of the state. Which
 * actors are live would not do for a rule, as passivation follows real time
 * and a replay must decide as the first run did.
 */
export class KnownUsers {
  readonly #limit: number;
  /** In order of their last record, oldest first. */
  #users = new Map<string, Known>();
  #sketch: FrequencySketch | undefined;
  #hour = 0;
  #pressedHour: number | undefined;
  #wasRefused = false;
  #lastRefusedAt = Number.NEGATIVE_INFINITY;
  #isDirty = false;

  constructor(limit = USER_LIMIT) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#users.size;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Site time of the last refusal of this process, to the tick; -Infinity before the first. */
  get lastRefusedAt(): number {
    return this.#lastRefusedAt;
  }

  /** Whether `records` of a user are handed on; if so, the user is known from now on. */
  admits(user: string, records = 1): boolean {
    this.#isDirty = true;
    const known = this.#users.get(user);
    if (known !== undefined) {
      this.#users.delete(user);
      this.#users.set(user, known);
      known.day = this.#day;
      known.count = Math.min(MAX_COUNT, known.count + records);
      return true;
    }
    const count = records + (this.#sketch?.estimate(user) ?? 0);
    if (this.#users.size < this.#roomFor(count)) {
      this.#users.set(user, { day: this.#day, count: Math.min(MAX_COUNT, count) });
      return true;
    }
    this.#wasRefused = true;
    this.#sketch ??= new FrequencySketch(this.#sketchWidth());
    this.#sketch.add(user, records);
    return false;
  }

  /**
   * Site time of a tick. Gives the users that are forgotten now: those of whom
   * a whole day passed without a record, and to make room those who matter
   * least, of whom `isHeld` says no.
   */
  tick(now: number, isHeld: (user: string) => boolean = () => false): readonly string[] {
    const forgotten = this.#age(Math.floor(now / HOUR_MS));
    if (this.#wasRefused) {
      this.#lastRefusedAt = now;
      this.#pressedHour = this.#hour;
    }
    const isFull = this.#users.size >= this.#limit * PRESSED;
    if (isFull && this.#pressedHour === this.#hour) forgotten.push(...this.#makeRoom(isHeld));
    this.#wasRefused = false;
    return forgotten;
  }

  /** The state when it changed since it was last asked for. */
  dirty(): KnownUsersState | undefined {
    if (!this.#isDirty) return undefined;
    this.#isDirty = false;
    return {
      day: this.#day,
      hour: this.#hour,
      pressedHour: this.#pressedHour,
      users: [...this.#users].map(([user, { day, count }]) => [user, day, count]),
      sketch: this.#sketch?.cells,
    };
  }

  restore({ day, hour, pressedHour, users, sketch }: KnownUsersState): void {
    this.#hour = hour ?? day * DAY_HOURS;
    this.#pressedHour = pressedHour ?? undefined;
    this.#users = new Map(users.map(([user, last, count = 1]) => [user, { day: last, count }]));
    // msgpack writes undefined as nil, and lends its bytes.
    this.#sketch =
      sketch == null
        ? undefined
        : new FrequencySketch(this.#sketchWidth(), Uint8Array.from(sketch));
  }

  get #day(): number {
    return Math.floor(this.#hour / DAY_HOURS);
  }

  /** How many may be known for one more to be let in who came `count` times of late. */
  #roomFor(count: number): number {
    return Math.floor(this.#limit * (1 + RESERVE * (1 - 2 ** (1 - count))));
  }

  #age(hour: number): string[] {
    if (hour <= this.#hour) return [];
    const isNewDay = Math.floor(hour / DAY_HOURS) > this.#day;
    this.#isDirty = true;
    this.#hour = hour;
    this.#sketch?.decay();
    const forgotten: string[] = [];
    for (const [user, known] of this.#users) {
      known.count = Math.max(1, known.count >> 1);
      if (!isNewDay || known.day >= this.#day - 1) continue;
      this.#users.delete(user);
      forgotten.push(user);
    }
    if (isNewDay) this.#sketch = undefined;
    return forgotten;
  }

  /** Forgets users until the share that is kept is left, least counts first and in order of their last record. */
  #makeRoom(isHeld: (user: string) => boolean): string[] {
    const forgotten: string[] = [];
    const kept = Math.floor(this.#limit * KEPT);
    for (let count = 1; count <= MAX_COUNT && this.#users.size > kept; count += 1) {
      for (const [user, known] of this.#users) {
        if (this.#users.size <= kept) break;
        if (known.count !== count || isHeld(user)) continue;
        this.#users.delete(user);
        // It keeps its standing: should it come again, it is not taken for new.
        this.#sketch?.add(user, count);
        forgotten.push(user);
      }
    }
    this.#isDirty = true;
    return forgotten;
  }

  #sketchWidth(): number {
    return 2 ** Math.ceil(Math.log2(Math.max(2, this.#limit * SKETCH_CELLS_PER_USER)));
  }
}
