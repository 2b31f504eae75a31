import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { isWatchkeeperError } from '../core/errors.ts';
import type { LogFields, Logger } from '../core/logger.ts';
import { noMetrics, type Metrics } from '../core/metrics.ts';
import { ownRecord, OWN_SERVICE, type OwnLevel, type OwnRecord } from '../core/own-record.ts';
import { createRecordSink, type RecordSink } from '../gateway/record-sink.ts';
import { createGroupSealer } from '../wire/group-sealer.ts';
import type { GatewayParts } from './parts.ts';

const RANK: Readonly<Record<OwnLevel, number>> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3 };
export const SELF_MONITOR_LIMITS = Object.freeze({
  /** Own lines that wait to be taken in. */
  queue: 128,
  /** Lines that may come at once, and per second of real time after that. */
  burst: 120,
  perSecond: 1,
  /** How long lines are gathered, and how long at most a refusal is waited out, in real ms. */
  gatherMs: 250,
  longestWaitMs: 30_000,
  /** How often it is looked whether a sign of life is due, in real ms, and after how much site time without a record one is. */
  beatCheckMs: 5_000,
  beatAfterMs: 4 * 60_000,
});

type Drop = 'rate' | 'full' | 'refused' | 'own';

/**
 * Feeds the site's own log lines back to it, as records of the service
 * `watchkeeper`, so that its detectors watch the site as they watch any
 * service. It cannot feed on itself: how many lines it takes is bounded by a
 * rate, it logs nothing, and what is logged about its own subject or while it
 * hands lines over is left out. What is left out is counted.
 */
export class SelfMonitor {
  /** To be used in place of the logger that was given, which gets every line as before. */
  readonly logger: Logger;
  readonly #least: number;
  #clock: Clock | undefined;
  #sink: Pick<RecordSink, 'take'> | undefined;
  #metrics: Metrics = noMetrics;
  #waiting: OwnRecord[] = [];
  #tokens: number = SELF_MONITOR_LIMITS.burst;
  #refilledAt = 0;
  #lastRecordAt = 0;
  #waitMs: number = SELF_MONITOR_LIMITS.gatherMs;
  #isScheduled = false;
  #isHandingOver = false;
  #isStopped = false;
  #dropped = 0;

  /** @param least the least level that is fed back */
  constructor(logger: Logger, least: OwnLevel) {
    this.#least = RANK[least];
    const line =
      (name: keyof Logger, level: OwnLevel) =>
      (message: string, fields?: LogFields): void => {
        logger[name](message, fields);
        this.#see(level, message, fields);
      };
    this.logger = {
      debug: line('debug', 'DEBUG'),
      info: line('info', 'INFO'),
      warn: line('warn', 'WARNING'),
      error: line('error', 'ERROR'),
    };
  }

  /** Own lines that were not fed back. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Hands over what was logged so far and all that comes; returns how to stop. */
  attach(sink: Pick<RecordSink, 'take'>, clock: Clock, metrics: Metrics): () => void {
    this.#sink = sink;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#refilledAt = clock.monotonic();
    this.#lastRecordAt = clock.now();
    this.#schedule();
    const cancel = clock.every(SELF_MONITOR_LIMITS.beatCheckMs, () => {
      this.#beat();
    });
    return () => {
      this.#isStopped = true;
      cancel();
    };
  }

