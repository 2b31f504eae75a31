import { judgedAlert, performanceOf, type JudgedAlert } from '../alerts/performance.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import type { Alert } from '../model/alert.ts';
import type { Performance } from '../model/performance.ts';
import type { Store } from '../store/store.ts';

export const PERFORMANCE_LIMITS = Object.freeze({
  /** Sliding window, in ms of site time. */
  windowMs: 30 * 86_400_000,
  /** Alerts looked at, the newest ones. */
  alerts: 20_000,
  page: 500,
  /** How long an answer is kept, in real ms: this, or as many times what it took to make. */
  keepMs: 3_000,
  keepTimes: 50,
  /** How long a scrape waits for the store, in real ms. */
  waitMs: 2_000,
});

export interface DetectorPerformanceOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'alerts' | 'records'>;
  /** Unresolved alerts: the store may be behind them. */
  readonly active: () => readonly Alert[];
  /** Ids of the detectors in force. */
  readonly detectors: () => readonly string[];
}

/**
 * How well each detector does, computed from the stored alerts when somebody
 * asks. Labels are in the journal and with the alerts, so there is no state to
 * keep here but the last answer, which also bounds what asking costs to 2 % of
 * the time.
 */
export class DetectorPerformance {
  readonly #options: DetectorPerformanceOptions;
  #last: { readonly performance: Performance; readonly until: number } | undefined;
  #making: Promise<Performance> | undefined;
  #firstHeardAt: number | undefined;

  constructor(options: DetectorPerformanceOptions) {
    this.#options = options;
  }

  /** At most a few seconds old, unless making it takes long. @throws STORE_FAILED */
  async read(): Promise<Performance> {
    const last = this.#last;
    if (last !== undefined && this.#options.clock.monotonic() < last.until) return last.performance;
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  /** The same for a scrape, which must neither fail nor hang: the answer before, or none, when the store gives none in time. */
  async readInTime(): Promise<Performance | undefined> {
    let cancel: Cancel = () => undefined;
    const late = new Promise<undefined>((resolve) => {
      cancel = this.#options.clock.after(PERFORMANCE_LIMITS.waitMs, () => {
        resolve(undefined);
      });
    });
    const inTime = await Promise.race([this.read().catch(() => undefined), late]).finally(cancel);
    return inTime ?? this.#last?.performance;
  }

  async #make(): Promise<Performance> {
    const { clock } = this.#options;
    const start = clock.monotonic();
    const performance = await this.#compute(clock.now());
    const end = clock.monotonic();
    const { keepMs, keepTimes } = PERFORMANCE_LIMITS;
    this.#last = { performance, until: end + Math.max(keepMs, keepTimes * (end - start)) };
    return performance;
  }

  async #compute(at: number): Promise<Performance> {
    const { alerts, oldest, isComplete } = await this.#alerts(at);
    const windowStart = at - PERFORMANCE_LIMITS.windowMs;
    const heard = await this.#heardFrom(windowStart, at);
    const from = isComplete ? Math.min(Math.max(windowStart, heard), oldest, at) : oldest;
    const spanMs = at - from;
    const detectors = performanceOf(alerts, {
      spanMs,
      idOf: ({ detector }) => detector,
      known: this.#options.detectors(),
    });
    const models = performanceOf(alerts, { spanMs, idOf: ({ model }) => model });
    const { usefulIncidents, rows } = detectors;
    return { from, at, usefulIncidents, isComplete, detectors: rows, models: models.rows };
  }

  async #alerts(at: number): Promise<{
    readonly alerts: readonly JudgedAlert[];
    readonly oldest: number;
    readonly isComplete: boolean;
  }> {
    const { store, active } = this.#options;
    const from = at - PERFORMANCE_LIMITS.windowMs;
    const found = new Map<string, JudgedAlert>();
    let cursor: string | undefined;
    do {
      const page = await store.alerts.list({
        from,
        limit: PERFORMANCE_LIMITS.page,
        ...(cursor && { cursor }),
      });
      for (const alert of page.alerts) found.set(alert.id, judgedAlert(alert));
      ({ cursor } = page);
    } while (cursor !== undefined && found.size < PERFORMANCE_LIMITS.alerts);
    const stored = [...found.values()];
    const oldest = stored.at(-1)?.openedAt ?? at;
    const isComplete = cursor === undefined;
    for (const alert of active()) {
      if (alert.openedAt >= (isComplete ? from : oldest)) found.set(alert.id, judgedAlert(alert));
    }
    return { alerts: [...found.values()], oldest, isComplete };
  }

  /** When the oldest record came in that the store has, within the window: a younger site has not watched all of it. */
  async #heardFrom(from: number, to: number): Promise<number> {
    if (this.#firstHeardAt === undefined) {
      const { records } = await this.#options.store.records.query({
        ...{ from, to, axis: 'ingest', order: 'asc', limit: 1 },
      });
      this.#firstHeardAt = records[0]?.observed_at;
    }
    return this.#firstHeardAt ?? to;
  }
}
