import type { SourceSpan } from '../../wire/source-position.ts';

/** What a source read, and where it stands there. */
export interface SourceBatch {
  /** Maps with the names of the log schema. */
  readonly items: readonly unknown[];
  readonly span: SourceSpan;
}

/** Where sources bring what they read. */
export interface SourceSink {
  /** Resolves when the batch is durable or a dead letter, and every batch of the same span before it. */
  take(batch: SourceBatch): Promise<void>;
  /** How far a source was taken in. */
  position(source: string): { readonly next: number; readonly check: string } | undefined;
}

/** Something that records are read from: a set of files, a topic. */
export interface LogSource {
  readonly name: string;
  start(): Promise<void>;
  /** Brings home what was read, and stops. Idempotent. */
  stop(): Promise<void>;
}
