/** Users told apart at most: an actor each at worst, of some 15 kB. */
const USER_LIMIT = 100_000;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface KnownUsersState {
  readonly day: number;
  /** Names, and the day each was last handed records on. */
  readonly users: readonly (readonly [user: string, day: number])[];
}

/**
 * Which users get records handed on. A new user does only while fewer than
 * the limit are known; one who is known stays so until a whole day of site
 * time passed without a record. So a sender that makes up names pushes nobody
 * out that was there before, and is forgotten again.
 *
 * Part of the fold: it depends on nothing but the order of the journal's
 * records and the times of its ticks, and is saved with the rest of the
 * state. Which actors are live would not do for a rule, as passivation
 * follows real time and a replay must decide as the first run did.
 */
export class KnownUsers {
  readonly #limit: number;
  #users = new Map<string, number>();
  #day = 0;
  #isDirty = false;

  constructor(limit = USER_LIMIT) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#users.size;
  }

  /** Whether a user's records are handed on; if so, the user is known from now on. */
  admits(user: string): boolean {
    const last = this.#users.get(user);
    if (last === this.#day) return true;
    if (last === undefined && this.#users.size >= this.#limit) return false;
    this.#isDirty = true;
    this.#users.set(user, this.#day);
    return true;
  }

  /** Site time of a tick; with a new day, users of whom a day passed without a record are forgotten. */
  tick(now: number): void {
    const day = Math.floor(now / DAY_MS);
    if (day <= this.#day) return;
    this.#day = day;
    this.#isDirty = true;
    for (const [user, last] of this.#users) if (last < day - 1) this.#users.delete(user);
  }

  /** The state when it changed since it was last asked for. */
  dirty(): KnownUsersState | undefined {
    if (!this.#isDirty) return undefined;
    this.#isDirty = false;
    return { day: this.#day, users: [...this.#users] };
  }

  restore({ day, users }: KnownUsersState): void {
    this.#day = day;
    this.#users = new Map(users);
  }
}
