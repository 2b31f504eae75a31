import { setImmediate } from 'node:timers/promises';
import type { Engine } from '../../actors/engine.ts';
import { commandEntry, scoresEntry, tickEntry } from '../../actors/entry-codec.ts';
import type { ScoreRow, Scores } from '../../model/journal-entry.ts';
import { subjectKind } from '../../model/subject.ts';
import type { Played } from './past-entries.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { PastEntry, VirtualJournal } from './virtual-journal.ts';

export interface PlayerOptions {
  readonly engine: Engine;
  readonly clock: VirtualClock;
  readonly journal: VirtualJournal;
  /** Told what models said, before detectors hear of it. */
  readonly scored: (scores: Scores) => void;
}

/** As often as a site ticks. */
const PERIOD_MS = 1000;
/** While nothing comes, counts of users and services still age by the hour. */
const HOUR_MS = 3_600_000;
/** Entries folded together at most. */
const MOST_ENTRIES = 4096;
/** Watches of history are known by name alone. */
const NO_KEY = new Uint8Array(32);

/**
 * Lets history happen: it moves the virtual clock along the entries and writes
 * the ticks between them, at the moments at which a site that ticks on the
 * second would: at each second with records, and when a deadline that was
 * known at the last tick falls due. Requests to models are answered before
 * time passes.
 */
export class Player {
  readonly #options: PlayerOptions;
  readonly #watches = new Set<string>();
  #pending: PastEntry[] = [];
  /** Entries were folded since the last tick. */
  #isStirred = false;
  #lastTick = Number.NEGATIVE_INFINITY;
  /** The next tick while entries come. */
  #limit = Number.NEGATIVE_INFINITY;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  /** Begins history at a time, with the configuration in force. @throws CONFIG_INVALID */
  async begin(at: number, content: string): Promise<void> {
    const { engine } = this.#options;
    await engine.recover();
    engine.start();
    await this.#tick(floor(at));
    const command = { id: 'backtest', type: 'config.set', hash: '', content } as const;
    await engine.command(command);
    this.#limit = this.#nextTick();
  }

  /** Takes the next entry; time passes up to it. Only what takes time gives a promise. */
  play({ entry, subject }: Played): Promise<void> | undefined {
    const isNew = subjectKind(subject) === 'device' && !this.#watches.has(entry.subject);
    if (isNew || entry.observedAt >= this.#limit || this.#pending.length >= MOST_ENTRIES)
      return this.#meet(entry, isNew);
    this.#pending.push(entry);
    this.#isStirred = true;
    return undefined;
  }

  /** Takes an entry before which something has to happen. */
  async #meet(entry: PastEntry, isNew: boolean): Promise<void> {
    if (entry.observedAt >= this.#limit) await this.#passTo(entry.observedAt);
    if (isNew || this.#pending.length >= MOST_ENTRIES) await this.#fold();
    if (isNew) this.#enroll(entry);
    this.#pending.push(entry);
    this.#isStirred = true;
  }

  /** Lets time pass without entries, up to and with `to`. */
  async pass(to: number): Promise<void> {
    if (to >= this.#limit) await this.#passTo(to);
    await this.#fold();
  }

  async #passTo(to: number): Promise<void> {
    if (this.#isStirred) {
      await this.#fold();
      await this.#tick(this.#limit);
    }
    for (let next = this.#idleTick(to); next <= to; next = this.#idleTick(to)) {
      await this.#tick(next);
    }
    this.#limit = this.#nextTick();
  }

  /** The next tick that matters on the way to a time while nothing comes: the last second before it, at the latest. */
  #idleTick(to: number): number {
    const hour = (Math.floor(this.#lastTick / HOUR_MS) + 1) * HOUR_MS;
    const second = floor(to) > this.#lastTick ? floor(to) : Infinity;
    return Math.min(this.#dueTick(), hour, second);
  }

  /** When the site would tick next while records come. */
  #nextTick(): number {
    return Math.min(floor(this.#lastTick) + PERIOD_MS, this.#dueTick());
  }

  #dueTick(): number {
    const due = this.#options.engine.state.timers.next ?? Infinity;
    return Math.max(this.#lastTick + 1, Math.ceil(due));
  }

  async #tick(now: number): Promise<void> {
    const { clock, journal } = this.#options;
    clock.set(now);
    this.#lastTick = now;
    this.#isStirred = false;
    journal.add(tickEntry({ now, wall: now, blindMs: 0 }));
    await this.#settle();
  }

  /** A watch is enrolled by its first entry, as only known ones are folded. */
  #enroll({ subject: device, observedAt }: PastEntry): void {
    this.#watches.add(device);
    const command = {
      id: `enroll-${device}`,
      type: 'device.enroll',
      device,
      publicKey: NO_KEY,
      by: 'backtest',
    } as const;
    this.#options.journal.add(commandEntry(command, observedAt));
  }

  async #fold(): Promise<void> {
    const last = this.#pending.at(-1);
    if (last === undefined) return;
    const { clock, journal } = this.#options;
    clock.set(last.observedAt);
    journal.replay(this.#pending);
    this.#pending = [];
    await this.#settle();
  }

  /** Waits until everything is folded and every request answered; answers may lead to further requests. */
  async #settle(): Promise<void> {
    const { engine, journal, clock, scored } = this.#options;
    await engine.drained();
    for (;;) {
      while (!engine.scorer.isIdle) await setImmediate();
      const answers = inOrder(journal.takeScores());
      if (answers.length === 0) return;
      for (const scores of answers) {
        scored(scores);
        journal.add(scoresEntry(scores, clock.now()));
      }
      await engine.drained();
    }
  }
}

function floor(ms: number): number {
  return Math.floor(ms / PERIOD_MS) * PERIOD_MS;
}

/**
 * What all models said to the requests of one moment, in an order that does
 * not show how the requests were cut into batches: by model, then subject and
 * detector, each detector's in the order of its requests.
 */
function inOrder(batches: readonly Scores[]): readonly Scores[] {
  const byModel = new Map<string, ScoreRow[]>();
  for (const { model, rows } of batches) {
    const known = byModel.get(model);
    if (known === undefined) byModel.set(model, [...rows]);
    else known.push(...rows);
  }
  return [...byModel]
    .sort(([one], [other]) => compare(one, other))
    .map(([model, rows]) => ({ model, rows: rows.sort(byAsker) }));
}

function byAsker(one: ScoreRow, other: ScoreRow): number {
  return compare(one.subject, other.subject) || compare(one.detector, other.detector);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
