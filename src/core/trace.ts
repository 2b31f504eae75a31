/** One step in the way of a record, for tracing and the end-to-end tests. */
export interface Span {
  /**
   * In the order of a record's way: `gateway.receive`, `journal.commit`,
   * `detector.<id>`, `subject.fold`, `alerter.fold`, `channel.<name>`; and
   * `store.put`, which nothing waits for.
   */
  readonly name: string;
  /** What it belongs to: a frame id text, an `lsn:<n>` or an alert id. */
  readonly trace: string;
  /** The trace that it goes on in, where the name of the thing changes: a frame becomes an `lsn:<n>`. */
  readonly link?: string;
  /** Monotonic ms. */
  readonly start: number;
  readonly end: number;
}

/** Takes spans. `isOn` lets the hot path skip building them. */
export interface Tracer {
  readonly isOn: boolean;
  record(span: Span): void;
}

export const noTracer: Tracer = { isOn: false, record: () => undefined };
