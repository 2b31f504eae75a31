/** What the test tells the process that it starts; travels as JSON. */
export interface FaultSiteConfig {
  readonly dataFolder: string;
  readonly configFolder: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly token: string;
  readonly sink: SinkConfig;
  readonly snapshotEveryMs: number;
  readonly watchdogMs?: number;
  /** Acknowledges what is still in memory: the defect of a journal that does not wait for its disk. */
  readonly ackEarlyMs?: number;
  readonly death?: Death;
}

/** The far end of the alerts: a file, one JSON line per delivery, forced to disk. */
export interface SinkConfig {
  readonly file: string;
  /** Share of deliveries that are recorded and then rejected, as when the answer gets lost. */
  readonly replyLoss: number;
  /** Share of deliveries that are refused without being recorded. */
  readonly refusal: number;
  /** How long a delivery takes at most. */
  readonly slowMs: number;
  readonly seed: number;
}

/** Where the process kills itself with SIGKILL, to hit moments that are too short to aim at from outside. */
export type Death =
  /** Right after commit `count`, before anybody is told of it. */
  | { readonly at: 'commit'; readonly count: number }
  /** `delayMs` after tick `count` is durable: while a snapshot is taken and written. */
  | { readonly at: 'tick'; readonly count: number; readonly delayMs: number };

export interface SinkLine {
  readonly key: string;
  readonly alert: string;
  readonly revision: number;
  readonly transition: string;
  /** Canonical text of the alert. */
  readonly content: string;
}

/** First line of the process's output. */
export interface FaultSiteReady {
  readonly url: string;
  readonly pid: number;
  /** Ms from the start of the process to listening. */
  readonly readyMs: number;
}
