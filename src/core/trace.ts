/** One step in the way of a record, for tracing and the end-to-end tests. */
export interface Span {
  /** For example `gateway.receive`, `journal.commit`, `device.fold`, `detector.error_spike`, `channel.nats`. */
  readonly name: string;
  /** What it belongs to: a frame id text, an `lsn:<n>` or an alert id. */
  readonly trace: string;
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