  #see(level: OwnLevel, message: string, fields: LogFields | undefined): void {
    if (RANK[level] < this.#least || this.#isStopped) return;
    if (this.#isHandingOver || isAboutItself(fields)) this.#drop('own', 1);
    else if (!this.#hasToken()) this.#drop('rate', 1);
    else this.#add(ownRecord({ level, message, fields, at: this.#clock?.now() }));
  }

  #add(record: OwnRecord): void {
    if (this.#waiting.length >= SELF_MONITOR_LIMITS.queue) {
      this.#drop('full', 1);
      return;
    }
    this.#waiting.push(record);
    this.#schedule();
  }

  /** A service that has spoken and falls silent counts as down: a site with nothing to say says that it runs. */
  #beat(): void {
    const clock = this.#clock;
    if (clock === undefined || this.#isStopped || this.#waiting.length > 0) return;
    if (clock.now() - this.#lastRecordAt < SELF_MONITOR_LIMITS.beatAfterMs) return;
    this.#lastRecordAt = clock.now();
    const fields = { dropped: this.#dropped };
    this.#add(ownRecord({ level: 'INFO', message: 'The site runs.', fields, at: clock.now() }));
  }

  #hasToken(): boolean {
    const now = this.#clock?.monotonic() ?? 0;
    const { burst, perSecond } = SELF_MONITOR_LIMITS;
    const refill = Math.max(0, ((now - this.#refilledAt) / 1_000) * perSecond);
    this.#tokens = Math.min(burst, this.#tokens + refill);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0 || this.#clock === undefined) return;
    this.#isScheduled = true;
    this.#clock.after(this.#waitMs, () => {
      void this.#handOver().then(() => {
        this.#isScheduled = false;
        this.#schedule();
      });
    });
  }

  async #handOver(): Promise<void> {
    if (this.#isStopped || this.#sink === undefined) return;
    const records = this.#waiting.splice(0);
    const at = this.#clock?.now() ?? 0;
    const items = records.map((record) => ({ timestamp: at, ...record }));
    try {
      const { accepted, rejected } = await this.#take(this.#sink, items);
      this.#waitMs = SELF_MONITOR_LIMITS.gatherMs;
      this.#lastRecordAt = at;
      this.#count('sent', accepted);
      if (rejected.length > 0) this.#drop('refused', rejected.length);
    } catch (error) {
      this.#refused(error, records);
    }
  }

  /** What is logged before this gives control back is about handing over. */
  #take(sink: Pick<RecordSink, 'take'>, items: readonly unknown[]): ReturnType<RecordSink['take']> {
    this.#isHandingOver = true;
    try {
      return sink.take({ items, service: OWN_SERVICE });
    } finally {
      this.#isHandingOver = false;
    }
  }

  #refused(error: unknown, records: readonly OwnRecord[]): void {
    this.#waitMs = Math.min(SELF_MONITOR_LIMITS.longestWaitMs, 2 * this.#waitMs);
    const isUntouched =
      isWatchkeeperError(error, 'RATE_LIMITED') || isWatchkeeperError(error, 'JOURNAL_FULL');
    if (!isUntouched) {
      this.#drop('refused', records.length);
      return;
    }
    // What came first tells most; what came meanwhile waits behind it.
    const all = [...records, ...this.#waiting];
    this.#waiting = all.slice(0, SELF_MONITOR_LIMITS.queue);
    if (all.length > this.#waiting.length) this.#drop('full', all.length - this.#waiting.length);
  }

  #drop(reason: Drop, by: number): void {
    this.#dropped += by;
    this.#count(reason, by);
  }

  #count(outcome: Drop | 'sent', by: number): void {
    this.#metrics
      .counter(
        'watchkeeper_own_lines_total',
        "The site's own log lines: sent as records of the service watchkeeper, or why not.",
        { outcome },
      )
      .inc(by);
  }
}

const SUBJECT = `service:${OWN_SERVICE}`;

function isAboutItself(fields: LogFields | undefined): boolean {
  if (fields === undefined) return false;
  return Object.values(fields).some(
    (value) => typeof value === 'string' && value.includes(SUBJECT),
  );
}

/** Feeds the monitor's lines into the site, until it stops. */
export function startSelfMonitor(monitor: SelfMonitor, parts: GatewayParts): void {
  const { options, clock, intake, siteKeys, schema, redactor, metrics, stops } = parts;
  const { id, publicKey } = siteKeys.current();
  const sink = createRecordSink({
    clock,
    intake,
    groups: createGroupSealer({
      site: options.siteName,
      recipient: { id, publicKey },
      gateway: randomBytes(8).toString('hex'),
      epoch: 1,
    }),
    records: { schema, redactor },
    durableMs: 10_000,
  });
  stops.push(monitor.attach(sink, clock, metrics));
}
