import type { Span, Tracer } from '../../../src/core/trace.ts';

/** Keeps every span, and finds the way of one record in them. */
export class CollectingTracer implements Tracer {
  readonly isOn = true;
  readonly spans: Span[] = [];

  record(span: Span): void {
    this.spans.push(span);
  }

  /** Spans of these traces in the order of their ends, each name once. */
  wayOf(...traces: readonly string[]): readonly Span[] {
    const seen = new Set<string>();
    return this.spans
      .filter(({ trace }) => traces.includes(trace))
      .sort((a, b) => a.end - b.end)
      .filter(({ name }) => !seen.has(name) && seen.add(name));
  }
}
