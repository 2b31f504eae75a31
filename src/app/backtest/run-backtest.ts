import type { LiveModels } from '../../actors/ports.ts';
import type { Alert } from '../../model/alert.ts';
import type { ScoreFailure, Scores } from '../../model/journal-entry.ts';
import { compileDetectors } from '../../streams/detector-set.ts';
import { longestSpanMs } from '../../streams/longest-span.ts';
import { AlertTally, type AlertBrief } from './alert-tally.ts';
import { backtestEngine } from './backtest-site.ts';
import type { History, HistoryQuery } from './history.ts';
import { PastEntries, type Played } from './past-entries.ts';
import { Player } from './player.ts';
import { ScoreTally, type SurpriseReport } from './score-tally.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualJournal } from './virtual-journal.ts';

export interface BacktestOptions {
  readonly history: Pick<History, 'records'>;
  /** Which records; alerts count from its `from` on. */
  readonly query: HistoryQuery;
  /** How much history before that is played to fill windows, in ms. @default the longest span of the rules */
  readonly warmUpMs?: number;
  /** How long time passes: to the end of the range, or to the last record. @default range */
  readonly until?: 'range' | 'last-record';
  readonly site: string;
  /** Text of the detectors' configuration, and its file's name for messages. */
  readonly rules: string;
  readonly rulesFile: string;
  readonly models: LiveModels;
  /** Rows that a model is asked for at one time; no result depends on it. @default 256 */
  readonly batchRows?: number;
  /** Told how far history is played, in ms on the axis, after each page. */
  readonly onProgress?: (at: number, records: number) => void;
  /** Told of each alert that counts, in its last form. */
  readonly onAlert?: (alert: Alert) => void;
  /** Told what models said, when detectors hear of it. */
  readonly onScores?: (scores: Scores) => void;
  /** Asked between pages. */
  readonly isStopped?: () => boolean;
}

/** What the rules would have made of history. */
export interface BacktestResult {
  /** Hash of the rules. */
  readonly rules: string;
  /** The time in which alerts count, [from, to): to the end of history at most. */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  /** Records before `from`. */
  readonly warmUpRecords: number;
  /** Imported records, which no detector saw when they came in. */
  readonly skipped: number;
  /** Records that a detector failed on. */
  readonly failed: number;
  /** Who had records, and users among them that a detector watched. */
  readonly subjects: ReadonlySet<string>;
  readonly alerts: readonly AlertBrief[];
  /** What opened, repeated, updated or resolved alerts, by detector. */
  readonly findings: ReadonlyMap<string, number>;
  readonly models: readonly SurpriseReport[];
  /** Requests for scores that had none, by reason. */
  readonly fallbacks: Readonly<Partial<Record<ScoreFailure, number>>>;
  /** Of every revision of every alert. */
  readonly hash: string;
}

/** Rows for a model at one time: what measured best on one core. */
const BATCH_ROWS = 256;

/**
 * Plays stored records through the engine of a site under a virtual clock, and
 * tells what alerts they lead to. Nothing is stored and nobody is told. The
 * same history, rules and models give the same result.
 * @throws CONFIG_INVALID, TOO_LARGE with too many alerts, and what reading history throws
 */
export async function runBacktest(options: BacktestOptions): Promise<BacktestResult> {
  const { query, rules, rulesFile } = options;
  const set = compileDetectors(rules, rulesFile);
  const warmUpMs = options.warmUpMs ?? longestSpanMs(set.detectors);
  const run = new Run(options);
  const pages = options.history.records({ ...query, from: query.from - warmUpMs });
  try {
    for await (const page of pages) {
      if (options.isStopped?.() === true) break;
      for (const played of run.entries.take(page)) {
        const passing = run.play(played);
        if (passing !== undefined) await passing;
      }
      options.onProgress?.(run.at, run.records);
    }
    for (const played of run.entries.end()) await run.play(played);
    return await run.end(set.hash);
  } finally {
    run.stop();
  }
}

/** A backtest under way. */
class Run {
  readonly entries: PastEntries;
  /** Time on the axis of the last entry. */
  at = 0;
  records = 0;
  #warmUpRecords = 0;
  #failed = 0;
  #hasBegun = false;
  #problem: unknown;
  readonly #options: BacktestOptions;
  readonly #player: Player;
  readonly #engine;
  readonly #alerts: AlertTally;
  readonly #scores = new ScoreTally();

  constructor(options: BacktestOptions) {
    this.#options = options;
    const { query, site, rules, rulesFile, models, batchRows = BATCH_ROWS } = options;
    const clock = new VirtualClock(Number.NEGATIVE_INFINITY);
    const journal = new VirtualJournal();
    this.entries = new PastEntries(query.axis);
    this.#alerts = new AlertTally(query, (alert) => options.onAlert?.(alert));
    this.#engine = backtestEngine({
      ...{ site, rules, rulesFile, models, batchRows, clock, journal },
      records: this.entries.records,
      changed: (change) => {
        // Thrown inside an actor it would be taken for that actor's failure.
        try {
          this.#alerts.take(change);
        } catch (problem) {
          this.#problem ??= problem;
        }
      },
      buried: () => (this.#failed += 1),
    });
    const scored = (scores: Scores): void => {
      this.#scores.take(scores);
      options.onScores?.(scores);
    };
    this.#player = new Player({ engine: this.#engine, clock, journal, scored });
  }

  /** Only what takes time gives a promise: most entries wait for others of their second. */
  play(played: Played): Promise<void> | undefined {
    const { observedAt } = played.entry;
    this.at = observedAt;
    this.records += played.count;
    if (observedAt < this.#options.query.from) this.#warmUpRecords += played.count;
    if (this.#problem !== undefined) throw this.#problem;
    return this.#hasBegun ? this.#player.play(played) : this.#begin(played);
  }

  async #begin(played: Played): Promise<void> {
    this.#hasBegun = true;
    await this.#player.begin(played.entry.observedAt, this.#options.rules);
    await this.#player.play(played);
  }

  async end(rules: string): Promise<BacktestResult> {
    const { query, until = 'range', onAlert } = this.#options;
    const end = until === 'range' ? Math.max(query.to, this.at) : this.at;
    if (this.#hasBegun) await this.#player.pass(end);
    if (this.#problem !== undefined) throw this.#problem;
    await this.#engine.archivist.flushed();
    const { book } = this.#engine.state;
    for (const alert of book.active()) if (this.#alerts.counts(alert)) onAlert?.(alert);
    return {
      ...{ rules, from: query.from, to: Math.min(query.to, end + 1), records: this.records },
      ...{ warmUpRecords: this.#warmUpRecords, skipped: this.entries.skipped },
      failed: this.#failed,
      subjects: new Set([...this.#engine.directory.slots()].map(([subject]) => subject)),
      alerts: this.#alerts.alerts(),
      findings: this.#alerts.findings(),
      models: this.#scores.models(),
      fallbacks: this.#scores.failures(),
      hash: this.#alerts.hash(),
    };
  }

  stop(): void {
    this.#engine.abandon();
  }
}
